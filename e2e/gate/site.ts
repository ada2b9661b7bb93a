import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test as base } from '@playwright/test'
import postgres, { type Sql } from 'postgres'
import { checksum } from '../../lib/credentials/checksum'
import { freePort } from '../../scripts/free-port'
import { type Postgres, startPostgres } from '../../scripts/postgres'
import { type Answer, send } from '../api/site'
import { newSecrets, startLatchkey } from '../server'
import { type Program, startProgram } from './program'

type Options = Parameters<typeof send>[3]

export interface Key {
  id: string
  secret: string
  hint: string
}

/** A gate in a process of its own. */
export interface Gate extends Program {
  port: number
  ask(method: string, path: string, options?: Options): Promise<Answer>
}

/** A credential of the right form that nobody was ever given. */
export function unknownKey(): string {
  const body = `lk_${randomBytes(6).toString('hex')}_${randomBytes(22).toString('hex').slice(1)}`
  return body + checksum(body)
}

/** How many credentials a gate has read in the slow lane. */
export async function slowLaneReads(gate: Pick<Gate, 'ask'>): Promise<number> {
  const { text } = await gate.ask('GET', '/metrics')
  return Number(/^latchkey_slow_lane_served_total (\d+)$/m.exec(text)?.[1])
}

export interface GateSite {
  /** The gate that runs in the portal's process. */
  gatePort: number
  database: Postgres
  sql: Sql
  /** What an instance on the same database needs in its environment. */
  settings: Record<string, string>
  email: string
  /** A key that may ask for verdicts, and one that may manage keys. */
  verifier: string
  manager: string
  /** A key of another person's project. */
  foreign: string
  ask: Gate['ask']
  /** Asks the portal's `/api/v1`. */
  api(method: string, path: string, options?: Options): Promise<Answer>
  newKey(fields?: Record<string, unknown>): Promise<Key>
  /** The verdict on `credential`, from `gate` or the portal's own. */
  verdict(credential: string, fields?: Record<string, unknown>, gate?: Pick<Gate, 'ask'>): Promise<Answer['body']>
}

export const PASSWORD = 'seven otters juggle lanterns'
export const root = join(import.meta.dirname, '../..')

/** Playwright's `test` without a browser: a portal with its gate on PostgreSQL, one per worker. */
export const test = base.extend<object, { site: GateSite }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are wanted from this pattern
    async ({}, use) => {
      const database = await startPostgres()
      const gatePort = await freePort()
      const settings = { DATABASE_URL: database.url, FAILED_AUTH_PER_MINUTE: '1000000', ...newSecrets() }
      const portal = await startLatchkey({ env: { ...settings, GATE_PORT: String(gatePort) } })
      const sql = postgres(database.url, { max: 2, onnotice: () => {} })
      const [ada, bob] = await Promise.all([makePerson('Ada', settings), makePerson('Bob', settings)])
      const [manager, verifier, foreign] = await Promise.all([
        makeKey(ada, 'Manager', ['keys:read', 'keys:write', 'orders:read', 'orders:write'], settings),
        makeKey(ada, 'Resource server', ['credentials:verify'], settings),
        makeKey(bob, 'Elsewhere', ['orders:read'], settings),
      ])
      const api: GateSite['api'] = (method, path, options) =>
        send(Number(new URL(portal.url).port), method, `/api/v1${path}`, options)
      const ask: Gate['ask'] = (method, path, options) => send(gatePort, method, path, options)
      await use({
        gatePort,
        database,
        sql,
        settings,
        email: ada.email,
        verifier,
        manager,
        foreign,
        ask,
        api,
        newKey: async (fields = {}) => {
          const answer = await api('POST', '/keys', { key: manager, body: { label: 'Made by a test', ...fields } })
          if (answer.status !== 201) throw new Error(`no key was made: ${answer.status} ${answer.text}`)
          return answer.body
        },
        verdict: async (credential, fields = {}, gate = { ask }) => {
          const body = { credential, ...fields }
          const answer = await gate.ask('POST', '/verify', { key: verifier, body })
          if (answer.status !== 200) throw new Error(`no verdict: ${answer.status} ${answer.text}`)
          return answer.body
        },
      })
      await sql.end()
      await portal.stop()
      await database.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
})

export { expect } from '@playwright/test'

/** Starts a gate alone, on the site's database unless `env` says otherwise, and resolves when it is ready. */
export async function startGate(site: GateSite, env: Record<string, string> = {}, command = ['dist/gate.js']) {
  const port = await freePort()
  const gate = startProgram(process.execPath, command, {
    cwd: root,
    env: { NODE_ENV: 'production', PATH: process.env.PATH, ...site.settings, GATE_PORT: String(port), ...env },
  })
  await gate.printed('The gate is ready')
  const ask: Gate['ask'] = (method, path, options) => send(port, method, path, options)
  return { ...gate, port, ask } satisfies Gate
}

interface Person {
  email: string
  slug: string
}

async function makePerson(name: string, settings: Record<string, string>): Promise<Person> {
  const email = `${name.toLowerCase()}@example.com`
  const options = ['--email', email, '--password', PASSWORD, '--name', name]
  const { project } = await latchkey(['users', 'create', ...options], settings)
  return { email, slug: project.slug }
}

async function makeKey({ slug }: Person, label: string, scopes: string[], settings: Record<string, string>) {
  const options = ['--project', slug, '--label', label, '--scopes', scopes.join(','), '--allow-key-management']
  const { secret } = await latchkey(['keys', 'create', ...options], settings)
  return secret as string
}

async function latchkey(args: string[], settings: Record<string, string>) {
  const env = { NODE_ENV: 'production', PATH: process.env.PATH, ...settings } as NodeJS.ProcessEnv
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/latchkey.js', ...args, '--json'], {
    cwd: root,
    env,
  })
  return JSON.parse(stdout)
}
