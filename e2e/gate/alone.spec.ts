import { Agent, request } from 'node:http'
import { startProgram } from './program'
import { expect, root, startGate, test } from './site'

test('npm run gate without DATABASE_URL says that it needs one', async ({ site }) => {
  const { DATABASE_URL: _, ...settings } = site.settings
  const gate = startProgram(process.execPath, ['dist/gate.js'], {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...settings },
  })
  expect(await gate.ended()).toBe(1)
  expect(gate.output()).toBe('latchkey: DATABASE_URL: is required; the embedded database belongs to the portal alone\n')
})

test('npm run gate judges on a shared database, and stops in good order', async ({ site }) => {
  const gate = await startGate(site, {}, ['scripts/gate.mjs'])
  const { secret } = await site.newKey()
  expect((await gate.ask('GET', '/forward-auth', { key: secret })).status).toBe(204)
  expect((await gate.ask('GET', '/readyz')).status).toBe(200)
  // A first use is written soon, so that it shows; what comes later waits for a batch.
  const written = async () =>
    (
      await site.sql`select 1 from api_key_secret_uses join api_key_secrets on id = secret_id
    where public_id = ${secret.slice(3, 15)}`
    ).length
  await expect.poll(written).toBe(1)
  expect((await gate.ask('GET', '/forward-auth', { key: secret })).status).toBe(204)
  expect(await gate.stop()).toBe(0)
  expect(gate.output()).toBe(`The gate is ready at http://127.0.0.1:${gate.port}\n`)
  // What it counted was written before it ended.
  const [used] = await site.sql`select requests from api_key_usage where key_id = (select key_id from api_key_secrets
    where public_id = ${secret.slice(3, 15)})`
  expect(Number(used?.requests)).toBe(2)
})

test('while it stops it is not ready, and still answers who is connected', async ({ site }) => {
  const gate = await startGate(site)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (path: string) =>
    new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
      request({ host: '127.0.0.1', port: gate.port, path, agent }, (answer) => {
        answer.resume().on('end', () => resolve([answer.statusCode, answer.headers.connection]))
      })
        .on('error', reject)
        .end()
    })
  expect(await ask('/readyz')).toEqual([200, 'keep-alive'])
  gate.signal('SIGTERM')
  await expect.poll(async () => (await ask('/readyz'))[0], { intervals: [20] }).toBe(503)
  expect(await gate.ended()).toBe(0)
  agent.destroy()
})

test('with the database hung nothing is judged good, and it is well again by itself', async ({ site }) => {
  const gate = await startGate(site)
  const { secret } = await site.newKey()
  try {
    expect((await gate.ask('GET', '/forward-auth', { key: secret })).status).toBe(204)
    site.database.signal('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const began = performance.now()
    const answers = await Promise.all([
      gate.ask('GET', '/readyz'),
      gate.ask('GET', '/forward-auth', { key: secret }),
      gate.ask('POST', '/verify', { key: site.verifier, body: { credential: secret } }),
    ])
    expect(performance.now() - began).toBeLessThan(5_000)
    for (const { status, body, headers } of answers) {
      expect([status, body.code]).toEqual([503, 'unavailable'])
      expect(headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' })
    }
    expect((await gate.ask('GET', '/healthz')).status).toBe(200)
    expect((await gate.ask('GET', '/metrics')).text).toMatch(/^latchkey_database_failures_total [1-9]/m)
  } finally {
    site.database.signal('SIGCONT')
  }
  await expect.poll(async () => (await gate.ask('GET', '/readyz')).status).toBe(200)
  expect((await gate.ask('GET', '/forward-auth', { key: secret })).status).toBe(204)
  await gate.stop()
})
