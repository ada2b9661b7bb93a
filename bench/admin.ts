import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import postgres, { type Sql } from 'postgres'
import { type Handle, handle, openPostgres } from '@/db'
import { migrate } from '@/db/migrate'
import { watchStatements } from '@/db/plans'
import { largeScale, type Scale, seedLarge } from '@/db/seed-large'
import type { SessionActor } from '@/lib/actor'
import { countUnverifiedApps, searchApps, searchAppsSchema } from '@/lib/apps/search'
import { auditFilterSchema, auditHeadOf, searchAudit } from '@/lib/audit/search'
import { verifyAudit } from '@/lib/audit/verify'
import { countKeys } from '@/lib/keys/count'
import { boardBuckets } from '@/lib/keys/listing'
import { keyFilterSchema, searchKeys } from '@/lib/keys/search'
import { readPolicy } from '@/lib/policy/read'
import { forget, once } from '@/lib/runtime'
import { encodeSession } from '@/lib/session'
import { readSiteUsage } from '@/lib/usage/site'
import { searchUsers, searchUsersSchema } from '@/lib/users/search'
import build from '../e2e/build'
import { startPostgres } from '../scripts/postgres'
import { type BenchKey, mintKeys } from './keys'
import { commit } from './report'
import { startPortal, stopAll } from './servers'
import { median } from './timing'

// `npm run bench:admin`: what the admin view costs with a million keys, beside a thousand. About 20 minutes.
const { values: flags } = parseArgs({
  options: {
    keys: { type: 'string', default: String(largeScale.keys) },
    /** Where the databases are kept, for a second look without filling them again; needs KEY_PEPPERS to be set. */
    dir: { type: 'string' },
    /** Judges and prints, but leaves the page as it is. */
    look: { type: 'boolean', default: false },
  },
})
const MOST_ROWS = 10_000
const MOST_TIMES = 3
const MOST_GROWTH_MB = 100
const BULK = 5_000
const REPEATS = 20

const share = Number(flags.keys) / largeScale.keys
const large: Scale = {
  users: Math.max(200, largeScale.users * share),
  keys: largeScale.keys * share,
  thirdParties: Math.max(100, largeScale.thirdParties * share),
  events: largeScale.events * share,
}
/** Enough of everything that each page of the admin view is full in both. */
const small: Scale = { users: 200, keys: 1_000, thirdParties: 100, events: 3_000 }

const settings = {
  AUTH_SECRET: randomBytes(32).toString('base64'),
  KEY_PEPPERS: process.env.KEY_PEPPERS ?? `1:${randomBytes(32).toString('base64')}`,
  RATE_LIMIT_PER_MINUTE: '1000000000',
  FAILED_AUTH_PER_MINUTE: '1000000000',
  ANONYMOUS_PAGES_PER_MINUTE: '100000000',
  AUTHORIZE_PER_MINUTE: '100000000',
  PUSHED_REQUESTS_PER_MINUTE: '100000000',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
}
Object.assign(process.env, settings)

const began = Date.now()
const say = (text: string) => console.error(`${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s  ${text}`)

const root: SessionActor = {
  kind: 'user',
  userId: 'u1',
  sessionId: 's1',
  expiresAt: new Date(Date.now() + 86_400_000),
  awaitsRenewal: false,
  name: 'Site Admin',
  email: 'admin@example.com',
  isAdmin: true,
  origin: { address: null, userAgent: null, requestId: randomUUID() },
}

interface Line {
  name: string
  /** Median ms and most rows read, with a thousand keys and with all. */
  small: Measured
  large: Measured
}

interface Measured {
  ms: number
  rows: number
}

const database = await startPostgres({
  dir: flags.dir,
  settings: { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '1h' },
})

async function bench(): Promise<boolean> {
  const smallUrl = await makeDatabase('thousand', small)
  const seeding = Date.now()
  const largeUrl = await makeDatabase('large', large)
  const seconds = (Date.now() - seeding) / 1000
  const lines = await measureAll(await open(smallUrl), await open(largeUrl))
  say('a thousand searches with two letters')
  const hostile = await searchAfterTwoLetters()
  const keys = mintKeys(BULK + 1, settings.KEY_PEPPERS)
  await insertReal(largeUrl, keys)
  build()
  const { front } = await startPortal({ ...settings, DATABASE_URL: largeUrl })
  const exported = await exportAll(front, keys)
  const revoked = await revokeBulk(front, largeUrl, keys)
  say('verifying the audit log')
  const verifying = Date.now()
  const verdict = await verifyAudit({ kind: 'system', name: 'cli', origin: root.origin })
  const verdicts = [
    ...lines.map(({ name, small, large }) => ({
      name,
      met: large.rows <= MOST_ROWS && large.ms <= MOST_TIMES * small.ms,
    })),
    {
      name: 'search after a thousand with two letters',
      met: hostile.after <= MOST_TIMES * hostile.before,
    },
    { name: 'export: memory', met: exported.growth < MOST_GROWTH_MB },
    { name: 'bulk revoke', met: revoked.dead === BULK && revoked.rows === BULK },
    { name: 'audit verify', met: verdict.intact },
  ]
  const page = [
    '# At size',
    '',
    'Made by `npm run bench:admin`; every number on this page was printed by that run.',
    '',
    `- Machine: ${cpus()[0]?.model}, ${cpus().length} cores, Linux, Node ${process.version}, PostgreSQL ${await version(largeUrl)}`,
    `- Date: ${new Date().toISOString().slice(0, 10)}; commit ${commit()}`,
    `- ${number(large.users)} users, ${number(large.keys)} keys, ${number(large.thirdParties)} third parties, ${number(large.events)} audit events, made by \`npm run db:seed -- --scale large\`${seconds < 5 ? ' before this run' : ` in ${number(seconds)} s`}`,
    '',
    '## The queries of the admin pages',
    '',
    `Median of ${REPEATS}, of all that a page asks the database for, with 1,000 keys and with ${number(large.keys)}. The two are asked in turn, so that whatever slows the machine slows both. A page may take ${MOST_TIMES} times as long and read ${number(MOST_ROWS)} rows: those that its plans take from tables and indexes, the ones thrown away among them.`,
    '',
    '| page | 1,000 keys, ms | all keys, ms | times | rows read |',
    '|---|---|---|---|---|',
    ...lines.map(
      ({ name, small, large }) =>
        `| ${name} | ${small.ms.toFixed(1)} | ${large.ms.toFixed(1)} | ${(large.ms / small.ms).toFixed(1)} | ${number(large.rows)} |`,
    ),
    '',
    `A search with three letters took ${hostile.before.toFixed(1)} ms before and ${hostile.after.toFixed(1)} ms after a thousand searches with two.`,
    '',
    '## Export of all keys',
    '',
    `${number(exported.lines)} lines, ${number(exported.megabytes)} MB in ${number(exported.seconds)} s. The server's memory grew from ${number(exported.base)} MB by ${number(exported.growth)} MB at most. Meanwhile \`/api/v1/me\` answered ${number(exported.asked)} times: median ${exported.p50.toFixed(1)} ms, 99 of 100 within ${exported.p99.toFixed(0)} ms, at most ${exported.max.toFixed(0)} ms.`,
    '',
    '## Revoking 5,000 keys at once',
    '',
    `${number(BULK)} keys in ${revoked.seconds.toFixed(1)} s, told in ${revoked.steps} steps, with one wait at the end. On the next request ${number(revoked.dead)} of them were refused; ${number(revoked.rows)} audit rows.`,
    '',
    '## The audit log',
    '',
    `\`audit verify\` read ${number(verdict.events)} events in ${number((Date.now() - verifying) / 1000)} s: ${verdict.intact ? 'intact' : verdict.problem}.`,
    '',
    ...verdicts.filter(({ met }) => !met).map(({ name }) => `**Missed:** ${name}\n`),
  ].join('\n')
  console.log(page)
  if (!flags.look) writeFileSync('docs/size.md', page)
  return verdicts.every(({ met }) => met)
}

async function makeDatabase(name: string, scale: Scale): Promise<string> {
  say(`filling a database: ${name}`)
  const url = new URL(database.url)
  url.pathname = name
  const admin = postgres(database.url, { max: 1 })
  const [known] = await admin`select 1 from pg_database where datname = ${name}`
  if (!known) await admin`create database ${admin(name)}`
  await admin.end()
  const opened = openPostgres(url.href, null)
  await migrate(opened)
  await opened.close()
  if (known) return url.href
  await seedLarge(url.href, scale, { email: root.email, password: randomUUID() }, say)
  return url.href
}

interface Opened {
  url: string
  handle: Handle
  asked: ReturnType<typeof watchStatements>
}

async function open(url: string): Promise<Opened> {
  process.env.DATABASE_URL = url
  forget('env')
  forget('database')
  const asked = watchStatements()
  return { url, handle: handle(), asked }
}

/** Makes an open database the one of this process. */
function use({ handle }: Opened): void {
  forget('database')
  once('database', () => handle)
}

const search = (fields: object, sort?: Parameters<typeof searchKeys>[1]['sort']) =>
  searchKeys(root, { ...keyFilterSchema.parse(fields), sort, limit: 50 })
const audit = (fields: object) => searchAudit(root, { ...auditFilterSchema.parse(fields), limit: 50 })
const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)

/** Each page with what it asks for, as its `page.tsx` does. */
const pages: Record<string, () => Promise<unknown>> = {
  overview: () => Promise.all([countKeys(root, boardBuckets), countUnverifiedApps(root), readSiteUsage(root, 30)]),
  keys: () => search({}),
  'keys, second page': async () => {
    const { nextCursor } = await search({})
    return searchKeys(root, { ...keyFilterSchema.parse({}), limit: 50, cursor: nextCursor ?? undefined })
  },
  'keys, all, by last use': () => search({ status: 'all' }, '-lastUsedAt'),
  'keys, all, by label': () => search({ status: 'all' }, 'label'),
  'keys, expiring, by expiry': () => search({ status: 'expiring' }, 'expiresAt'),
  'keys, never used': () => search({ status: 'never_used' }, 'lastUsedAt'),
  'keys, unused for 90 days': () => search({ status: 'unused' }, 'lastUsedAt'),
  'keys, without expiry': () => search({ status: 'without_expiry' }, 'expiresAt'),
  'keys, unassigned': () => search({ status: 'unassigned' }),
  'keys, with management scope': () => search({ status: 'management' }),
  'keys, made by disabled people': () => search({ status: 'disabled_maker' }),
  'keys, in overlap': () => search({ status: 'overlap' }),
  'keys, revoked': () => search({ status: 'revoked' }),
  'keys, search "report"': () => search({ q: 'report' }),
  'keys, search "reports 77"': () => search({ q: 'reports 77' }),
  'keys, search "in"': () => search({ q: 'in' }),
  'keys, search for an address': () => search({ q: `abel7@example.com` }),
  'keys, search for what nothing has': () => search({ q: 'zzzzzz' }),
  users: () => searchUsers(root, searchUsersSchema.parse({})),
  'users, admins': () => searchUsers(root, searchUsersSchema.parse({ show: 'admins' })),
  'users, disabled': () => searchUsers(root, searchUsersSchema.parse({ show: 'disabled' })),
  'users, search "moreau"': () => searchUsers(root, searchUsersSchema.parse({ q: 'moreau' })),
  apps: () => searchApps(root, searchAppsSchema.parse({})),
  'apps, not verified': () => searchApps(root, searchAppsSchema.parse({ show: 'unverified' })),
  'apps, search "ledger"': () => searchApps(root, searchAppsSchema.parse({ q: 'ledger' })),
  'audit log': () => Promise.all([audit({}), auditHeadOf(root)]),
  'audit log, of a person': () => audit({ actor: 'u7' }),
  'audit log, of an action': () => audit({ action: 'key.revoked' }),
  'audit log, of a key': () => audit({ target: 'k77' }),
  'audit log, of a project': () => audit({ project: 'project-7' }),
  'audit log, refused': () => audit({ result: 'refused' }),
  'audit log, of two days': () => audit({ from: day(100), to: day(99) }),
  policy: () => readPolicy(),
}

/** Asks both databases for each page in turn. The large one is in use afterwards. */
async function measureAll(smaller: Opened, larger: Opened): Promise<Line[]> {
  const lines: Line[] = []
  for (const [name, read] of Object.entries(pages)) {
    const few = { opened: smaller, times: [] as number[], rows: 0 }
    const all = { opened: larger, times: [] as number[], rows: 0 }
    for (const each of [few, all]) {
      use(each.opened)
      // The first times are for the plans and for the pages of the tables.
      for (let n = 0; n < 3; n++) await read()
      each.opened.asked.length = 0
      await read()
      for (const { query, params } of [...each.opened.asked]) {
        // What is only explained reads nothing.
        if (!query.startsWith('explain')) each.rows += await rowsRead(each.opened.url, query, params)
      }
    }
    for (let n = 0; n < REPEATS; n++) {
      for (const { opened, times } of [few, all]) {
        use(opened)
        const start = performance.now()
        await read()
        times.push(performance.now() - start)
      }
    }
    lines.push({
      name,
      small: { ms: median(few.times), rows: few.rows },
      large: { ms: median(all.times), rows: all.rows },
    })
    say(`${name}: ${median(few.times).toFixed(1)} and ${median(all.times).toFixed(1)} ms, ${all.rows} rows`)
  }
  return lines
}

let explaining: { url: string; sql: Sql } | undefined

/** How many rows a statement's plan touches, those that a filter throws away among them. */
async function rowsRead(url: string, query: string, params: unknown[]): Promise<number> {
  if (explaining?.url !== url) {
    await explaining?.sql.end()
    explaining = {
      url,
      sql: postgres(url, { max: 1, connection: { TimeZone: 'UTC', random_page_cost: 1.1 } }),
    }
  }
  const [row] = await explaining.sql.unsafe(`explain (analyze, format json) ${query}`, params as string[])
  const plans = row?.['QUERY PLAN'] as { Plan: Plan }[] | undefined
  return (plans ?? []).reduce((sum, { Plan }) => sum + touched(Plan), 0)
}

interface Plan {
  'Node Type': string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Plan[]
}

/** The parts of a plan that take rows from a table or an index. A bitmap's are counted where they are fetched. */
const readers = new Set(['Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan', 'Tid Scan'])

function touched(plan: Plan): number {
  const own = readers.has(plan['Node Type'])
    ? plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)
    : 0
  const below = (plan.Plans ?? []).reduce((sum, part) => sum + touched(part), 0)
  return Math.round(own * plan['Actual Loops']) + below
}

/** Two letters match far more than three: a plan that was kept for them must not be used for the others. */
async function searchAfterTwoLetters(): Promise<{ before: number; after: number }> {
  const time = async () => {
    const times: number[] = []
    for (let n = 0; n < REPEATS; n++) {
      const start = performance.now()
      await search({ q: `report${n % 10}` })
      times.push(performance.now() - start)
    }
    return median(times)
  }
  const before = await time()
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  // Several at once, so that each connection of the pool gets its share.
  for (let n = 0; n < 1_000; n += 5) {
    const pairs = Array.from(
      { length: 5 },
      (_, i) => `${letters[(n + i) % 26]}${letters[Math.floor((n + i) / 26) % 26]}`,
    )
    await Promise.all(pairs.map((q) => search({ q })))
  }
  return { before, after: await time() }
}

/** Keys that somebody has the secrets of, one for the first project and the others to be revoked. */
async function insertReal(url: string, keys: readonly BenchKey[]): Promise<void> {
  const sql = postgres(url, { max: 1 })
  const rows = keys.map(({ publicId, secretHash }, n) => ({ id: `bulk${began}x${n}`, publicId, secretHash }))
  const column = (field: 'id' | 'publicId' | 'secretHash') => rows.map((row) => row[field])
  const from = sql`unnest(${column('id')}::text[], ${column('publicId')}::text[], ${column('secretHash')}::text[])
    with ordinality as r(id, public_id, secret_hash, n)`
  await sql`insert into api_keys (id, project_id, label, scopes, created_by_id, responsible_id)
    select id, 'p1', case when n = 1 then 'Stays' else 'Bulk ' || n end, '{}', 'u1', 'u1' from ${from}`
  await sql`insert into api_key_uses (key_id, project_id) select id, 'p1' from ${from}`
  await sql`insert into api_key_secrets (id, key_id, public_id, secret_hash, pepper_id)
    select id, id, public_id, secret_hash, '1' from ${from}`
  await sql`update sessions set authenticated_at = now(), last_seen_at = now() where id = 's1'`
  await sql`analyze api_keys`
  await sql.end()
}

const cookie = async () => `latchkey.session=${await encodeSession('s1', 'u1')}`
const me = (port: number, key: BenchKey | undefined) =>
  fetch(`http://localhost:${port}/api/v1/me`, { headers: { authorization: `Api-Key ${key?.credential}` } })

async function exportAll({ port, pid }: { port: number; pid: number }, keys: readonly BenchKey[]) {
  say('exporting all keys')
  const memory = () => (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / 1e6
  const url = `http://localhost:${port}/admin/keys/export?status=all`
  const headers = { cookie: await cookie() }
  // What the code of the page itself takes is not growth.
  const first = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) })
  for await (const _ of first.body ?? []) break
  await sleep(2_000)
  const base = memory()
  let most = base
  let going = true
  const times: number[] = []
  const watch = (async () => {
    while (going) {
      const start = performance.now()
      const answer = await me(port, keys[0])
      await answer.arrayBuffer()
      if (answer.status !== 200) throw new Error(`/api/v1/me answered ${answer.status}`)
      times.push(performance.now() - start)
      most = Math.max(most, memory())
      await sleep(50)
    }
  })()
  const start = Date.now()
  let lines = -1
  let bytes = 0
  for await (const part of (await fetch(url, { headers })).body ?? []) {
    bytes += part.length
    for (const byte of part) if (byte === 10) lines++
  }
  going = false
  await watch
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0
  const seconds = (Date.now() - start) / 1000
  say(`${lines} lines in ${seconds} s, memory ${base.toFixed(0)} to ${most.toFixed(0)} MB`)
  return {
    lines,
    megabytes: bytes / 1e6,
    seconds,
    base,
    growth: most - base,
    asked: times.length,
    p50: at(0.5),
    p99: at(0.99),
    max: times.at(-1) ?? 0,
  }
}

async function revokeBulk({ port }: { port: number }, url: string, all: readonly BenchKey[]) {
  say(`revoking ${BULK} keys`)
  const keys = all.slice(1)
  const statuses = async () => {
    const counts = new Map<number, number>()
    for (let n = 0; n < keys.length; n += 50) {
      const answers = await Promise.all(keys.slice(n, n + 50).map((key) => me(port, key)))
      for (const answer of answers) {
        await answer.arrayBuffer()
        counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1)
      }
    }
    return counts
  }
  const good = (await statuses()).get(200)
  if (good !== BULK) throw new Error(`only ${good} keys work`)
  const start = Date.now()
  const answer = await fetch(`http://localhost:${port}/admin/keys/revoke`, {
    method: 'POST',
    headers: { cookie: await cookie(), origin: `http://localhost:${port}`, 'content-type': 'application/json' },
    body: JSON.stringify({ filter: { q: 'bulk ', status: 'unrevoked' }, reason: 'Measured' }),
  })
  const steps = (await answer.text()).trim().split('\n')
  const seconds = (Date.now() - start) / 1000
  say(`${steps.length} steps, the last is ${steps.at(-1)}, in ${seconds} s`)
  const dead = (await statuses()).get(401) ?? 0
  const sql = postgres(url, { max: 1 })
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from audit_events
    where action = 'key.revoked' and target_id like ${`bulk${began}x%`}`
  await sql.end()
  return { seconds, steps: steps.length, dead, rows: row?.count ?? 0 }
}

async function version(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 })
  const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`
  await sql.end()
  return row?.version ?? ''
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

// Last, since what stands above it must be there.
try {
  process.exitCode = (await bench()) ? 0 : 1
} finally {
  await stopAll()
  await database.stop()
}
process.exit()
