import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../scripts/free-port'

export interface Latchkey {
  /** `http://localhost:PORT`, without a trailing slash. */
  url: string
  dataDir: string
  pid: number
  /** What the server has printed so far. */
  output(): string
  /** Asks the server to stop and resolves with its exit code; null when it had to be killed. */
  stop(): Promise<number | null>
}

interface Options {
  /** On top of what every test server gets. */
  env?: Record<string, string>
  /** Kept at the end. Default: a temporary folder. */
  dataDir?: string
}

/** How long a server may take to answer, in ms: the first build of a fresh clone is not part of it. */
const START_MS = 90_000
const STOP_MS = 30_000

/** Starts the production server with `node scripts/start.mjs` on a free port and resolves when it answers. */
export async function startLatchkey({ env = {}, dataDir }: Options = {}): Promise<Latchkey> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'latchkey-e2e-'))
  const [port, gatePort] = [await freePort(), await freePort()]
  const url = `http://localhost:${port}`
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inherited(),
      ...roomy,
      PORT: String(port),
      GATE_PORT: String(gatePort),
      APP_URL: url,
      DATA_DIR: folder,
      ...env,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    const code = await terminate(child)
    process.off('exit', kill)
    if (!dataDir) rmSync(folder, { recursive: true, force: true })
    return code
  }

  try {
    await answers(url, child)
  } catch (error) {
    await stop()
    throw new Error(`${(error as Error).message}\n${output}`)
  }
  return { url, dataDir: folder, pid: Number(child.pid), output: () => output, stop }
}

/** Every browser and client of the tests comes from one address. A test of these bounds sets its own. */
const roomy = {
  ANONYMOUS_PAGES_PER_MINUTE: '10000',
  AUTHORIZE_PER_MINUTE: '10000',
  PUSHED_REQUESTS_PER_MINUTE: '10000',
  MAX_CONNECTIONS_PER_ADDRESS: '5000',
}

/** Fresh secrets, as a server with `DATABASE_URL` needs them. */
export function newSecrets(): { AUTH_SECRET: string; KEY_PEPPERS: string } {
  return { AUTH_SECRET: randomBytes(32).toString('base64'), KEY_PEPPERS: `1:${randomBytes(32).toString('base64')}` }
}

/** What finds programs and folders; a developer's own settings must not reach the server under test. */
function inherited(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env
  return { NODE_ENV: 'production', PATH, HOME, TMPDIR, LANG }
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('The server ended while it started:')
    const answer = await fetch(`${url}/api/v1/me`, { redirect: 'manual' }).catch(() => undefined)
    if (answer) return
  }
  throw new Error(`The server did not answer within ${START_MS / 1000} s:`)
}

async function terminate(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const giveUp = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(giveUp)
  return child.exitCode
}
