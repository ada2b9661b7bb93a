import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port'
import { send } from '../api/site'
import { type Program, startProgram } from './program'
import { expect, type GateSite, root, test } from './site'

test.describe('the resource server of docs/gateways', () => {
  let server: Program
  let port: number
  test.beforeAll(async ({ site }) => {
    port = await freePort()
    server = await startExample(site.verifier, site.gatePort, port)
  })
  test.afterAll(() => server.stop())
  const ask = (key?: string, method = 'GET', headers = {}) => send(port, method, '/orders', { key, headers })

  test('lets good credentials in, by each header', async ({ site }) => {
    const { secret } = await site.newKey({ scopes: ['orders:read'] })
    const me = (await site.api('GET', '/me', { key: secret })).body
    for (const headers of [
      { Authorization: `Api-Key ${secret}` },
      { Authorization: `bearer  ${secret}` },
      { 'X-Api-Key': secret },
    ]) {
      const answer = await ask(undefined, 'GET', headers)
      expect(answer).toMatchObject({ status: 200, body: { project: me.project.slug, orders: [] } })
    }
    expect(server.output()).not.toContain(secret)
  })

  test('refuses all others, each with its own answer', async ({ site }) => {
    const key = await site.newKey({ scopes: ['orders:read'] })
    const listed = await site.newKey({ scopes: ['orders:read'], allowedAddresses: ['203.0.113.7'] })
    const local = await site.newKey({ scopes: ['orders:read'], allowedAddresses: ['127.0.0.1'] })
    const slow = await site.newKey({ scopes: ['orders:read'], rateLimitPerMinute: 1 })
    expect((await ask(slow.secret)).status).toBe(200)
    expect((await ask(local.secret)).status).toBe(200)
    for (const [answer, status, code] of [
      [await ask(), 401, 'missing_credentials'],
      [await ask('nonsense'), 401, 'malformed_credentials'],
      [await ask(undefined, 'GET', { Authorization: 'Basic YTpi' }), 401, 'malformed_credentials'],
      [await ask(key.secret, 'POST'), 403, 'insufficient_scope'],
      [await ask(listed.secret), 403, 'address_not_allowed'],
      [await ask(slow.secret), 429, 'rate_limited'],
      [await ask(key.secret, 'GET', { 'X-Api-Key': 'nonsense' }), 400, 'multiple_credentials'],
      [await ask(undefined, 'GET', { 'X-Api-Key': [key.secret, 'nonsense'] }), 400, 'multiple_credentials'],
    ] as const) {
      expect([answer.status, answer.body.code]).toEqual([status, code])
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect('www-authenticate' in answer.headers).toBe(status === 401)
      if (status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    await site.api('DELETE', `/keys/${key.id}`, { key: site.manager })
    expect((await ask(key.secret)).body.code).toBe('revoked_credentials')
  })

  test('refuses everybody when there is no verdict, and asks anew for each request', async ({ site }) => {
    const { secret } = await site.newKey({ scopes: ['orders:read'] })
    const gate = await freePort()
    const own = await freePort()
    const example = await startExample(site.verifier, gate, own)
    const through = async () => (await send(own, 'GET', '/orders', { key: secret })).status
    let asked = 0
    const stub = (status: number, body: string) => {
      const server = createServer((_, answer) => {
        asked++
        answer.writeHead(status, { 'Content-Type': 'application/json' }).end(body)
      })
      return new Promise<Server>((resolve) => server.listen(gate, '127.0.0.1', () => resolve(server)))
    }
    try {
      expect(await through()).toBe(503)
      for (const [status, body, expected] of [
        [503, '{"code":"unavailable"}', 503],
        [401, '{"code":"revoked_credentials"}', 503],
        [204, '', 503],
        [200, 'nonsense', 503],
        [200, '{"valid":true,"project":{"slug":"stub"}}', 200],
      ] as const) {
        const server = await stub(status, body)
        asked = 0
        expect([await through(), await through(), asked], `${status} ${body}`).toEqual([expected, expected, 2])
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    } finally {
      await example.stop()
    }
  })
})

test('the curl script of docs/gateways succeeds for a good credential alone', async ({ site }) => {
  test.skip(!existsSync('/usr/bin/curl'), 'curl: this machine has none')
  const { secret } = await site.newKey({ scopes: ['orders:read'] })
  expect(await script(site, [secret])).toMatchObject({ code: 0, verdict: { valid: true, scopes: ['orders:read'] } })
  expect(await script(site, [secret, 'orders:read'])).toMatchObject({ code: 0 })
  expect(await script(site, [secret, 'orders:write'])).toMatchObject({
    code: 1,
    verdict: { valid: false, code: 'insufficient_scope' },
  })
  expect(await script(site, ['nonsense'])).toMatchObject({ code: 1, verdict: { code: 'malformed_credentials' } })
  expect(await script(site, ['","valid":"'])).toMatchObject({ code: 1, verdict: { code: 'malformed_credentials' } })
  // No verdict: the caller is refused, or there is no gate.
  expect(await script(site, [secret], { LATCHKEY_KEY: secret })).toMatchObject({ code: 2, verdict: undefined })
  const nowhere = `http://127.0.0.1:${await freePort()}`
  expect(await script(site, [secret], { LATCHKEY_GATE: nowhere })).toMatchObject({ code: 2, verdict: undefined })
})

async function startExample(key: string, gate: number, port: number): Promise<Program> {
  const server = startProgram(process.execPath, [join(root, 'docs/gateways/resource-server.mjs')], {
    env: { LATCHKEY_KEY: key, LATCHKEY_GATE: `http://127.0.0.1:${gate}`, PORT: String(port) },
  })
  await server.listening(port)
  return server
}

function script(site: GateSite, args: string[], env: Record<string, string> = {}) {
  const own = {
    PATH: process.env.PATH,
    LATCHKEY_KEY: site.verifier,
    LATCHKEY_GATE: `http://127.0.0.1:${site.gatePort}`,
  }
  return new Promise<{ code: unknown; verdict: unknown }>((resolve) => {
    execFile(join(root, 'docs/gateways/verify.sh'), args, { env: { ...own, ...env } as never }, (error, stdout) => {
      resolve({ code: error?.code ?? 0, verdict: stdout ? JSON.parse(stdout) : undefined })
    })
  })
}
