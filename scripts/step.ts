import { type ChildProcess, spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

const binaries = join(import.meta.dirname, '../node_modules/.bin')
/** Plain text for a log file; some of the programs colour it all the same unless told. */
const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1' }
const running = new Set<ChildProcess>()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of running) endGroup(child)
    process.exit(130)
  })
}

interface Options {
  env?: Record<string, string>
  /** Print while it runs; otherwise its output is shown only when it fails. */
  live?: boolean
}

/**
 * Runs a program, also one of the dependencies', without a terminal's input and resolves with whether it succeeded. Everything that it started and
 * left behind in its process group ends with it.
 */
export function step(
  name: string,
  [program = '', ...args]: string[],
  { env = {}, live = false }: Options = {},
): Promise<boolean> {
  const start = performance.now()
  const child = spawn(program, args, {
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    env: { ...process.env, ...plain, PATH: `${binaries}${delimiter}${process.env.PATH}`, ...env },
    detached: true,
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  return new Promise((resolve) => {
    child.once('error', (error) => (output += error.message))
    child.once('close', (code) => {
      endGroup(child)
      running.delete(child)
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      if (code !== 0 && output) console.log(output.trimEnd())
      console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
      resolve(code === 0)
    })
  })
}

function endGroup(child: ChildProcess): void {
  try {
    process.kill(-Number(child.pid), 'SIGKILL')
  } catch {
    // Nothing left of it, which is how it should be.
  }
}
