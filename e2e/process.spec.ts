import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@playwright/test'
import postgres from 'postgres'
import { freePort } from '../scripts/free-port'
import { startPostgres } from '../scripts/postgres'
import { send } from './api/site'
import { type Latchkey, newSecrets, startLatchkey } from './server'

// The server as a process: how it stops, and what is left when it did not get to.

let dataDir: string
let server: Latchkey | undefined

test.beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'latchkey-process-'))
})

test.afterEach(async () => {
  await server?.stop()
  server = undefined
  rmSync(dataDir, { recursive: true, force: true })
})

const limits = { RATE_LIMIT_PER_MINUTE: '1000000' }
const portOf = ({ url }: Latchkey) => Number(new URL(url).port)
const ask = (to: Latchkey, key: string, method: string, path: string, body?: unknown) =>
  send(portOf(to), method, `/api/v1${path}`, { key, body })

test('threat 92: SIGTERM under load: nothing is reset, what was asked is answered, the last use is written, exit 0', async () => {
  server = await startLatchkey({ dataDir, env: limits })
  const key = await rootKey()
  const agent = new Agent({ keepAlive: true, maxSockets: 12 })
  const port = portOf(server)
  let stopped = false
  const seen = { answered: 0, afterSignal: 0, failed: [] as string[] }
  const load = Array.from({ length: 12 }, async () => {
    for (;;) {
      const outcome = await get(agent, port, key)
      if (outcome === 200) {
        seen.answered++
        if (stopped) seen.afterSignal++
        continue
      }
      // Refused is what a stopped server is; reset is what a request it had accepted must never see.
      if (outcome !== 'ECONNREFUSED') seen.failed.push(String(outcome))
      return
    }
  })
  await expect.poll(() => seen.answered).toBeGreaterThan(200)
  stopped = true
  const code = await server.stop()
  await Promise.all(load)
  agent.destroy()
  expect({ code, failed: seen.failed }).toEqual({ code: 0, failed: [] })
  expect(seen.afterSignal).toBeGreaterThan(0)

  server = await startLatchkey({ dataDir, env: limits })
  const [root] = (await ask(server, key, 'GET', '/keys')).body.data
  expect(root.lastUsedAt).not.toBeNull()
})

test('threat 88: kill -9 while keys are made and revoked: what was answered holds after a restart', async () => {
  server = await startLatchkey({ dataDir, env: limits })
  const key = await rootKey()
  const made: { id: string; secret: string }[] = []
  const revoked = new Set<string>()
  for (let round = 0; round < 3; round++) {
    const current = server
    const writers = Array.from({ length: 4 }, async () => {
      for (;;) {
        const created = await ask(current, key, 'POST', '/keys', { label: `Round ${round}` }).catch(() => undefined)
        if (created?.status !== 201) return
        made.push(created.body)
        if (made.length % 2) continue
        const ended = await ask(current, key, 'DELETE', `/keys/${created.body.id}`).catch(() => undefined)
        if (ended?.status !== 204) {
          // Nobody was told what became of it: either is right.
          made.splice(made.indexOf(created.body), 1)
          return
        }
        revoked.add(created.body.id)
      }
    })
    const before = made.length
    await expect.poll(() => made.length - before, { intervals: [20], timeout: 20_000 }).toBeGreaterThan(15)
    process.kill(current.pid, 'SIGKILL')
    await Promise.all(writers)
    server = await startLatchkey({ dataDir, env: limits })
    for (const { id, secret } of made) {
      expect([id, (await ask(server, secret, 'GET', '/me')).status]).toEqual([id, revoked.has(id) ? 401 : 200])
    }
    expect((await ask(server, key, 'GET', '/keys?limit=100')).status).toBe(200)
  }
  expect(revoked.size).toBeGreaterThan(5)
})

test('of ten servers that start at once after kill -9 one serves and nine name it', async () => {
  server = await startLatchkey({ dataDir })
  process.kill(server.pid, 'SIGKILL')
  await sleep(100)
  const ports = []
  for (let n = 0; n < 10; n++) ports.push(await freePort())
  const ten = ports.map((port) => {
    const child = spawn(process.execPath, ['dist/server.js'], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { NODE_ENV: 'production', PATH: process.env.PATH, PORT: String(port), GATE_PORT: '0', DATA_DIR: dataDir },
    })
    return {
      child,
      port,
      said: text(child.stderr),
      ended: new Promise<number | null>((done) => child.once('exit', done)),
    }
  })
  try {
    await expect.poll(() => ten.filter(({ child }) => child.exitCode === null).length, { timeout: 45_000 }).toBe(1)
    const [winner] = ten.filter(({ child }) => child.exitCode === null)
    for (const { child, said, ended } of ten) {
      if (child === winner?.child) continue
      expect([await ended, await said]).toEqual([1, expect.stringContaining(`in use by process ${winner?.child.pid}.`)])
    }
    await expect
      .poll(async () => (await send(winner?.port ?? 0, 'GET', '/api/v1/me').catch(() => undefined))?.status, {
        timeout: 20_000,
      })
      .toBe(401)
  } finally {
    for (const { child } of ten) child.kill('SIGKILL')
    await Promise.all(ten.map(({ ended }) => ended))
  }
})

test('a database that cannot answer in time at first is asked again before the server says that it is ready', async () => {
  const database = await startPostgres()
  const sql = postgres(database.url, { max: 1 })
  try {
    // The lock that the first admin is looked for under, as another instance that starts would hold it.
    await sql`select pg_advisory_lock(7228135004)`
    const starting = startLatchkey({ env: { DATABASE_URL: database.url, ...newSecrets() } })
    const waiting = () => sql`select pid from pg_locks where locktype = 'advisory' and not granted`
    await expect.poll(async () => (await waiting()).length, { timeout: 45_000 }).toBe(1)
    // Longer than a query may take.
    await sleep(4_000)
    await sql`select pg_advisory_unlock(7228135004)`
    server = await starting
    expect(server.output()).toContain('asking again')
    await expect.poll(() => server?.output()).toContain('There is no admin yet.')
  } finally {
    await sql.end()
    await server?.stop()
    await database.stop()
  }
})

/** A key of a fresh account that may manage keys, made by the command line through the running server. */
async function rootKey(): Promise<string> {
  const password = 'seven otters juggle lanterns'
  const user = await latchkey('users', 'create', '--email', 'ada@example.com', '--password', password, '--name', 'Ada')
  const options = ['--project', user.project.slug, '--label', 'Root', '--scopes', 'keys:read,keys:write']
  return (await latchkey('keys', 'create', ...options, '--allow-key-management')).secret
}

async function latchkey(...args: string[]) {
  const child = spawn(process.execPath, ['dist/latchkey.js', ...args, '--json'], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { NODE_ENV: 'production', PATH: process.env.PATH, DATA_DIR: dataDir },
  })
  return JSON.parse(await text(child.stdout))
}

/** The status, or the code of what went wrong instead. */
const get = (agent: Agent, port: number, key: string): Promise<number | string> =>
  new Promise((resolve) => {
    request(
      { agent, host: '127.0.0.1', port, path: '/api/v1/me', headers: { Authorization: `Api-Key ${key}` } },
      (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode ?? 0))
      },
    )
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end()
  })
