import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A program under test. It ends with this process at the latest. */
export interface Program {
  pid: number
  output(): string
  /** Resolves when it has printed `text`; rejects when it ends before. */
  printed(text: string): Promise<void>
  /** Resolves when something listens on `port` of loopback; rejects when the program ends before. */
  listening(port: number): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Its exit code, once it has ended; null when a signal ended it. */
  ended(): Promise<number | null>
  /** Asks it to end, and waits for that. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const START_MS = 30_000

export function startProgram(
  file: string,
  args: string[],
  options: { cwd?: string; env: Record<string, string | undefined> },
): Program {
  const child = spawn(file, args, {
    ...options,
    env: options.env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  child.once('error', (error) => (output += error.message))
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const over = () => child.exitCode !== null || child.signalCode !== null
  child.once('close', () => process.off('exit', kill))

  async function until(what: string, happened: () => Promise<boolean> | boolean): Promise<void> {
    for (const end = Date.now() + START_MS; !(await happened()); await sleep(20)) {
      if (over() || Date.now() > end)
        throw new Error(`${file} ${over() ? 'ended before' : 'never'} ${what}:\n${output}`)
    }
  }
  const ended = async () => {
    if (!over()) await once(child, 'close')
    return child.exitCode
  }
  return {
    pid: Number(child.pid),
    output: () => output,
    printed: (text) => until(`printing "${text}"`, () => output.includes(text)),
    listening: (port) => until(`listening on ${port}`, () => connects(port)),
    signal: (name) => child.kill(name),
    ended,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      return ended()
    },
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
