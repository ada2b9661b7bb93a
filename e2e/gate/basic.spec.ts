import type { OutgoingHttpHeaders } from 'node:http'
import { freePort } from '../../scripts/free-port'
import { type Answer, send } from '../api/site'
import { type Latchkey, startLatchkey } from '../server'
import { startProgram } from './program'
import { expect, type GateSite, PASSWORD, root, test } from './site'

test.describe('API_BASIC_AUTH=1', () => {
  let portal: Latchkey
  let gate: number
  test.beforeAll(async ({ site }) => {
    gate = await freePort()
    const limits = { FAILED_AUTH_PER_MINUTE: '30', TRUST_PROXY: '1' }
    const env = { ...site.settings, ...limits, API_BASIC_AUTH: '1', GATE_PORT: String(gate) }
    portal = await startLatchkey({ env })
  })
  test.afterAll(() => portal.stop())

  const port = () => Number(new URL(portal.url).port)
  const basic = (email: string, password = PASSWORD) =>
    `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`
  /** Asks from an address of its own, so that what one test gets wrong does not count for another. */
  const me = (address: string, headers: OutgoingHttpHeaders) =>
    send(port(), 'GET', '/api/v1/me', { headers: { 'X-Forwarded-For': address, ...headers } })

  test('one route takes a key, a session or e-mail and password', async ({ site }) => {
    const byBasic = await me('198.51.100.1', { Authorization: basic(site.email) })
    expect(byBasic).toMatchObject({
      status: 200,
      body: { kind: 'basic', project: null, user: { id: expect.any(String), name: 'Ada' }, scopes: [] },
    })
    expect(byBasic.headers['ratelimit-policy']).toBe('"default";q=600;w=60')
    const { secret } = await site.newKey()
    expect((await me('198.51.100.1', { 'X-Api-Key': secret })).body.kind).toBe('api_key')
    const session = await signIn(site)
    expect((await me('198.51.100.1', { Cookie: session })).body).toMatchObject({
      kind: 'session',
      user: byBasic.body.user,
    })
    // Neither sets a cookie nor ends one.
    expect(byBasic.headers).not.toHaveProperty('set-cookie')
  })

  test('the scheme is written in any case, and a password may hold colons and any letter', async ({ site }) => {
    const password = 'sieben:Otter jonglieren Laternen ß€'
    const command = ['users', 'create', '--email', 'carl@example.com', '--password', password, '--name', 'Carl']
    const cli = startProgram(process.execPath, ['dist/latchkey.js', ...command], {
      cwd: root,
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...site.settings },
    })
    expect(await cli.ended()).toBe(0)
    const Authorization = basic('carl@example.com', password).replace('Basic', 'bASIC ')
    expect((await me('198.51.100.2', { Authorization })).body.user.name).toBe('Carl')
  })

  test('a key beside it speaks, and each of them must be good', async ({ site }) => {
    const { secret, id } = await site.newKey()
    const Authorization = basic(site.email)
    const both = await me('198.51.100.3', { Authorization, 'X-Api-Key': secret })
    expect(both).toMatchObject({ status: 200, body: { kind: 'api_key', credential: { id } } })
    for (const headers of [
      { Authorization, 'X-Api-Key': 'nonsense' },
      { Authorization: basic(site.email, 'wrong'), 'X-Api-Key': secret },
    ]) {
      expect((await me('198.51.100.3', headers)).status).toBe(401)
    }
    for (const headers of [
      { Authorization: [Authorization, `Api-Key ${secret}`] },
      { Authorization: [Authorization, Authorization] },
      { Authorization, 'X-Api-Key': [secret, secret] },
    ]) {
      expect(await me('198.51.100.3', headers)).toMatchObject({ status: 400, body: { code: 'multiple_credentials' } })
    }
  })

  test('a wrong password and an unknown address get one answer, and what is no pair another', async ({ site }) => {
    const wrong = await me('198.51.100.4', { Authorization: basic(site.email, 'wrong') })
    const unknown = await me('198.51.100.4', { Authorization: basic('nobody@example.com') })
    expect(wrong).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' })
    // A browser must not ask for a password of its own accord.
    expect(wrong.headers['www-authenticate']).not.toContain('Basic')
    for (const value of ['Basic', 'Basic ', 'Basic YWJj', 'Basic !!!', `Basic ${'A'.repeat(5_000)}`]) {
      const answer = await me('198.51.100.4', { Authorization: value })
      expect(answer, value.slice(0, 20)).toMatchObject({ status: 401, body: { code: 'malformed_credentials' } })
    }
  })

  test('wrong passwords are counted and limited, and good ones cost nothing', async ({ site }) => {
    const from = (password: string, address = '198.51.100.5') =>
      me(address, { Authorization: basic(site.email, password) })
    for (let i = 0; i < 12; i++) expect((await from(PASSWORD)).status).toBe(200)
    for (let i = 0; i < 10; i++) expect((await from('wrong')).body.code).toBe('invalid_credentials')
    const refused = await from(PASSWORD)
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    // Her own address is not shut out by it.
    expect((await from(PASSWORD, '198.51.100.6')).status).toBe(200)
  })

  test('a burst of wrong passwords gets through no oftener than one after the other', async ({ site }) => {
    const headers = { Authorization: basic(site.email, 'wrong') }
    const answers = await Promise.all(Array.from({ length: 40 }, () => me('198.51.100.7', headers)))
    expect(answers.filter(({ body }) => body.code === 'invalid_credentials')).toHaveLength(10)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(30)
  })

  test('passwords are checked in turn, a crowd is sent away, and keys are not held up', async ({ site }) => {
    const { secret } = await site.newKey()
    let done = 0
    const crowd = Array.from({ length: 300 }, async (_, i) => {
      const Authorization = basic(`nobody${i}@example.com`)
      const answer = await me(`10.1.${i >> 8}.${i & 255}`, { Authorization })
      done++
      return answer
    })
    expect((await me('198.51.100.8', { 'X-Api-Key': secret })).status).toBe(200)
    // It came last, and most of the others still wait.
    expect(done).toBeLessThan(200)
    const answers = await Promise.all(crowd)
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['invalid_credentials', 'rate_limited']))
    expect(answers.find(({ status }) => status === 429)?.headers['retry-after']).toBe('1')
  })

  test('a person has no scopes and no project: routes that need one refuse', async ({ site }) => {
    const headers = { Authorization: basic(site.email), 'X-Forwarded-For': '198.51.100.9' }
    const ask = (path: string) => send(gate, 'GET', path, { headers })
    const plain = await ask('/forward-auth')
    expect(plain.status).toBe(204)
    expect(plain.headers).toMatchObject({
      'x-latchkey-user': expect.stringMatching(/^[0-9A-Za-z]+$/),
      'x-latchkey-credential': '-',
      'x-latchkey-project': '-',
      'x-latchkey-third-party': '-',
      'x-latchkey-scopes': '-',
    })
    expect((await ask('/forward-auth?scope=orders:read')).status).toBe(403)
    const verdict = await send(gate, 'POST', '/verify', { headers, body: { credential: 'x' } })
    expect(verdict.status).toBe(403)
  })

  async function signIn({ email }: GateSite): Promise<string> {
    const ask = (path: string, options = {}, method = 'GET'): Promise<Answer> => send(port(), method, path, options)
    const csrf = await ask('/api/auth/csrf')
    const cookie = (csrf.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ')
    const form = new URLSearchParams({ csrfToken: csrf.body.csrfToken, email, password: PASSWORD })
    const headers = { Cookie: cookie, 'Content-Type': 'application/x-www-form-urlencoded' }
    const answer = await ask('/api/auth/callback/credentials', { headers, body: form.toString() }, 'POST')
    return answer.headers['set-cookie']?.find((each) => each.startsWith('latchkey.session='))?.split(';')[0] ?? ''
  }
})

test('without it, Basic is no credential that we take', async ({ site }) => {
  const Authorization = `Basic ${Buffer.from(`${site.email}:${PASSWORD}`).toString('base64')}`
  for (const ask of [
    site.api('GET', '/me', { headers: { Authorization } }),
    site.ask('GET', '/forward-auth', { headers: { Authorization } }),
  ]) {
    expect(await ask).toMatchObject({ status: 401, body: { code: 'malformed_credentials' } })
  }
})

test('over http that is not loopback the server refuses to start', async ({ site }) => {
  const server = startProgram(process.execPath, ['scripts/start.mjs'], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      ...site.settings,
      APP_URL: 'http://keys.example.com',
      ALLOW_HTTP: '1',
      API_BASIC_AUTH: '1',
      PORT: String(await freePort()),
    },
  })
  expect(await server.ended()).toBe(1)
  // On Node 20 the OAuth library says first what it would rather run on.
  expect(server.output()).toMatch(
    /^(oidc-provider WARNING: Unsupported runtime.*\n)?latchkey: API_BASIC_AUTH: .*https APP_URL\n$/,
  )
})
