import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { test as base } from '@playwright/test'
import postgres, { type Sql } from 'postgres'
import { freePort } from '../../scripts/free-port'
import { startPostgres } from '../../scripts/postgres'
import { newSecrets, startLatchkey } from '../server'

/** What `/api/v1` is reached through: the front server as in production, or Next alone, without the front. */
export type Through = 'front' | 'next'

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

interface Options {
  /** Sent as `Authorization: Api-Key …`. */
  key?: string
  headers?: OutgoingHttpHeaders
  /** Sent as JSON; a string or bytes as they are. */
  body?: unknown
}

export interface Account {
  email: string
  project: { id: string; slug: string }
  /** A key that may do all that keys may, and its id. */
  key: string
  keyId: string
}

export interface Site {
  url: string
  port: number
  sql: Sql
  ada: Account
  bob: Account
  /** What the server has printed so far. */
  output(): string
  /** Asks `path` below `/api/v1`; a path that begins with `//` is taken as it stands, without the first slash. */
  call(method: string, path: string, options?: Options): Promise<Answer>
  /** Makes a key of ada's and returns its secret with all that was answered. */
  newKey(fields?: Record<string, unknown>): Promise<{ id: string; secret: string; hint: string }>
  /** The session cookie of a fresh sign-in. */
  signIn(account: Account): Promise<string>
}

const PASSWORD = 'seven otters juggle lanterns'
const root = join(import.meta.dirname, '../..')

/** Playwright's `test` without a browser, with a site of its own behind it: two accounts on a PostgreSQL server. */
export const test = base.extend<object, { through: Through; site: Site }>({
  through: ['front', { option: true, scope: 'worker' }],
  site: [
    async ({ through }, use) => {
      const database = await startPostgres()
      const limits = { FAILED_AUTH_PER_MINUTE: '1000000', RATE_LIMIT_PER_MINUTE: '1000000' }
      const settings = { DATABASE_URL: database.url, ...limits, ...newSecrets() }
      const server = through === 'front' ? await startLatchkey({ env: settings }) : await startNext(settings)
      const sql = postgres(database.url, { max: 2, onnotice: () => {} })
      const [ada, bob] = await Promise.all([makeAccount('Ada', settings), makeAccount('Bob', settings)])
      await use(siteOf(server, sql, ada, bob))
      await sql.end()
      await server.stop()
      await database.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
})

export { expect } from '@playwright/test'

/** Sends a request as told, however odd it is. */
export function send(
  port: number,
  method: string,
  path: string,
  { key, headers = {}, body }: Options = {},
): Promise<Answer> {
  const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array
  const payload = raw ? (body as string | Uint8Array | undefined) : JSON.stringify(body)
  const all: OutgoingHttpHeaders = { ...headers }
  if (key !== undefined) all.Authorization = `Api-Key ${key}`
  if (!raw && !Object.keys(all).some((name) => name.toLowerCase() === 'content-type'))
    all['Content-Type'] = 'application/json'
  if (payload !== undefined && all['Transfer-Encoding'] === undefined)
    all['Content-Length'] = Buffer.byteLength(payload)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers: all, agent: false },
      async (incoming) => {
        const chunks: Buffer[] = []
        try {
          for await (const chunk of incoming) chunks.push(chunk as Buffer)
        } catch (error) {
          return reject(error)
        }
        const text = Buffer.concat(chunks).toString()
        const isJson = /json/.test(incoming.headers['content-type'] ?? '')
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          body: isJson && text ? JSON.parse(text) : undefined,
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

type Server = Pick<Awaited<ReturnType<typeof startLatchkey>>, 'url' | 'output'> & { stop(): Promise<unknown> }

function siteOf(server: Server, sql: Sql, ada: Account, bob: Account): Site {
  const port = Number(new URL(server.url).port)
  const call: Site['call'] = (method, path, options) =>
    send(port, method, path.startsWith('//') ? path.slice(1) : `/api/v1${path}`, options)
  return {
    url: server.url,
    port,
    sql,
    ada,
    bob,
    output: server.output,
    call,
    newKey: async (fields = {}) => {
      const answer = await call('POST', '/keys', { key: ada.key, body: { label: 'Made by a test', ...fields } })
      if (answer.status !== 201) throw new Error(`no key was made: ${answer.status} ${answer.text}`)
      return answer.body
    },
    signIn: async ({ email }) => {
      const csrf = await call('GET', '//api/auth/csrf')
      const cookie = (csrf.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ')
      const form = new URLSearchParams({ csrfToken: csrf.body.csrfToken, email, password: PASSWORD })
      const headers = { Cookie: cookie, 'Content-Type': 'application/x-www-form-urlencoded' }
      const answer = await call('POST', '//api/auth/callback/credentials', { headers, body: form.toString() })
      const session = answer.headers['set-cookie']?.find((each) => each.startsWith('latchkey.session='))
      if (!session) throw new Error(`not signed in: ${answer.status} ${answer.headers.location}`)
      return session.split(';')[0] ?? ''
    },
  }
}

async function makeAccount(name: string, settings: Record<string, string>): Promise<Account> {
  const email = `${name.toLowerCase()}@example.com`
  const user = await latchkey(['users', 'create', '--email', email, '--password', PASSWORD, '--name', name], settings)
  const scopes = 'keys:read,keys:write,usage:read,audit:read,orders:read'
  const options = ['--project', user.project.slug, '--label', 'Root', '--scopes', scopes, '--allow-key-management']
  const key = await latchkey(['keys', 'create', ...options], settings)
  return { email, project: user.project, key: key.secret, keyId: key.id }
}

async function latchkey(args: string[], settings: Record<string, string>) {
  const env = { NODE_ENV: 'production', PATH: process.env.PATH, ...settings } as NodeJS.ProcessEnv
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/latchkey.js', ...args, '--json'], {
    cwd: root,
    env,
  })
  return JSON.parse(stdout)
}

/** Next by itself on the same build: what a platform that knows nothing of the front would run. */
async function startNext(settings: Record<string, string>): Promise<Server> {
  await latchkey(['db', 'migrate'], settings)
  const port = await freePort()
  const url = `http://localhost:${port}`
  const own = {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    APP_URL: url,
    AUTH_URL: url,
    PATH: process.env.PATH,
  }
  const child = spawn(
    process.execPath,
    ['node_modules/next/dist/bin/next', 'start', '-p', String(port), '-H', '127.0.0.1'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...own, ...settings } as NodeJS.ProcessEnv,
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  await answers(port, child, () => output)
  return {
    url,
    output: () => output,
    stop: async () => {
      process.off('exit', kill)
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function answers(port: number, child: ChildProcess, output: () => string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null) break
    if (await send(port, 'GET', '/api/v1/me').catch(() => undefined)) return
  }
  throw new Error(`Next did not answer:\n${output()}`)
}
