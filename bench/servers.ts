import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLatchkey } from '../e2e/server'
import { freePort } from '../scripts/free-port'
import type { BareAnswer } from './bare'
import type { Job, Load } from './load'

/** A server under test: where it listens and whose CPU is counted. */
export interface Server {
  port: number
  pid: number
}

type Settings = Record<string, string>

const started: { stop(): unknown }[] = []
let stopping = false

/** Latchkey as `npm start` runs it: the portal's front, and the gate in the same process. */
export async function startPortal(settings: Settings): Promise<{ front: Server; gate: Server }> {
  const gatePort = await freePort()
  const portal = await startLatchkey({ env: { ...settings, GATE_PORT: String(gatePort), LOG_LEVEL: 'error' } })
  started.push(portal)
  return {
    front: { port: Number(new URL(portal.url).port), pid: portal.pid },
    gate: { port: gatePort, pid: portal.pid },
  }
}

/** The same build served by Next alone, as `next start` does. */
export async function startNext(settings: Settings): Promise<Server> {
  const port = await freePort()
  const args = ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', String(port)]
  const env = { ...process.env, ...settings, NODE_ENV: 'production', AUTH_URL: `http://localhost:${port}` } as const
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  keep(child)
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries > 600) throw new Error('next start does not listen')
    await sleep(100)
  }
  return { port, pid: Number(child.pid) }
}

/** A bare `node:http` server that gives the answers it is told, by path. */
export const startBare = (answers: Record<string, BareAnswer>): Promise<Server> =>
  startOwn('bare', { BARE_ANSWERS: JSON.stringify(answers) })

/** The check done the plain way. */
export const startPlain = (settings: Settings): Promise<Server> =>
  startOwn('plain', { ...settings, VERIFY_LEASE_MS: '0' })

/** The load generator, which does one job at a time. */
export async function startGenerator(): Promise<(job: Job) => Promise<Load>> {
  const child = fork(new URL('load.ts', import.meta.url).pathname)
  keep(child)
  await once(child, 'message')
  return async (job) => {
    child.send(job)
    const [load] = await once(child, 'message')
    return load as Load
  }
}

/** Ends everything that was started here. */
export function stopAll(): Promise<unknown> {
  stopping = true
  return Promise.all(started.map((server) => server.stop()))
}

async function startOwn(name: string, settings: Settings): Promise<Server> {
  const port = await freePort()
  const env = { ...process.env, ...settings, NODE_ENV: 'production', PORT: String(port) } as const
  const child = fork(new URL(`${name}.ts`, import.meta.url).pathname, { env })
  keep(child)
  await once(child, 'message')
  return { port, pid: Number(child.pid) }
}

function keep(child: ChildProcess): void {
  process.once('exit', () => child.kill('SIGKILL'))
  child.once('exit', (code) => {
    if (!stopping) throw new Error(`${child.spawnargs.join(' ')} ended (${code})`)
  })
  started.push({ stop: () => child.kill() })
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
