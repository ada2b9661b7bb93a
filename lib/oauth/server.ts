import 'server-only'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Origin } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { env } from '@/lib/env'
import { Failure, isFailure } from '@/lib/errors'
import { settled } from '@/lib/narrowing'
import { type LimitName, takeAttempt } from '@/lib/rate-limit'
import { requestOrigin, withOrigin } from '@/lib/request-context'
import { once } from '@/lib/runtime'
import { allScopes } from '@/lib/scopes'
import { escaped, staticPage, staticPagePolicy } from '@/lib/static-page'
import { ownApi } from './audience'
import { oauthProvider, routes } from './provider'

type Answer = { body: unknown } | 'library'

type Route = [
  pattern: RegExp,
  methods: readonly string[],
  /** What an address may ask for; `credential` where the library counts what a credential failed at. */
  limit: LimitName | 'credential',
  answer: () => Answer,
]

/** What is answered here, and how. The library has further routes of its own, which stay closed. */
const answers: Route[] = [
  [/^\/oauth\/authorize(\/[\w-]{1,100})?$/, ['GET'], 'authorizePerAddress', () => 'library'],
  [/^\/oauth\/par$/, ['POST'], 'pushedPerAddress', () => 'library'],
  [/^\/oauth\/device$/, ['POST'], 'devicesPerAddress', () => 'library'],
  [/^\/oauth\/(token|introspect|revoke)$/, ['POST'], 'credential', () => 'library'],
  [/^\/oauth\/userinfo$/, ['GET', 'POST'], 'credential', () => 'library'],
  [/^\/oauth\/jwks$/, ['GET'], 'documentsPerAddress', () => 'library'],
  [
    /^\/\.well-known\/(oauth-authorization-server|openid-configuration)$/,
    ['GET'],
    'documentsPerAddress',
    () => 'library',
  ],
  [
    /^\/\.well-known\/oauth-protected-resource(\/api\/v1)?$/,
    ['GET'],
    'documentsPerAddress',
    () => ({ body: protectedResource() }),
  ],
]

/** Where OAuth's own endpoints and documents are. */
export const isOauthPath = (path: string): boolean => path.startsWith('/oauth/') || path.startsWith('/.well-known/')

/**
 * Answers a request to the OAuth server. The front has judged the target and stated the host.
 *
 * @throws Failure `not_found`, `method_not_allowed` (its `Allow` is set)
 */
export async function answerOauth(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  origin: Origin,
): Promise<void> {
  const route = answers.find(([pattern]) => pattern.test(path))
  if (!route) throw new Failure('not_found', 'There is nothing at this path.')
  const [, methods, limit, answer] = route
  if (!methods.includes(request.method ?? '')) {
    response.setHeader('Allow', methods.join(', '))
    throw new Failure('method_not_allowed', `This path answers ${methods.join(', ')}.`)
  }
  if (limit !== 'credential' && !(await admitted(request, response, limit, origin))) return
  const own = answer()
  if (own !== 'library') {
    response.setHeader('Content-Type', 'application/json; charset=utf-8')
    response.end(JSON.stringify(own.body))
    return
  }
  if (request.headers.expect !== undefined) response.writeContinue()
  const provider = await oauthProvider()
  const handle = handlers().get(provider) ?? makeHandler(provider)
  await withOrigin(origin, () => handle(request, response))
}

/** Counts a request that needs no credential; past the limit answers it, as a page where browsers go and else as JSON. */
async function admitted(
  request: IncomingMessage,
  response: ServerResponse,
  limit: LimitName,
  { address }: Origin,
): Promise<boolean> {
  try {
    await takeAttempt(limit, limitKeyOf(address))
    return true
  } catch (error) {
    if (!isFailure(error) || error.code !== 'rate_limited') throw error
    response.statusCode = error.status
    response.setHeader('Retry-After', String(error.retryAfter))
    if (limit === 'authorizePerAddress' && /\btext\/html\b/.test(request.headers.accept ?? '')) {
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      response.setHeader('Content-Security-Policy', staticPagePolicy)
      response.end(staticPage('Too many requests', `<p>${escaped(error.message)}</p>`))
    } else {
      // A body that nobody reads must not follow as the next request.
      if (request.method === 'POST') response.setHeader('Connection', 'close')
      response.setHeader('Content-Type', 'application/json; charset=utf-8')
      response.end(JSON.stringify({ error: 'temporarily_unavailable', error_description: error.message }))
    }
    return false
  }
}

type Handler = ReturnType<Provider['callback']>

const handlers = () => once('oauth-handlers', () => new WeakMap<Provider, Handler>())

function makeHandler(provider: Provider): Handler {
  provider.use(async (context, next) => {
    refuseOtherModes(context as KoaContextWithOIDC)
    await next()
    await shapeAnswer(context as KoaContextWithOIDC)
  })
  const handle = provider.callback()
  handlers().set(provider, handle)
  return handle
}

/**
 * Codes go by the query. The library has further modes, and refuses them in themselves: by a page that posts itself,
 * which is a script. One that it has not it refuses by the query.
 */
function refuseOtherModes(context: KoaContextWithOIDC): void {
  const { response_mode: mode } = context.query
  if (context.path !== routes.authorization || mode === undefined || mode === 'query') return
  context.query = { ...context.query, response_mode: 'none' }
}

/** What the library answers otherwise than the RFCs or the contract want it. */
async function shapeAnswer(context: KoaContextWithOIDC): Promise<void> {
  const { response } = context
  renameErrors(context)
  const { status } = context
  const body = context.body as Record<string, unknown> | undefined
  // No page of another site has business here, and what is public needs no permission to be read by programs.
  for (const name of Object.keys(response.headers)) if (name.startsWith('access-control-')) context.remove(name)
  if (context.method === 'POST' && status === 401) {
    // A client that sent its secret in the body is told of Basic too; at the user info endpoint it is about a token.
    if (context.path !== routes.userinfo && !response.get('WWW-Authenticate')) {
      context.set('WWW-Authenticate', `Basic realm="${env().APP_URL}"`)
    }
    await limitClientFailures(context)
  }
  if (context.path === routes.introspection && body?.active === true)
    context.body = { ...body, aud: body.aud ?? ownApi() }
  if (context.path.startsWith('/.well-known/') && body) context.body = { ...body, response_modes_supported: ['query'] }
  if (status === 503) context.set('Retry-After', '1')
  await settled(requestOrigin())
}

/**
 * Counts that an app did not prove itself. By app and address, and only after it failed: what others get wrong, at the same
 * address or in the app's name, never stops an app with the right secret.
 */
async function limitClientFailures(context: KoaContextWithOIDC): Promise<void> {
  const client = `${context.oidc?.client?.clientId ?? 'unknown'} ${limitKeyOf(requestOrigin().address)}`
  try {
    await takeAttempt('clientFailures', client)
  } catch (error) {
    if (!isFailure(error)) throw error
    context.status = error.status
    context.set('Retry-After', String(error.retryAfter))
    context.body = { error: 'temporarily_unavailable', error_description: error.message }
  }
}

/** What the library says, with `invalid_request`, to apps that did not prove themselves. */
const unproven = new Set([
  'no client authentication mechanism provided',
  'client_secret must be provided in the Authorization header',
  'invalid authorization header value format',
  'client_id and client_secret in the authorization header are not properly encoded',
])

/** Errors that the library names otherwise than the RFCs do. It has no codes for them, only sentences. */
function renameErrors(context: KoaContextWithOIDC): void {
  const body = context.body as { error?: string; error_description?: string } | undefined
  if (body?.error_description === 'requested grant type is not allowed for this client') {
    // RFC 6749, 5.2.
    context.body = { ...body, error: 'unauthorized_client' }
  } else if (unproven.has(body?.error_description ?? '')) {
    // RFC 6749, 5.2, and RFC 7662, 2.3.
    context.status = 401
    context.body = { ...body, error: 'invalid_client' }
  } else if (body?.error === 'unsupported_token_type') {
    // A JWT is none of ours, and unknown like any other text (RFC 7662, 2.2; RFC 7009, 2.2).
    context.status = 200
    context.body = context.path === routes.introspection ? { active: false } : ''
  }
}

/** RFC 9728: which authorization server the API believes. */
const protectedResource = () => ({
  resource: ownApi(),
  authorization_servers: [env().APP_URL],
  scopes_supported: allScopes,
  bearer_methods_supported: ['header'],
  resource_name: 'Latchkey API',
  resource_documentation: `${env().APP_URL}/docs`,
})
