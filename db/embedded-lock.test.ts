import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { tryLock } from 'fs-native-extensions'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { lockDataDir } from './embedded-lock'

// A process that takes the folder and keeps it, or says why not. With a third argument it has a child that outlives it.
const contender = `
  import { spawn } from 'node:child_process'
  import { lockDataDir } from './embedded-lock'
  try {
    lockDataDir(process.argv[2])
    const child = process.argv[3] && spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    console.log('serving', process.pid, child ? child.pid : '')
    setInterval(() => globalThis.gc?.(), 1000)
  } catch (error) {
    console.log(error.message)
  }
`

// Inside node_modules, so that the bundle finds the native addon.
const bundles = resolve('node_modules/.cache')
let bundle: string
let root: string
let dir: string
const started: ChildProcess[] = []

beforeAll(async () => {
  mkdirSync(bundles, { recursive: true })
  bundle = join(mkdtempSync(join(bundles, 'lock-')), 'contender.mjs')
  await build({
    stdin: { contents: contender, resolveDir: import.meta.dirname, loader: 'ts' },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  })
})

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'latchkey-'))
  dir = join(root, 'data')
})

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  rmSync(root, { recursive: true })
})

afterAll(() => rmSync(join(bundle, '..'), { recursive: true }))

test('after kill -9 of the holder ten start at once: one serves, nine name it', async () => {
  let holder = await start()
  for (let round = 0; round < 20; round++) {
    await kill(holder)
    const ten = await Promise.all(Array.from({ length: 10 }, () => start()))
    const serving = ten.filter(({ line }) => line.startsWith('serving'))
    expect(serving).toHaveLength(1)
    const [winner] = serving as [Started]
    for (const { line } of ten) if (line !== winner.line) expect(line).toContain(`in use by process ${winner.pid}.`)
    expect(ten.filter(({ line }) => line.includes('in use by'))).toHaveLength(9)
    holder = winner
  }
}, 60_000)

test('a holder that has not written its id yet is waited for, and the id of the one before is not named', async () => {
  const before = await start()
  await kill(before)
  const lock = openSync(join(dir, 'lock'), 'r+')
  const named = openSync(join(dir, 'lock.named'), 'r+')
  expect(tryLock(lock)).toBe(true)
  const refused = start()
  await new Promise((done) => setTimeout(done, 700))
  ftruncateSync(lock)
  writeSync(lock, '4194000\n', 0)
  expect(tryLock(named)).toBe(true)
  expect((await refused).line).toContain('in use by process 4194000.')
  closeSync(named)
  closeSync(lock)
})

test('a holder that never writes its id is named as another process, after two seconds', async () => {
  await kill(await start())
  const lock = openSync(join(dir, 'lock'), 'r+')
  tryLock(lock)
  expect((await start()).line).toContain('in use by another process.')
  closeSync(lock)
})

test('a holder that dies while another waits for its id leaves the folder to that one', async () => {
  await kill(await start())
  const lock = openSync(join(dir, 'lock'), 'r+')
  tryLock(lock)
  const waiting = start()
  await new Promise((done) => setTimeout(done, 700))
  closeSync(lock)
  expect((await waiting).line).toMatch(/^serving/)
})

test('a child that outlives its killed parent does not keep the lock', async () => {
  const holder = await start('with-child')
  const child = Number(holder.line.split(' ')[2])
  await kill(holder)
  expect(process.kill(child, 0)).toBe(true)
  expect((await start()).line).toMatch(/^serving/)
  process.kill(child, 'SIGKILL')
})

test('a second call in one process is refused until the first lets go', () => {
  const first = lockDataDir(dir)
  expect(() => lockDataDir(dir)).toThrow(
    `The data folder ${dir} is in use by process ${process.pid}. Stop it first, or set DATABASE_URL`,
  )
  expect(() => lockDataDir(dir)).toThrow(expect.objectContaining({ code: 'data_dir_locked' }))
  first.release()
  const second = lockDataDir(dir)
  first.release()
  expect(() => lockDataDir(dir)).toThrow('in use')
  second.release()
})

test('folder and files are for their owner alone', () => {
  const { release } = lockDataDir(dir)
  expect(statSync(dir).mode & 0o777).toBe(0o700)
  expect(statSync(join(dir, 'lock')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(dir, 'lock'), 'utf8')).toBe(`${process.pid}\n`)
  release()
})

interface Started {
  child: ChildProcess
  pid: number
  line: string
}

/** Starts a contender and waits for the line that says what became of it. */
async function start(...options: string[]): Promise<Started> {
  const child = spawn(process.execPath, ['--expose-gc', bundle, dir, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  for await (const line of createInterface(child.stdout)) return { child, pid: child.pid as number, line }
  throw new Error('the contender ended without a word')
}

async function kill({ child }: Started): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
