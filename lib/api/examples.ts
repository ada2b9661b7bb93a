// What the document shows as requests and answers. Tests parse each by the shape that it stands for.

/** Has the look of a credential, and could not be one. */
export const secret = 'lk_7Gh2kQpX9sLm_shown-in-this-answer-and-never-again'

const zapier = { id: 'Zq81mVb6TrW2', name: 'Zapier' }
const mara = { id: 'Ux40cPd9KeN7', name: 'Mara Lind' }
const keyId = 'Kt5RwY3nHs8a'

export const caller = {
  kind: 'api_key',
  credential: { id: keyId, label: 'Invoices to the ledger', hint: 'lk_7Gh2kQpX9sLm_…', expiresAt: null },
  thirdParty: zapier,
  project: { id: 'Pj7LxQ2vBm4c', slug: 'acme', name: 'Acme' },
  user: null,
  scopes: ['orders:read'],
}

export const key = {
  id: keyId,
  label: 'Invoices to the ledger',
  hint: 'lk_7Gh2kQpX9sLm_…',
  status: 'active',
  thirdParty: { ...zapier, website: 'https://zapier.com/' },
  scopes: ['orders:read'],
  note: null,
  createdAt: '2026-11-22T14:20:05.000Z',
  createdBy: mara,
  parent: null,
  responsible: { ...mara, active: true },
  expiresAt: '2030-01-01T00:00:00.000Z',
  lastUsedAt: '2026-11-23T08:01:00.000Z',
  lastUsed: { address: '203.0.113.7', userAgent: 'curl/8.11.0', route: 'GET /api/v1/me' },
  overlap: null,
  revokedAt: null,
  revokedBy: null,
  revokeReason: null,
  allowedAddresses: ['203.0.113.0/24'],
  rateLimitPerMinute: null,
}

export const newKeyInput = {
  label: 'Invoices to the ledger',
  thirdParty: { name: 'Zapier', website: 'https://zapier.com' },
  scopes: ['orders:read'],
  expiresAt: '2030-01-01T00:00:00Z',
  allowedAddresses: ['203.0.113.0/24'],
}

export const newKey = { ...key, lastUsedAt: null, lastUsed: null, secret }

export const keyPage = { data: [key], nextCursor: null }

export const auditPage = {
  data: [
    {
      number: 4711,
      id: 'Q2vTn8bYx0LdR5sWc9KfM',
      at: '2026-11-23T17:45:12.000Z',
      actor: { kind: 'user', id: 'u7Gh2kQpX9sLmA4tYvBnR', name: 'Mara Lind' },
      action: 'key.revoked',
      target: { kind: 'key', id: key.id, name: key.label },
      project: { id: 'p3Kd8sWqZ1xLmN6rTvYcB', slug: 'mara-lind', name: 'Mara Lind’s project' },
      result: 'allowed',
      address: '203.0.113.7',
      userAgent: 'curl/8.5.0',
      requestId: '0b6f9c1e-6f0b-4f0e-9a55-0f5e2d1f7a10',
      changes: { reason: [null, 'Moved to another tool'] },
    },
  ],
  nextCursor: '4711',
}

export const usage = {
  days: [
    { date: '2026-11-22', requests: 0, refused: 0 },
    { date: '2026-11-23', requests: 1240, refused: 3 },
  ],
  sources: [
    {
      address: '203.0.113.7',
      userAgent: 'curl',
      firstSeenAt: '2026-11-23T08:01:00.000Z',
      lastSeenAt: '2026-11-23T17:45:12.000Z',
      requests: 1243,
    },
  ],
}

export const thirdPartyInput = {
  name: 'Zapier',
  website: 'https://zapier.com',
  contact: 'support@zapier.example',
  purpose: 'Copies invoices into the ledger',
}

export const thirdParty = {
  ...zapier,
  website: 'https://zapier.com/',
  contact: 'support@zapier.example',
  purpose: 'Copies invoices into the ledger',
  app: { id: 'Ap2kWz7RtY9c', name: 'Zapier', verified: true },
  createdAt: '2026-11-22T14:18:40.000Z',
}

export const thirdPartyList = { data: [{ ...thirdParty, keys: 2, lastUsedAt: key.lastUsedAt }], nextCursor: null }

export const appInput = {
  name: 'Zapier',
  homepage: 'https://zapier.com',
  redirectUris: ['https://zapier.com/oauth/callback'],
  scopes: ['openid', 'profile', 'orders:read'],
}

export const app = {
  id: 'Ap2kWz7RtY9c',
  name: 'Zapier',
  description: null,
  homepage: 'https://zapier.com/',
  kind: 'web',
  isPublic: false,
  logoUrl: null,
  redirectUris: ['https://zapier.com/oauth/callback'],
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'profile', 'orders:read'],
  accessTtl: 3600,
  refreshTtl: 2_592_000,
  machineTtl: 3600,
  verified: true,
  firstParty: false,
  status: 'active',
  disabledByAdmin: false,
  createdAt: '2026-11-22T14:18:40.000Z',
  createdBy: mara,
  responsible: { ...mara, active: true },
  secrets: [{ hint: 'lks_3Vb8nTq5XwKd_…', createdAt: '2026-11-22T14:18:40.000Z', endsAt: null }],
  people: 12,
}

/** Has the look of one, and could not be one. */
export const newApp = { ...app, people: 0, clientSecret: 'lks_3Vb8nTq5XwKd_shown-in-this-answer-and-never-again' }

export const appList = { data: [app], nextCursor: null }

/** The `detail` of each problem, as it could be. */
export const details = {
  invalid_request: 'The body is not JSON in UTF-8.',
  multiple_credentials: 'More than one credential was sent. Send one.',
  missing_credentials: 'Send an API key or an access token, as in "Authorization: Api-Key lk_…".',
  malformed_credentials:
    'This is not one of our credentials, or a character of it is wrong. Copy it again from where it was stored.',
  invalid_credentials: 'The credential is not valid. Ask for another one; sending it again changes nothing.',
  revoked_credentials: 'This key was revoked. Ask for a new one.',
  expired_credentials: 'This key has expired. Ask for a new one.',
  wrong_audience: 'This token is for another API. Ask for one that names this API as its resource.',
  insufficient_scope: 'The credential lacks the scope orders:read. Use one that holds it.',
  forbidden:
    'Your role in this project (viewer) does not allow this: only an owner or a developer may register and change OAuth apps. Ask an owner.',
  cross_site: 'A change made by a session must come from a page of this site.',
  reauthentication_required: 'You signed in more than 15 minutes ago. Confirm that it is you, and do it again.',
  address_not_allowed:
    'This key is not accepted from this address. Call from one of its own, or have the list changed.',
  not_found: 'There is no such key, or it is not yours to see.',
  method_not_allowed: 'This path answers GET, HEAD.',
  conflict: 'This key was revoked and can no longer be changed.',
  idempotency_conflict: 'This was done already. The secret was shown only then; regenerate the key if it was lost.',
  payload_too_large: 'The body is larger than 64 KiB. Send less at once.',
  uri_too_long: 'The path and query are too long.',
  unsupported_media_type: 'Send the body as application/json in UTF-8.',
  validation_failed: 'Some fields are not right. See errors.',
  rate_limited: 'Too many requests. Try again in 12 seconds.',
  headers_too_large: 'The headers are larger than 16 KiB.',
  internal_error: 'Something went wrong here. Quote the request id when you report it.',
  not_implemented: 'This server does not know this method.',
  unavailable: 'The database cannot be reached. Try again in a moment.',
}
