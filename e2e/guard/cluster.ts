import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { test as base } from '@playwright/test'
import postgres, { type Sql } from 'postgres'
import { freePort } from '../../scripts/free-port'
import { type Postgres, startPostgres } from '../../scripts/postgres'
import { type Latchkey, newSecrets, startLatchkey } from '../server'
import { type Answer, ask } from './ask'

/** A portal and the gate in its process. */
export interface Portal extends Latchkey {
  gateUrl: string
}

/** A gate in a process of its own. */
export interface Gate {
  url: string
  pid: number
  stop(): Promise<number | null>
}

/** A person with a project, and a key that may do all that keys may. */
export interface Owner {
  email: string
  project: { id: string; slug: string }
  key: string
}

export interface NewKey {
  id: string
  secret: string
}

/** Portals and a gate alone on one PostgreSQL server, as they stand in production. */
export interface Cluster {
  /** Where people and keys are managed. */
  a: Portal
  /** Where credentials are judged; the same as `a` unless two portals were asked for. */
  b: Portal
  gate: Gate
  sql: Sql
  owner: Owner
  /** Stops and continues the database's processes. */
  signalDatabase(name: NodeJS.Signals): void
  /** Starts the database on the same data again, after it was killed. */
  restartDatabase(): Promise<void>
  /** Connections that portals and gates hold. */
  connections(): Promise<number>
  /** Runs a command line of its own, beside the servers. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  latchkey(...args: string[]): Promise<any>
  newOwner(name: string): Promise<Owner>
  newKey(fields?: Record<string, unknown>, by?: Owner): Promise<NewKey>
  /** The session cookie of a sign-in at `a`. */
  signIn(owner: Owner): Promise<string>
  /** Calls a server action of the keys page at `a`, as a browser does. */
  callAction(name: string, cookie: string, input: Record<string, unknown>): Promise<Answer>
  /** A portal started anew: for tests that end theirs. */
  startPortal(): Promise<Portal>
  startGate(): Promise<Gate>
}

interface Options {
  /** How many portals: with one, `a` and `b` are the same. */
  portals: 1 | 2
  /** Further environment of portals and gates. */
  serverEnv: Record<string, string>
}

const PASSWORD = 'seven otters juggle lanterns'
const root = join(import.meta.dirname, '../..')
/** Limits that no test reaches unless it sets its own. */
const noLimits = {
  RATE_LIMIT_PER_MINUTE: '100000000',
  FAILED_AUTH_PER_MINUTE: '100000000',
  ANONYMOUS_PAGES_PER_MINUTE: '100000000',
  AUTHORIZE_PER_MINUTE: '100000000',
  PUSHED_REQUESTS_PER_MINUTE: '100000000',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
  LOG_LEVEL: 'warn',
}
/** Whatever was answered must survive a kill, and tests ask when it was committed. */
const databaseSettings = { synchronous_commit: 'on', track_commit_timestamp: 'on' }

/** Playwright's `test` without a browser, with a cluster of its own behind each worker. */
export const test = base.extend<object, Options & { cluster: Cluster }>({
  portals: [1, { option: true, scope: 'worker' }],
  serverEnv: [{}, { option: true, scope: 'worker' }],
  cluster: [
    async ({ portals, serverEnv }, use) => {
      const { cluster, stop } = await startCluster(portals, serverEnv)
      await use(cluster)
      await stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})

export { expect } from '@playwright/test'

async function startCluster(portals: 1 | 2, serverEnv: Record<string, string>) {
  const folder = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'latchkey-guard-'))
  // PostgreSQL runs as somebody else when we are root.
  chmodSync(folder, 0o755)
  const place = { dir: join(folder, 'data'), port: await freePort(), settings: databaseSettings }
  let database: Postgres = await startPostgres(place)
  const settings: Record<string, string> = {
    DATABASE_URL: database.url,
    ...newSecrets(),
    ...noLimits,
    ...serverEnv,
  }
  const running: { stop(): Promise<unknown> }[] = []
  const track = <T extends { stop(): Promise<unknown> }>(started: T): T => {
    running.push(started)
    return started
  }
  const startPortal = async () => track(await portal(settings))
  const startGate = async () => track(await gateAlone(settings))

  const a = await startPortal()
  const [b, gate] = await Promise.all([portals === 2 ? startPortal() : a, startGate()])
  const sql = postgres(database.url, { max: 2, onnotice: () => {}, backoff: () => 0.1 })
  const latchkey = (...args: string[]) => commandLine(args, settings)
  const newOwner = (name: string) => makeOwner(name, latchkey)
  const owner = await newOwner('Ada')
  const cluster: Cluster = {
    a,
    b,
    gate,
    sql,
    owner,
    signalDatabase: (name) => signalAll(database, name),
    restartDatabase: async () => {
      await database.stop()
      database = await startPostgres(place)
    },
    connections: async () => {
      const [row] = await sql`select count(*)::int from pg_stat_activity where application_name = 'latchkey'`
      return row?.count
    },
    latchkey,
    newOwner,
    newKey: (fields, by = owner) => makeKey(a, by, fields),
    signIn: ({ email }) => signIn(a, email),
    callAction: (name, cookie, input) => callAction(a, name, cookie, owner, input),
    startPortal,
    startGate,
  }
  const stop = async () => {
    await sql.end()
    await Promise.all(running.map((each) => each.stop()))
    await database.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { cluster, stop }
}

async function portal(settings: Record<string, string>): Promise<Portal> {
  const gatePort = await freePort()
  const server = await startLatchkey({ env: { ...settings, GATE_PORT: String(gatePort) } })
  return { ...server, gateUrl: `http://127.0.0.1:${gatePort}` }
}

async function gateAlone(settings: Record<string, string>): Promise<Gate> {
  const port = await freePort()
  const env = { NODE_ENV: 'production', PATH: process.env.PATH, ...settings, GATE_PORT: String(port) }
  // What `npm run gate` runs once it is built.
  const child = spawn(process.execPath, ['dist/gate.js'], {
    cwd: root,
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const url = `http://127.0.0.1:${port}`
  for (const end = Date.now() + 60_000; !(await ask(`${url}/healthz`).catch(() => undefined)); await sleep(50)) {
    if (child.exitCode !== null || Date.now() > end) throw new Error('The gate did not start')
  }
  const stop = async () => {
    process.off('exit', kill)
    return terminate(child)
  }
  return { url, pid: Number(child.pid), stop }
}

async function terminate(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return child.exitCode
}

function signalAll(database: Postgres, name: NodeJS.Signals): void {
  try {
    database.signal(name)
  } catch (error) {
    // Killed, the first one takes others with it.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function commandLine(args: string[], settings: Record<string, string>) {
  const env = { NODE_ENV: 'production', PATH: process.env.PATH, ...settings } as NodeJS.ProcessEnv
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/latchkey.js', ...args, '--json'], {
    cwd: root,
    env,
  })
  return JSON.parse(stdout)
}

async function makeOwner(name: string, latchkey: Cluster['latchkey']): Promise<Owner> {
  const email = `${name.toLowerCase()}@example.com`
  const { project } = await latchkey('users', 'create', '--email', email, '--password', PASSWORD, '--name', name)
  const scopes = 'keys:read,keys:write,usage:read,orders:read'
  const options = ['--project', project.slug, '--label', 'Root', '--scopes', scopes, '--allow-key-management']
  return { email, project, key: (await latchkey('keys', 'create', ...options)).secret }
}

async function makeKey({ url }: Portal, by: Owner, fields: Record<string, unknown> = {}): Promise<NewKey> {
  const body = { label: 'Made by a test', scopes: ['keys:read', 'orders:read'], ...fields }
  const answer = await ask(`${url}/api/v1/keys`, { method: 'POST', key: by.key, body })
  if (answer.status !== 201) throw new Error(`no key was made: ${answer.status} ${answer.text}`)
  return answer.body
}

async function signIn({ url }: Portal, email: string): Promise<string> {
  const csrf = await ask(`${url}/api/auth/csrf`)
  const Cookie = (csrf.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ')
  const form = new URLSearchParams({ csrfToken: csrf.body.csrfToken, email, password: PASSWORD })
  const headers = { Cookie, 'Content-Type': 'application/x-www-form-urlencoded' }
  const body = form.toString()
  const answer = await ask(`${url}/api/auth/callback/credentials`, { method: 'POST', headers, body })
  const session = answer.headers['set-cookie']?.find((each) => each.startsWith('latchkey.session='))
  if (!session) throw new Error(`not signed in: ${answer.status} ${answer.headers.location}`)
  return session.split(';')[0] ?? ''
}

/** As a browser does it on the keys page; which of its actions has which id, the build says. */
async function callAction(
  { url }: Portal,
  name: string,
  Cookie: string,
  { project }: Owner,
  input: Record<string, unknown>,
): Promise<Answer> {
  const manifest = JSON.parse(readFileSync(join(root, '.next/server/server-reference-manifest.json'), 'utf8'))
  const actions = Object.entries(manifest.node as Record<string, { exportedName: string; filename: string }>)
  const [id] =
    actions.find(
      ([, { exportedName, filename }]) =>
        exportedName === name && filename === 'app/(portal)/projects/[slug]/keys/actions.ts',
    ) ?? []
  if (!id) throw new Error(`the build knows no action ${name}`)
  const headers = { Cookie, Origin: url, 'Next-Action': id, Accept: 'text/x-component', 'Content-Type': 'text/plain' }
  const body = JSON.stringify([input])
  return ask(`${url}/projects/${project.slug}/keys`, { method: 'POST', headers, body })
}
