import { z } from 'zod'
import { normalizeAddress } from '@/lib/addresses'
import type { App } from '@/lib/apps/app'
import { appKinds } from '@/lib/apps/input'
import { type ErrorCode, statusOf } from '@/lib/errors'
import type { Key } from '@/lib/keys/key'
import { keyStatuses } from '@/lib/keys/listing'
import { allScopes, type Scope } from '@/lib/scopes'
import type { ThirdParty } from '@/lib/third-parties/input'
import type { ThirdPartyWithKeys } from '@/lib/third-parties/list'
import type { Usage } from '@/lib/usage/read'

// What `/api/v1` and the gate answer. The OpenAPI document is made of these, and tests parse real answers by them.

const time = z.iso.datetime()
const id = z.string()
const hint = z.string().meta({ description: 'The visible part of the secret, to recognise it by.' })
const scopes = z.array(z.string())
const person = z.object({ id, name: z.string() })

export const keyShape = z.object({
  id: id.meta({ description: 'Random, safe in a URL, and never used again.' }),
  label: z.string(),
  hint,
  status: z.enum(keyStatuses).meta({
    description: '`expiring` is active with 14 days or less to go.',
  }),
  thirdParty: z
    .object({ id, name: z.string(), website: z.string().nullable() })
    .nullable()
    .meta({ description: 'Who holds the key.' }),
  scopes: scopes.meta({ description: 'What the key may do.' }),
  note: z.string().nullable(),
  createdAt: time,
  createdBy: person,
  parent: z
    .object({ kind: z.enum(['key', 'grant']), id, name: z.string() })
    .nullable()
    .meta({
      description:
        "The credential that made the key; null if a person or the command line did. The key is refused when its parent is, and never has more scopes, addresses or time; its requests also count against the parent's limit. `grant` is the access of an app: the id is that of a person's grant, or the `client_id` if the app used a token of its own. The name is the key's label or the app's name.",
    }),
  responsible: person.extend({ active: z.boolean() }).meta({
    description: 'Who answers for the key. While they are not active, the key is refused.',
  }),
  expiresAt: time.nullable().meta({ description: 'Null for a key that never expires.' }),
  lastUsedAt: time.nullable().meta({ description: 'Exact to a minute; null while the key was never used.' }),
  lastUsed: z
    .object({ address: z.string().nullable(), userAgent: z.string().nullable(), route: z.string().nullable() })
    .nullable(),
  overlap: z
    .object({ hint, endsAt: time, lastUsedAt: time.nullable() })
    .nullable()
    .meta({ description: 'The old secret that still works beside the new one.' }),
  revokedAt: time.nullable(),
  revokedBy: person
    .nullable()
    .meta({ description: 'Null also when it was no person: a key, an app, the policy or the command line.' }),
  revokeReason: z.string().nullable(),
  allowedAddresses: z.array(z.string()).meta({ description: 'Addresses and CIDR blocks; none means everywhere.' }),
  rateLimitPerMinute: z.int().nullable().meta({ description: "Null for the site's own limit." }),
}) satisfies z.ZodType<Key>

export const newKeyShape = keyShape.and(
  z.object({
    secret: z.string().meta({ description: 'The whole credential. It is in this answer and nowhere else.' }),
  }),
)

export const keyPageShape = z.object({
  data: z.array(keyShape),
  nextCursor: z.string().nullable().meta({ description: 'Send it as `cursor` for the next page; null on the last.' }),
})

export const thirdPartyShape = z.object({
  id,
  name: z.string(),
  website: z.string().nullable(),
  contact: z.string().nullable(),
  purpose: z.string().nullable(),
  app: z
    .object({ id, name: z.string(), verified: z.boolean() })
    .nullable()
    .meta({ description: 'The registered app that this third party is, where somebody said so.' }),
  createdAt: time,
}) satisfies z.ZodType<ThirdParty>

export const thirdPartyListShape = z.object({
  data: z.array(
    thirdPartyShape.extend({
      keys: z.int().meta({ description: 'Its keys that were not revoked.' }),
      lastUsedAt: time.nullable().meta({ description: 'When one of them was used last.' }),
    }) satisfies z.ZodType<ThirdPartyWithKeys>,
  ),
  nextCursor: z.null().meta({ description: 'The list comes whole.' }),
})

export const appShape = z.object({
  id: id.meta({ description: 'The `client_id`.' }),
  name: z.string(),
  description: z.string().nullable(),
  homepage: z.string().nullable(),
  kind: z.enum(appKinds),
  isPublic: z.boolean().meta({ description: 'Has no secret.' }),
  logoUrl: z.string().nullable().meta({ description: 'The path of its picture on this site.' }),
  redirectUris: z.array(z.string()),
  grantTypes: z.array(z.string()),
  scopes: scopes.meta({ description: 'What it may ask for.' }),
  accessTtl: z.int().meta({ description: 'Seconds that an access token works.' }),
  refreshTtl: z.int().meta({ description: 'Seconds that a refresh token works.' }),
  machineTtl: z.int().meta({ description: "Seconds that one of the app's own tokens works." }),
  verified: z.boolean().meta({ description: 'An admin of this site knows who publishes it.' }),
  firstParty: z.boolean().meta({ description: "It is the site's own." }),
  status: z.enum(['active', 'disabled']),
  disabledByAdmin: z.boolean().meta({ description: 'Then its project cannot enable it.' }),
  createdAt: time,
  createdBy: person,
  responsible: person.extend({ active: z.boolean() }).meta({
    description: "Who answers for the app's own tokens. While they are not active, these are refused.",
  }),
  secrets: z
    .array(z.object({ hint, createdAt: time, endsAt: time.nullable() }))
    .meta({ description: 'The current secret and, during an overlap, the old one with its end.' }),
  people: z.int().meta({ description: 'How many people it is connected to.' }),
}) satisfies z.ZodType<App>

export const newAppShape = appShape.and(
  z.object({
    clientSecret: z
      .string()
      .nullable()
      .meta({ description: 'The whole secret, in this answer and nowhere else. Null for a public app.' }),
  }),
)

export const appListShape = z.object({
  data: z.array(appShape),
  nextCursor: z.null().meta({ description: 'The list comes whole.' }),
})

const named = z.object({ id: z.string(), name: z.string() })

export const auditPageShape = z.object({
  data: z.array(
    z.object({
      number: z.int().meta({ description: 'Its place in the log of the whole site.' }),
      id,
      at: time,
      actor: z.object({
        kind: z.enum(['user', 'key', 'app', 'system']),
        id: z.string().nullable(),
        name: z.string(),
      }),
      action: z.string().meta({ description: 'Noun and past participle, such as `key.revoked`.' }),
      target: named.extend({ kind: z.string() }),
      project: named.extend({ slug: z.string() }).nullable(),
      result: z.enum(['allowed', 'refused']),
      address: z.string().nullable(),
      userAgent: z.string().nullable(),
      requestId: z.string().nullable(),
      changes: z
        .record(z.string(), z.array(z.unknown()))
        .meta({ description: 'Field → old and new value. Never a secret.' }),
    }),
  ),
  nextCursor: z.string().meta({ description: 'Send it as `cursor` for what comes after, now or later.' }),
})

export const usageShape = z.object({
  days: z
    .array(z.object({ date: z.iso.date(), requests: z.int(), refused: z.int() }))
    .meta({ description: 'One entry for each day in UTC, the oldest first.' }),
  sources: z
    .array(
      z.object({
        address: z.string().meta({ description: 'An IPv6 address is kept as its /64.' }),
        userAgent: z.string().meta({ description: 'The kind of program, without its version.' }),
        firstSeenAt: time,
        lastSeenAt: time,
        requests: z.int(),
      }),
    )
    .meta({ description: 'Where the key was used from, the latest first, at most 100.' }),
}) satisfies z.ZodType<Usage>

export const callerShape = z.object({
  kind: z
    .enum(['api_key', 'oauth_token', 'session', 'basic'])
    .meta({ description: 'What was sent: a key, an access token of an app, or what a person signed in with.' }),
  credential: z.object({
    id: id.nullable().meta({ description: 'Of the key, the token or the session. Null with Basic.' }),
    label: z.string().nullable().meta({ description: "The key's label, or the name of the app." }),
    hint: z.string().nullable().meta({ description: 'The visible part of the secret. Null for a person.' }),
    expiresAt: time.nullable(),
  }),
  thirdParty: person.nullable().meta({
    description:
      'Who holds the credential: the third party that a key was made for, or the app that a token was issued to, by its `client_id`.',
  }),
  project: z.object({ id, slug: z.string(), name: z.string() }).nullable().meta({
    description:
      'Whose data it is about: the project of the key; with a token the one that its person chose when they allowed the app, or for a token of the app itself the project of the app. Null for a person, and for a token that is about no project.',
  }),
  user: person.nullable().meta({
    description: 'Who is signed in, or whom the app acts for. Null for a key and for a token of the app itself.',
  }),
  scopes: scopes.meta({
    description: 'What the credential may do now. Empty for a person, who may do what their role allows.',
  }),
})

const codes = Object.keys(statusOf) as [ErrorCode, ...ErrorCode[]]

/** The body of `POST /verify`. */
export const verifySchema = z.strictObject({
  /** Whatever the client sent; its form is part of what is judged. */
  credential: z.string().max(10_000),
  /** Scopes it must hold. */
  scopes: z.array(z.enum(allScopes as [Scope, ...Scope[]])).default([]),
  /** The client's address, for allowlists and for counting what it gets wrong. */
  address: z
    .string()
    .refine((text) => normalizeAddress(text) !== null, 'Is not an IP address.')
    .transform((text) => normalizeAddress(text))
    .optional(),
  /** The identifier of the API that the credential was sent to (RFC 8707). */
  resource: z.string().max(2000).optional(),
})

export const verdictShape = z.union([
  callerShape.and(z.object({ valid: z.literal(true) })),
  z.object({
    valid: z.literal(false),
    code: z.enum(codes).meta({ description: 'Why it is refused: a code of the table of errors.' }),
    scope: z.string().optional().meta({ description: 'The scope that is missing.' }),
    retryAfter: z.int().optional().meta({ description: 'Seconds until its limit allows another request.' }),
  }),
])

export const problemShape = z.object({
  type: z.string().meta({ description: '`urn:latchkey:problem:` and the code.' }),
  title: z.string(),
  status: z.int(),
  detail: z.string().meta({ description: 'What is wrong and what to do, for people.' }),
  code: z.enum(codes).meta({ description: 'What is wrong, for programs. Codes do not change.' }),
  requestId: z.string().meta({ description: 'As in X-Request-Id. Quote it when you report a problem.' }),
  errors: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .meta({ description: 'With 422 and some 409: field to what is wrong with it.' }),
  keyId: z.string().optional().meta({ description: 'With a repeated Idempotency-Key: the key that it made.' }),
})
