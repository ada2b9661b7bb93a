import 'server-only'
import { hkdfSync } from 'node:crypto'
import { eq } from 'drizzle-orm'
import Provider, { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { db } from '@/db'
import { users } from '@/db/schema'
import { mint } from '@/lib/credentials'
import type { Kind } from '@/lib/credentials/format'
import { env } from '@/lib/env'
import { log } from '@/lib/log'
import { requestOrigin } from '@/lib/request-context'
import { once } from '@/lib/runtime'
import { type AppScope, allAppScopes } from '@/lib/scopes'
import { readSession, sessionCookies, sessionMaxAge } from '@/lib/session'
import { makeAdapter } from './adapter'
import { knownApis } from './audience'
import { clientCredentialsGrant } from './client-credentials'
import { recordWrongSecret } from './client-events'
import { verifyClientSecret } from './clients'
import { continueGrant } from './consent'
import { renderError } from './error-page'
import { interactionCookie } from './interaction'
import { introspectable } from './introspection'
import { passwordGrant } from './password-grant'
import { sessionUid } from './session-uid'
import { signingKeys } from './signing-keys'

/** How often the signing keys are looked at again, in ms: a new key is published everywhere within this. */
const KEYS_EVERY_MS = 60_000

/** Where the library answers. */
export const routes = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  introspection: '/oauth/introspect',
  revocation: '/oauth/revoke',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/jwks',
  device_authorization: '/oauth/device',
  pushed_authorization_request: '/oauth/par',
  // A page of ours, which the library only names to devices.
  code_verification: '/device',
}

/**
 * The OAuth server of this process. Made anew when the signing keys have changed; it holds nothing else, since
 * everything it keeps is in the database.
 */
export async function oauthProvider(): Promise<Provider> {
  const state = once('oauth-provider', () => ({ provider: undefined as Provider | undefined, kids: '', checkedAt: 0 }))
  if (state.provider && performance.now() - state.checkedAt < KEYS_EVERY_MS) return state.provider
  const keys = await signingKeys()
  const kids = keys.map(({ kid }) => kid).join()
  if (!state.provider || kids !== state.kids) state.provider = makeProvider(keys)
  Object.assign(state, { kids, checkedAt: performance.now() })
  return state.provider
}

function makeProvider(keys: Awaited<ReturnType<typeof signingKeys>>): Provider {
  const provider: Provider = new Provider(env().APP_URL, configuration(keys))
  // The front states host and scheme, from APP_URL.
  provider.proxy = true
  issueOurCredentials(provider)
  followPortalSessions(provider)
  provider.registerGrantType('client_credentials', (context) => clientCredentialsGrant(provider, context), [
    'scope',
    'resource',
  ])
  if (env().OAUTH_PASSWORD_GRANT) {
    const parameters = ['username', 'password', 'scope']
    provider.registerGrantType('password', (context) => passwordGrant(provider, context), parameters)
  }
  provider.on('server_error', (_context, error) => {
    log().error({ requestId: requestOrigin().requestId, err: error }, 'an OAuth request failed')
  })
  return provider
}

const configuration = (keys: Awaited<ReturnType<typeof signingKeys>>): Configuration => ({
  adapter: makeAdapter(() => Provider.ctx),
  routes,
  jwks: { keys: keys as never },
  cookies: {
    // Of this site and nobody else: shared by all instances, and gone with the secret.
    keys: [Buffer.from(hkdfSync('sha256', env().AUTH_SECRET, '', 'latchkey oauth cookies', 32)).toString('base64url')],
    names: { interaction: interactionCookie, resume: 'latchkey.resume', session: 'latchkey.oauth' },
    short: { httpOnly: true, sameSite: 'lax', signed: true },
  },
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  extraClientMetadata: { properties: ['access_ttl', 'refresh_ttl', 'machine_ttl'] },
  responseTypes: ['code'],
  scopes: [...allAppScopes],
  // Looked at wherever a request is taken, also when they are not there.
  extraParams: { scope: requireScope, response_mode: requireQuery },
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  clientBasedCORS: () => false,
  allowOmittingSingleRegisteredRedirectUri: false,
  pkce: { required: () => true },
  rotateRefreshToken: () => true,
  expiresWithSession: () => false,
  // An app registered for refresh tokens gets them, with or without `offline_access`: docs/decisions/0005-oauth-server.md.
  issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true, deviceInfo: () => ({}) },
    introspection: { enabled: true, allowedPolicy: introspectable },
    revocation: {
      enabled: true,
      // A stranger's token is none: the answer is the same, and nothing happens (RFC 7009, 2.2).
      allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
    },
    resourceIndicators: {
      enabled: true,
      // Whoever names no resource gets a token for this site's own API, which its user info is a part of.
      defaultResource: () => [],
      useGrantedResource: () => true,
      getResourceServerInfo(_context, resource) {
        if (!knownApis().includes(resource)) throw new errors.InvalidTarget('unknown resource')
        return { scope: allAppScopes.join(' '), audience: resource, accessTokenFormat: 'opaque' }
      },
    },
  },
  ttl: {
    AccessToken: (_context, _token, client) => client.access_ttl as number,
    AuthorizationCode: 60,
    ClientCredentials: (_context, _token, client) => client.machine_ttl as number,
    DeviceCode: 10 * 60,
    IdToken: 60 * 60,
    Interaction: 60 * 60,
    RefreshToken: (_context, _token, client) => client.refresh_ttl as number,
    // Families are kept by consent.ts, and sessions by the portal.
    Grant: 365 * 24 * 60 * 60,
    Session: 60,
  },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant,
  findAccount,
  renderError,
})

/**
 * Unknown scopes are left out (OpenID Connect Core, 3.1.2.1). Where none is left, the app is told so before a person is
 * asked about nothing (RFC 6749, 3.3).
 */
function requireScope(_context: unknown, scope: string | undefined): void {
  if (scope?.split(' ').some((each) => allAppScopes.includes(each as AppScope))) return
  throw new errors.InvalidScope('ask for at least one scope that this site has', scope ?? '')
}

/** Codes go by the query: a pushed request may not say otherwise. server.ts refuses the same where browsers ask. */
function requireQuery(_context: unknown, mode: string | undefined): void {
  if (mode !== undefined && mode !== 'query') throw new errors.UnsupportedResponseMode()
}

/** The family that a request continues: the one just consented to, else a new one under what was allowed before. */
async function loadExistingGrant(context: KoaContextWithOIDC) {
  const { oidc } = context
  const { Grant } = oidc.provider
  const consented = oidc.result?.consent?.grantId
  if (consented) return Grant.find(consented)
  // Somebody else may listen on a loopback port or own the same scheme: such apps ask every time (RFC 8252, 8.6).
  if (!oidc.account || !oidc.client || oidc.client.applicationType === 'native') return undefined
  const familyId = await continueGrant(oidc.account.accountId, {
    clientId: oidc.client.clientId,
    scopes: [...oidc.requestParamScopes].filter((scope): scope is AppScope => allAppScopes.includes(scope as AppScope)),
    redirectUri: String(oidc.params?.redirect_uri ?? ''),
  })
  return familyId === null ? undefined : Grant.find(familyId)
}

async function findAccount(_context: KoaContextWithOIDC, id: string) {
  const [user] = await db().select().from(users).where(eq(users.id, id))
  if (!user || user.disabledAt) return undefined
  const { name, email, emailVerifiedAt } = user
  return { accountId: id, claims: () => ({ sub: id, name, email, email_verified: emailVerifiedAt !== null }) }
}

/** Tokens in the form of all our credentials, and client secrets compared by their hash. */
function issueOurCredentials(provider: Provider): void {
  const kinds: [{ prototype: object }, Kind][] = [
    [provider.AccessToken, 'access_token'],
    [provider.ClientCredentials, 'access_token'],
    [provider.RefreshToken, 'refresh_token'],
  ]
  for (const [{ prototype }, kind] of kinds) {
    Object.assign(prototype, {
      generateTokenId(this: { format?: string }) {
        this.format = 'opaque'
        return mint(kind, env().KEY_BRAND).credential.reveal()
      },
    })
  }
  provider.Client.prototype.compareClientSecret = async function (secret) {
    const right = await verifyClientSecret(this.clientId, secret)
    if (!right) await recordWrongSecret(this.clientId)
    return right
  }
}

/**
 * The library's login session is the portal's: made from it for each request and never kept, so that signing out and
 * changing accounts are in force at once.
 */
function followPortalSessions(provider: Provider): void {
  const { Session } = provider
  Session.get = async (context) => {
    const cookies = sessionCookies([context.req.headers.cookie ?? ''])
    const user = cookies.length === 1 ? await readSession(cookies[0] as string, requestOrigin()) : null
    const session = new (Session as unknown as new (payload?: object) => InstanceType<typeof Session>)(
      user
        ? {
            accountId: user.userId,
            // In seconds. When the person signed in, for `max_age` and `auth_time`.
            loginTs: Math.floor(user.expiresAt.getTime() / 1000) - sessionMaxAge(),
            uid: sessionUid(user.sessionId),
          }
        : undefined,
    )
    // The library keeps a session and sets its cookie unless it has been destroyed.
    Object.assign(session, { destroyed: true })
    const { oidc } = context as KoaContextWithOIDC
    oidc.entity('Session', session)
    return session
  }
}
