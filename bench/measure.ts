import { setTimeout as sleep } from 'node:timers/promises'
import { cpuOf, cpuOfMachine } from './cpu'
import type { Job, Load } from './load'
import type { Server } from './servers'

/** One kind of load on one server. */
export interface Scenario {
  name: string
  server: Server
  /** Whole requests, sent in turn. */
  requests: string[]
  /** The only status that counts as an answer. */
  status: number
  /** Whether the server still has something to write when the load ends, which then counts as well. */
  writesLater: boolean
}

/** What one round of a scenario came to. Times are per request. */
export interface Round {
  /** Answers per second. */
  rate: number
  /** CPU of the server and of the database with all its processes, in µs. */
  server: number
  database: number
  /** ms. */
  p50: number
  p99: number
  /** CPU of the load generator, in µs. */
  generator: number
  /** What other programs used of the machine meanwhile, in cores. */
  others: number
}

/** Usage is counted in memory and written within three seconds (lib/usage/record.ts). */
const WRITES_WITHIN_MS = 3_300
const CONNECTIONS = 128

/** Runs one round. Throws when an answer had another status than the scenario's. */
export async function measure(
  scenario: Scenario,
  seconds: number,
  databasePid: number,
  generate: (job: Job) => Promise<Load>,
): Promise<Round> {
  const { server, requests, status, writesLater } = scenario
  const look = () => ({
    at: performance.now(),
    server: cpuOf(server.pid),
    database: cpuOf(databasePid),
    ours: cpuOf(process.pid),
    machine: cpuOfMachine(),
  })
  const before = look()
  const load = await generate({ port: server.port, requests, connections: CONNECTIONS, seconds })
  if (writesLater) await sleep(WRITES_WITHIN_MS)
  const after = look()
  const seen = Object.keys(load.statuses).join(', ')
  if (seen !== String(status)) throw new Error(`${scenario.name}: expected ${status} only, and got ${seen}`)
  const used = (what: 'server' | 'database' | 'ours' | 'machine') => after[what] - before[what]
  return {
    rate: load.answers / load.seconds,
    server: (used('server') * 1000) / load.answers,
    database: (used('database') * 1000) / load.answers,
    p50: load.p50,
    p99: load.p99,
    generator: load.cost,
    others: Math.max(0, used('machine') - used('ours')) / (after.at - before.at),
  }
}
