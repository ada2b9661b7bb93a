import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import build from '../e2e/build'
import { startPostgres } from '../scripts/postgres'
import { type BenchKey, fillDatabase, mintKeys, revokeRest, wrongAt } from './keys'
import { measure, type Round, type Scenario } from './measure'
import { oauthRequests } from './oauth'
import { type Results, report } from './report'
import { get, post, sample } from './requests'
import { type Server, startBare, startGenerator, startNext, startPlain, startPortal, stopAll } from './servers'
import { judgeTargets, names } from './targets'
import { compareTimes } from './timing'

// `npm run bench`: what a request costs, side by side. About 20 minutes; `--quick` takes two and is for looking only.
const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    'warm-up': { type: 'string' },
    pairs: { type: 'string' },
    sizes: { type: 'string' },
    /** Only lines whose name contains this; for profiling. Nothing is judged then. */
    only: { type: 'string', default: '' },
  },
})
const rounds = Number(flags.rounds ?? (flags.quick ? 3 : 7))
const seconds = Number(flags.seconds ?? (flags.quick ? 1 : 3))
const warmUp = Number(flags['warm-up'] ?? (flags.quick ? 2 : 10))
const pairs = Number(flags.pairs ?? (flags.quick ? 500 : 5_000))
const sizes = (flags.sizes ?? (flags.quick ? '1000,20000' : '1000,100000,1000000')).split(',').map(Number)
const largest = Math.max(...sizes)

const ONE_KEY = 'one key'
const THOUSAND = '1,000 keys in turn'
const TEN_THOUSAND = '10,000 keys in turn'
/** How many credentials exist, at most, and how many of each wrong kind are tried in turn. */
const MANY = 10_000

const settings = {
  AUTH_SECRET: randomBytes(32).toString('base64'),
  KEY_PEPPERS: `1:${randomBytes(32).toString('base64')}`,
  // What is measured here is not to be refused.
  RATE_LIMIT_PER_MINUTE: '1000000000',
  FAILED_AUTH_PER_MINUTE: '1000000000',
  ANONYMOUS_PAGES_PER_MINUTE: '100000000',
  AUTHORIZE_PER_MINUTE: '100000000',
  PUSHED_REQUESTS_PER_MINUTE: '100000000',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
}

const say = (text: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)
const database = await startPostgres({
  settings: { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '1h', autovacuum: 'off' },
})
try {
  process.exitCode = (await bench()) ? 0 : 1
} finally {
  await stopAll()
  await database.stop()
}
process.exit()

/** True when every target is met and the timing test sees what it must and nothing else. */
async function bench(): Promise<boolean> {
  build()
  const keys = mintKeys(Math.min(MANY, largest), settings.KEY_PEPPERS)
  const urls = new Map<number, string>()
  for (const size of sizes) {
    say(`filling a database with ${size.toLocaleString('en')} keys`)
    urls.set(size, await fillDatabase(database.url, size, keys.slice(0, size)))
  }
  const portals = new Map<number, { front: Server; gate: Server }>()
  for (const [size, url] of urls) portals.set(size, await startPortal({ ...settings, DATABASE_URL: url }))
  const main = { ...settings, DATABASE_URL: urls.get(largest) as string }
  const plain = await startPlain(main)
  const scenarios = [
    ...[...portals].flatMap(([size, { front }]) => checks(front, size, keys)),
    ...(await comparisons(portals.get(largest) as { front: Server; gate: Server }, await startNext(main), keys)),
    ...(await oauth(portals.get(largest)?.front as Server, main)),
    ...plainWay(plain, keys),
  ].filter(({ name }) => name.includes(flags.only))

  const measured = await runRounds(scenarios)
  const results: Results = {
    rounds: measured,
    targets: flags.only ? [] : judgeTargets(measured, sizes, [ONE_KEY, THOUSAND]),
    comparisons: flags.only
      ? []
      : await compareKinds(portals.get(largest)?.front as Server, plain, main.DATABASE_URL, keys),
    setting: { rounds, seconds, warmUp, sizes, database: await databaseVersion() },
  }
  const page = report(results)
  console.log(page)
  if (!flags.quick && !flags.only) writeFileSync('docs/performance.md', page)
  return (
    results.targets.every(({ met }) => met) &&
    results.comparisons.every(({ planted, result }) => result.seen === (planted ? 'yes' : 'no'))
  )
}

/** Checks of credentials by the front, good and bad, with so many keys in the table. */
function checks(server: Server, size: number, keys: readonly BenchKey[]): Scenario[] {
  const some = keys.slice(0, size)
  const good = (kind: string, count: number): Scenario => ({
    name: names.front(kind, size),
    server,
    requests: some.slice(0, count).map(({ credential }) => get('/api/v1/me', credential)),
    status: 200,
    writesLater: true,
  })
  const bad = (kind: string, credentials: string[]): Scenario => ({
    name: names.front(kind, size),
    server,
    requests: credentials.map((credential) => get('/api/v1/me', credential)),
    status: 401,
    writesLater: false,
  })
  return [
    good(ONE_KEY, 1),
    ...(size >= 1_000 ? [good(THOUSAND, 1_000)] : []),
    ...(size >= MANY ? [good(TEN_THOUSAND, MANY)] : []),
    bad('unknown ids', unknown(some.length)),
    bad(
      'wrong secrets',
      some.map(({ credential }) => wrongAt(credential, 0)),
    ),
  ]
}

/** The same answers by other ways. */
async function comparisons(
  { front, gate }: { front: Server; gate: Server },
  next: Server,
  [key, other]: readonly BenchKey[],
): Promise<Scenario[]> {
  const credential = key?.credential as string
  const judged = { credential: other?.credential }
  const bare = await startBare({
    '/me': await sample(front, '/api/v1/me', credential),
    '/forward-auth': await sample(gate, '/forward-auth', credential),
    '/verify': await sample(gate, '/verify', credential, judged),
  })
  const scenario = (name: string, server: Server, request: string, status = 200): Scenario => ({
    name,
    server,
    requests: [request],
    status,
    writesLater: server !== bare && name !== names.route,
  })
  return [
    scenario(names.next, next, get('/api/v1/me', credential)),
    scenario(names.route, next, get('/robots.txt')),
    scenario(names.bareMe, bare, get('/me', credential)),
    scenario(names.forwardAuth, gate, get('/forward-auth', credential), 204),
    scenario(names.bareForwardAuth, bare, get('/forward-auth', credential), 204),
    scenario(names.verify, gate, post('/verify', credential, judged)),
    scenario(names.bareVerify, bare, post('/verify', credential, judged)),
  ]
}

/** The OAuth server, to be read beside the bare Next route. */
async function oauth(front: Server, settings: Record<string, string>): Promise<Scenario[]> {
  const { token, introspection } = await oauthRequests(front, settings)
  const scenario = (name: string, request: string): Scenario => ({
    name,
    server: front,
    requests: [request],
    status: 200,
    writesLater: false,
  })
  return [scenario(names.token, token), scenario(names.introspection, introspection)]
}

function plainWay(server: Server, keys: readonly BenchKey[]): Scenario[] {
  const counts: [string, number][] = [
    [ONE_KEY, 1],
    [THOUSAND, 1_000],
    [TEN_THOUSAND, MANY],
  ]
  return counts
    .filter(([, count]) => count <= keys.length)
    .map(([kind, count]) => ({
      name: names.plain(kind),
      server,
      requests: keys.slice(0, count).map(({ credential }) => get('/', credential)),
      status: 200,
      writesLater: false,
    }))
}

/** One round of each, over and over, so that whatever slows the machine down slows all of them. */
async function runRounds(scenarios: readonly Scenario[]): Promise<Map<string, Round[]>> {
  const generate = await startGenerator()
  for (const scenario of scenarios) {
    say(`warming up: ${scenario.name}`)
    await measure(scenario, warmUp, database.pid, generate)
  }
  const measured = new Map<string, Round[]>(scenarios.map(({ name }) => [name, []]))
  for (let number = 1; number <= rounds; number++) {
    say(`round ${number} of ${rounds}`)
    for (const scenario of scenarios) {
      measured.get(scenario.name)?.push(await measure(scenario, seconds, database.pid, generate))
    }
  }
  return measured
}

/** What answers must not tell by how long they take. */
async function compareKinds(
  front: Server,
  plain: Server,
  url: string,
  keys: readonly BenchKey[],
): Promise<Results['comparisons']> {
  const ended = Math.floor(keys.length / 2)
  await revokeRest(url, largest, keys, ended)
  const ask = (credentials: string[], headers = '') =>
    credentials.map((credential) => get('/api/v1/me', credential).replace(/\r\n$/, `${headers}\r\n`))
  const wrong = (some: readonly BenchKey[], position = 20) =>
    ask(some.map(({ credential }) => wrongAt(credential, position)))
  const nobodys = ask(unknown(ended))
  const live = wrong(keys.slice(0, ended))
  const revoked = wrong(keys.slice(ended))
  const held = keys.slice(0, 1)
  const kinds: [string, Server, readonly [string[], string[]], boolean?][] = [
    ['control: unknown id, against itself', front, [nobodys, ask(unknown(ended))]],
    ['planted: unknown id, against itself', plain, [nobodys, ask(unknown(ended), 'X-Planted-Ms: 0.5\r\n')], true],
    ['unknown id, against wrong secret', front, [nobodys, live]],
    ['unknown id, against wrong secret of a key at hand', front, [nobodys, wrong(held)]],
    ['first character wrong, against last', front, [wrong(held, 0), wrong(held, 42)]],
    ['wrong secret of a live key, against a revoked one', front, [live, revoked]],
  ]
  const comparisons: Results['comparisons'] = []
  for (const [name, server, requests, planted = false] of kinds) {
    say(`timing: ${name}`)
    comparisons.push({ name, planted, result: await compareTimes(server.port, requests, pairs, 401) })
  }
  return comparisons
}

/** Well-formed credentials that nobody was ever given. */
function unknown(count: number): string[] {
  return mintKeys(count, settings.KEY_PEPPERS).map(({ credential }) => credential)
}

async function databaseVersion(): Promise<string> {
  const sql = postgres(database.url, { max: 1 })
  const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`
  await sql.end()
  return `PostgreSQL ${row?.version}`
}
