import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli, makeClient, makeKey, makePerson, origin, PASSWORD, type Person } from '@/db/testing'
import { json } from '@/lib/api/answer'
import { guarded } from '@/lib/api/guard'
import { anyone } from '@/lib/api/policy'
import type { Source } from '@/lib/api/source'
import { mint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { keepArtifact } from '@/lib/oauth/artifacts'
import { forget } from '@/lib/runtime'
import { forwardAuth } from './forward-auth'
import { verify } from './verify'

const orders = 'https://orders.example/api'
const stock = 'https://stock.example/api'
const unknown = 'https://unknown.example/api'
const own = () => `${env().APP_URL}/api/v1`

let ada: Person
let key: string
let bare: string
let verifier: string
const tokens = new Map<string | null, string>()

beforeAll(async () => {
  process.env.API_RESOURCES = `${orders},${stock}`
  process.env.API_BASIC_AUTH = '1'
  forget('env')
  ada = await makePerson()
  key = (await makeKey(ada, { scopes: ['orders:read'] })).secret
  bare = (await makeKey(ada)).secret
  verifier = (await makeKey({ actor: cli(ada.user.id), projectId: ada.projectId }, { scopes: ['credentials:verify'] }))
    .secret
  const { app } = await makeClient(ada, { kind: 'machine', scopes: ['orders:read'] })
  for (const aud of [null, own(), orders, stock, unknown]) {
    const token = mint('access_token', env().KEY_BRAND).credential.reveal()
    const payload = { clientId: app.id, scope: 'orders:read', ...(aud && { aud }) }
    await keepArtifact('ClientCredentials', token, payload, 3600)
    tokens.set(aud, token)
  }
})

afterAll(() => {
  delete process.env.API_RESOURCES
  delete process.env.API_BASIC_AUTH
  forget('env')
})

const source = (authorization: string, query: string, body?: unknown): Source => ({
  method: body ? 'POST' : 'GET',
  route: 'GET gate/forward-auth',
  query: new URLSearchParams(query),
  origin: origin({ address: '127.0.0.1' }),
  header: (name) =>
    name === 'authorization' ? [authorization] : name === 'content-type' && body ? ['application/json'] : [],
  body: async () => new TextEncoder().encode(JSON.stringify(body)),
})

/** The status of /forward-auth, with the code of a refusal. */
async function ask(credential: string, resource?: string, more = ''): Promise<string> {
  const query = resource === undefined ? more : `resource=${encodeURIComponent(resource)}&${more}`
  const { status, headers } = await forwardAuth(source(`Bearer ${credential}`, query))
  return [status, headers?.['X-Latchkey-Code']].filter(Boolean).join(' ')
}

/** The verdict of /verify: `valid`, or the code. */
async function judge(credential: string, resource?: string): Promise<unknown> {
  const { status, body } = await verify(source(`Bearer ${verifier}`, '', { credential, resource }))
  const verdict = body as { valid?: boolean; code?: string; errors?: object }
  return status === 200 ? (verdict.valid ? 'valid' : verdict.code) : [status, Object.keys(verdict.errors ?? {})]
}

const token = (aud: string | null) => tokens.get(aud) as string

describe('threat 103: a token for one API behind the gate opens no other', () => {
  test('at /forward-auth', async () => {
    expect(await ask(token(orders), orders)).toBe('204')
    expect(await ask(token(stock), stock)).toBe('204')
    expect(await ask(token(orders), stock)).toBe('401 wrong_audience')
    expect(await ask(token(stock), orders)).toBe('401 wrong_audience')
    for (const aud of [null, own()]) {
      expect(await ask(token(aud), orders)).toBe('401 wrong_audience')
      expect(await ask(token(aud), own())).toBe('204')
      expect(await ask(token(aud))).toBe('204')
    }
    expect(await ask(token(orders))).toBe('401 wrong_audience')
    expect(await ask(token(orders), own())).toBe('401 wrong_audience')
  })

  test('at /verify', async () => {
    expect(await judge(token(orders), orders)).toBe('valid')
    expect(await judge(token(stock), orders)).toBe('wrong_audience')
    expect(await judge(token(null), orders)).toBe('wrong_audience')
    expect(await judge(token(null), own())).toBe('valid')
    expect(await judge(token(own()))).toBe('valid')
    expect(await judge(token(orders))).toBe('wrong_audience')
  })

  test('and not this site’s own', async () => {
    const me = (credential: string) => guarded(source(`Bearer ${credential}`, ''), anyone, async () => json({}))
    expect((await me(token(null))).status).toBe(200)
    expect((await me(token(orders))).body).toMatchObject({ status: 401, code: 'wrong_audience' })
  })
})

test('an API that is not known takes nothing, in whatever spelling', async () => {
  for (const spelling of [unknown, '', `${orders}/`, orders.toUpperCase(), `${orders}?`, 'orders']) {
    expect([spelling, await ask(token(orders), spelling)]).toEqual([spelling, '401 wrong_audience'])
    expect([spelling, await ask(key, spelling)]).toEqual([spelling, '401 wrong_audience'])
    expect([spelling, await judge(token(orders), spelling)]).toEqual([spelling, [422, ['resource']]])
  }
  // One that was known when the token was issued.
  expect(await ask(token(unknown), unknown)).toBe('401 wrong_audience')
  const twice = `resource=${encodeURIComponent(orders)}`
  await expect(forwardAuth(source(`Bearer ${token(orders)}`, `${twice}&${twice}`))).rejects.toMatchObject({
    code: 'validation_failed',
  })
})

test('a key must hold a scope of the API that is named', async () => {
  expect(await ask(key)).toBe('204')
  expect(await ask(bare)).toBe('204')
  expect(await ask(key, own())).toBe('204')
  expect(await ask(bare, own())).toBe('401 wrong_audience')
  expect(await ask(key, orders)).toBe('401 wrong_audience')
  expect(await judge(key, stock)).toBe('wrong_audience')
  expect(await judge(key, own())).toBe('valid')
})

test('a password is for this site’s own API', async () => {
  const basic = `Basic ${Buffer.from(`${ada.user.email}:${PASSWORD}`).toString('base64')}`
  const status = async (query: string) => (await forwardAuth(source(basic, query))).status
  expect(await status('')).toBe(204)
  expect(await status(`resource=${encodeURIComponent(own())}`)).toBe(204)
  expect(await status(`resource=${encodeURIComponent(orders)}`)).toBe(401)
})

test('what is wrong with a credential is told before what it is for', async () => {
  expect(await ask(`${key.slice(0, -1)}0`, orders)).toBe('401 malformed_credentials')
  expect(await ask(mint('access_token', env().KEY_BRAND).credential.reveal(), orders)).toBe('401 invalid_credentials')
})

test('the challenge names this site’s own metadata', async () => {
  const { headers } = await forwardAuth(source(`Bearer ${token(stock)}`, `resource=${encodeURIComponent(orders)}`))
  expect(headers?.['WWW-Authenticate']).toContain(
    `resource_metadata="${env().APP_URL}/.well-known/oauth-protected-resource/api/v1"`,
  )
})
