import { beforeAll, describe, expect, test } from 'vitest'
import { cli, keyActor, makeClient, makeKey, makePerson, makeToken, origin, type Person } from '@/db/testing'
import { sealEvents } from '@/lib/audit/seal'
import { routes } from '@/lib/front/routes.generated'
import { forwardAuth } from '@/lib/gate/forward-auth'
import { verify } from '@/lib/gate/verify'
import { encodeSession, sessionCookieName } from '@/lib/session'
import { flushUsage } from '@/lib/usage/record'
import type { Answer } from './answer'
import { bodyText, type Call, type Endpoint, withContentType } from './endpoint'
import { codesOf } from './openapi'
import { operationList, type Route } from './operations'
import { problemShape } from './shapes'
import type { Source } from './source'

let ada: Person
let root: string

beforeAll(async () => {
  ada = await makePerson()
  root = (
    await makeKey(ada, {
      scopes: ['keys:read', 'keys:write', 'apps:read', 'apps:write', 'usage:read', 'audit:read', 'orders:read'],
    })
  ).secret
})

const endpointOf = ({ method, path }: Route): Endpoint => {
  const module = routes[path.replaceAll(/\{(\w+)\}/g, '[$1]')] as Record<string, Endpoint>
  return module?.[method] as Endpoint
}

describe.each(operationList.filter(({ tag }) => tag !== 'Gate'))('$method $path', (route) => {
  test('parses what it is documented to parse', async () => {
    const seen: { query?: unknown; body?: unknown; idempotent?: true } = {}
    const take = (shape: unknown) => {
      seen.body = shape
      return route.body?.shape.parse(route.body.example)
    }
    const call = {
      actor: await keyActor(root),
      params: { id: 'nobody' },
      projectId: async () => 'nowhere',
      names: () => false,
      query: (shape: unknown) => {
        seen.query = shape
        return route.query?.shape.parse({})
      },
      json: async (shape: unknown) => {
        expect(route.body?.optional ?? false).toBe(false)
        return take(shape)
      },
      optionalJson: async (shape: unknown) => {
        expect(route.body?.optional).toBe(true)
        return take(shape)
      },
      header: (name: string) => {
        if (name === 'idempotency-key') seen.idempotent = true
      },
    } as unknown as Call
    await endpointOf(route)
      .handler(call)
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'not_found' }))
    expect(seen.query).toBe(route.query?.shape)
    expect(seen.body).toBe(route.body?.shape)
    expect(seen.idempotent).toBe(route.idempotent)
  })
})

interface Options {
  /** A key or an access token. */
  key?: string
  /** The value of a session's cookie, in place of a key. */
  session?: string
  id?: string
  query?: string
  body?: unknown
  headers?: Record<string, string>
}

/** Operations that were seen to succeed. */
const succeeded = new Set<string>()

/** Asks as a client would, and holds the answer against the document. Resolves with its body. */
async function ask(
  name: string,
  { session, key = session ? '' : root, id = '', query = '', body, headers = {} }: Options = {},
) {
  const route = operationList.find((each) => `${each.method} ${each.path}` === name) as Route
  const all: Record<string, string> = { 'content-type': 'application/json', ...headers }
  if (key) all.authorization = `Bearer ${key}`
  if (session) all.cookie = `${sessionCookieName()}=${session}`
  const source: Source = {
    method: route.method,
    route: name,
    query: new URLSearchParams(query),
    origin: origin(),
    header: (header) => (all[header] === undefined ? [] : [all[header]]),
    body: async () => new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body)),
  }
  const gate = name.endsWith('/verify') ? verify : forwardAuth
  const answer = await (route.tag === 'Gate' ? gate(source) : endpointOf(route).serve(source, { id }))
  expectDocumented(route, answer, key !== '' || session !== undefined)
  if (answer.status < 300) succeeded.add(name)
  const text = bodyText(answer)
  return { status: answer.status, headers: answer.headers, body: text === null ? null : JSON.parse(text) }
}

const standing = ['Cache-Control', 'X-Content-Type-Options', 'Referrer-Policy', 'Content-Security-Policy']

function expectDocumented(route: Route, answer: Answer, authenticated: boolean): void {
  const { 'Content-Type': type, ...headers } = withContentType(answer)
  for (const name of standing) {
    expect(headers).toHaveProperty([name])
    delete headers[name]
  }
  const text = bodyText(answer)
  const body = text === null ? null : JSON.parse(text)
  const limits = authenticated ? ['RateLimit-Policy', 'RateLimit'] : []
  if (answer.status < 300) {
    expect(answer.status).toBe(route.answer.status)
    const own = Object.keys(route.answer.headers ?? {})
    expect(Object.keys(headers).sort()).toEqual(['X-Request-Id', ...limits, ...own].sort())
    expect(type).toBe(text === null ? undefined : 'application/json; charset=utf-8')
    // Parsing drops what the shape does not know.
    if (route.answer.shape) expect(route.answer.shape.parse(body)).toEqual(body)
  } else {
    expect(type).toBe('application/problem+json; charset=utf-8')
    const { code, status } = problemShape.strict().parse(body)
    expect([status, codesOf(route).includes(code), code]).toEqual([answer.status, true, code])
    expect('WWW-Authenticate' in headers).toBe(status === 401 || code === 'insufficient_scope')
  }
}

test('every operation answers by the document, when it succeeds and when it refuses', async () => {
  await ask('GET /me')
  await ask('GET /openapi.json', { key: '' })
  const { body: made } = await ask('POST /keys', {
    body: { label: 'A', thirdParty: { name: 'Zapier' }, scopes: ['orders:read'], expiresAt: '2090-01-01T00:00:00Z' },
  })
  const { id, secret } = made
  await ask('GET /me', { key: secret })
  await flushUsage()
  await ask('PATCH /keys/{id}', { id, body: { note: 'Two\nlines', allowedAddresses: ['203.0.113.0/24'] } })
  await ask('POST /keys/{id}/regenerate', { id, body: { overlapSeconds: 60 } })
  expect((await ask('GET /keys/{id}', { id })).body.overlap).not.toBeNull()
  expect((await ask('GET /keys', { query: 'limit=1' })).body.nextCursor).not.toBeNull()
  await ask('POST /keys/{id}/end-overlap', { id })
  expect((await ask('GET /keys/{id}/usage', { id })).body.sources).not.toEqual([])
  expect((await ask('DELETE /keys/{id}', { id, body: { reason: 'Left' } })).status).toBe(204)
  await ask('GET /keys', { query: 'status=revoked' })
  await sealEvents()
  const log = await ask('GET /audit', { query: 'action=key.created&limit=1' })
  expect(log.body.data).toHaveLength(1)
  expect((await ask('GET /audit', { query: 'cursor=999999' })).body.code).toBe('conflict')
  const { body: party } = await ask('POST /third-parties', { body: { name: 'Acme', website: 'https://acme.test' } })
  await ask('GET /third-parties')
  await ask('GET /third-parties/{id}', { id: party.id })
  await ask('PATCH /third-parties/{id}', { id: party.id, body: { purpose: 'Orders' } })
  const { body: app } = await ask('POST /apps', {
    body: { name: 'Zapier', redirectUris: ['https://zapier.test/cb'], scopes: ['openid', 'orders:read'] },
  })
  expect(app.clientSecret).toContain(app.secrets[0].hint.slice(0, -1))
  await ask('POST /apps', { body: { name: 'Phone', isPublic: true, kind: 'native', redirectUris: ['test.app:/cb'] } })
  await ask('GET /apps')
  expect((await ask('GET /apps/{id}', { id: app.id })).body.homepage).toBeNull()
  await ask('PATCH /apps/{id}', { id: app.id, body: { homepage: 'https://zapier.test' } })
  expect((await ask('POST /apps/{id}/rotate-secret', { id: app.id, body: { overlapSeconds: 60 } })).status).toBe(200)
  expect((await ask('POST /apps/{id}/rotate-secret', { id: app.id })).body.code).toBe('conflict')
  expect((await ask('POST /apps/{id}/end-overlap', { id: app.id })).body.secrets).toHaveLength(1)
  await ask('POST /apps/{id}/disable', { id: app.id })
  await ask('POST /apps/{id}/enable', { id: app.id })
  await ask('GET /forward-auth', { query: 'scope=orders:read' })
  const judge = (
    await makeKey({ actor: cli(ada.user.id), projectId: ada.projectId }, { scopes: ['credentials:verify'] })
  ).secret
  expect((await ask('POST /verify', { key: judge, body: { credential: root } })).body.valid).toBe(true)
  expect((await ask('POST /verify', { key: judge, body: { credential: secret } })).body.code).toBe(
    'revoked_credentials',
  )
  expect(
    (await ask('POST /verify', { key: judge, body: { credential: root, scopes: ['orders:write'] } })).body,
  ).toEqual({
    valid: false,
    code: 'insufficient_scope',
    scope: 'orders:write',
  })
  expect([...succeeded].sort()).toEqual(operationList.map(({ method, path }) => `${method} ${path}`).sort())

  const refusals = await Promise.all([
    ask('GET /me', { key: '' }),
    ask('GET /openapi.json', { key: secret }),
    ask('GET /openapi.json', { key: 'lk_nonsense' }),
    ask('GET /keys', { query: 'limit=1000' }),
    ask('GET /keys', { query: 'project=somewhere-else' }),
    ask('GET /keys', { query: 'q=%00' }),
    ask('POST /keys', { body: {} }),
    ask('POST /keys', { body: [] }),
    ask('POST /keys', { body: { label: 'B' }, headers: { 'content-type': 'text/plain' } }),
    ask('POST /keys', { body: { label: 'B' }, headers: { 'idempotency-key': 'ä' } }),
    ask('GET /keys/{id}', { id: 'unknown' }),
    ask('PATCH /keys/{id}', { id, body: { label: 'Too late' } }),
    ask('DELETE /keys/{id}', { id }),
    ask('POST /keys/{id}/regenerate', { id }),
    ask('POST /keys/{id}/end-overlap', { id }),
    ask('POST /third-parties', { body: { name: 'ACME' } }),
    ask('POST /apps', { body: { name: 'Script', redirectUris: ['javascript:alert(1)'] } }),
    ask('POST /apps', { body: { name: 'Own', kind: 'machine', scopes: ['orders:write'] } }),
    ask('POST /apps', { body: { name: 'Own', kind: 'machine', scopes: ['apps:write'] } }),
    ask('POST /apps/{id}/enable', { id: app.id }),
    ask('POST /verify', { body: { credential: root } }),
    ask('GET /forward-auth', { query: 'scope=orders:write' }),
  ])
  expect(refusals.map(({ status }) => status)).toEqual([
    401, 401, 401, 422, 404, 400, 422, 400, 415, 422, 404, 409, 409, 409, 409, 409, 422, 403, 403, 409, 403, 403,
  ])
})

test('whoever calls is told of by the document: a key, a session, a person by an app, an app', async () => {
  const session = await encodeSession(ada.actor.sessionId, ada.user.id)
  const { app } = await makeClient(ada, { name: 'Ledger', scopes: ['orders:read'] })
  const { app: greeter } = await makeClient(ada, { name: 'Greeter', scopes: ['profile:read'] })
  const { app: machine } = await makeClient(ada, { name: 'Nightly', kind: 'machine', scopes: ['orders:read'] })
  const ofAda = await makeToken(app, ['orders:read'], ada)
  const ofNoProject = await makeToken(greeter, ['profile:read'], { ...ada, projectId: null })
  const own = await makeToken(machine, ['orders:read'])
  const { key, secret } = await makeKey(ada, { thirdParty: { name: 'Globex' } })
  const user = { id: ada.user.id, name: 'Ada' }
  const project = { id: ada.projectId }

  for (const [sent, expected] of [
    [{ key: secret }, { kind: 'api_key', user: null, project, thirdParty: { name: 'Globex' } }],
    [{ key: ofAda }, { kind: 'oauth_token', user, project, thirdParty: { id: app.id, name: 'Ledger' } }],
    [{ key: ofNoProject }, { kind: 'oauth_token', user, project: null, thirdParty: { id: greeter.id } }],
    [{ key: own }, { kind: 'oauth_token', user: null, project, thirdParty: { id: machine.id } }],
    [{ session }, { kind: 'session', user, project: null, thirdParty: null, scopes: [] }],
  ] as const) {
    expect((await ask('GET /me', sent)).body).toMatchObject(expected)
  }

  const { secret: judge } = await makeKey(
    { actor: cli(ada.user.id), projectId: ada.projectId },
    { scopes: ['credentials:verify'] },
  )
  for (const credential of [secret, ofAda, ofNoProject, own]) {
    const { body } = await ask('POST /verify', { key: judge, body: { credential } })
    expect(body).toEqual({ valid: true, ...(await ask('GET /me', { key: credential })).body })
  }

  const told = async (credential: string) => {
    const { headers = {} } = await ask('GET /forward-auth', { key: credential })
    return ['Credential', 'Project', 'User', 'Third-Party', 'Scopes'].map((name) => headers[`X-Latchkey-${name}`])
  }
  const idOf = (token: string) => token.split('_')[1]
  expect(await told(secret)).toEqual([key.id, ada.projectId, '-', key.thirdParty?.id, '-'])
  expect(await told(ofAda)).toEqual([idOf(ofAda), ada.projectId, ada.user.id, app.id, 'orders:read'])
  expect(await told(ofNoProject)).toEqual([idOf(ofNoProject), '-', ada.user.id, greeter.id, 'profile:read'])
  expect(await told(own)).toEqual([idOf(own), ada.projectId, '-', machine.id, 'orders:read'])
})

test('a repeated Idempotency-Key answers as documented', async () => {
  const headers = { 'idempotency-key': 'once' }
  const { body } = await ask('POST /keys', { body: { label: 'Once' }, headers })
  const again = await ask('POST /keys', { body: { label: 'Once' }, headers })
  expect([again.status, again.body.code, again.body.keyId]).toEqual([409, 'idempotency_conflict', body.id])
  const other = await ask('POST /keys', { body: { label: 'Other' }, headers })
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_conflict'])
})

test('the document is open to all, but judges a key; it does not look at a cookie', async () => {
  expect((await ask('GET /openapi.json', { key: '', headers: { cookie: 'latchkey.session=old' } })).status).toBe(200)
  expect((await ask('GET /openapi.json')).body.openapi).toBe('3.1.0')
  expect((await ask('GET /openapi.json', { key: `${root}x` })).body.code).toBe('malformed_credentials')
})
