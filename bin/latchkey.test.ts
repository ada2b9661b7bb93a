import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { lockDataDir } from '@/db/embedded-lock'
import { type CliServer, serveCli } from '@/lib/cli/socket'
import { invalidField } from '@/lib/errors'

// Stands in for the verbs: takes the folder's lock as they do, and says what it got.
const ownRun = `
  import { lockDataDir } from './db/embedded-lock'
  let lock
  export async function beginCommands() {
    if (!process.env.DATABASE_URL) lock = lockDataDir(process.env.DATA_DIR)
  }
  export async function runCommand(request) {
    if (process.env.DATABASE_URL) return { ranIn: 'PostgreSQL' }
    // Long enough for commands that start together to meet.
    await new Promise((done) => setTimeout(done, 150))
    return { ranIn: 'the command line', ...request }
  }
  export async function endCommands() {
    lock?.release()
  }
`

// Inside node_modules, so that the bundle finds its packages.
const bundles = resolve('node_modules/.cache')
let bundle: string
let dir: string
let server: CliServer | undefined

beforeAll(async () => {
  mkdirSync(bundles, { recursive: true })
  bundle = join(mkdtempSync(join(bundles, 'cli-')), 'latchkey.mjs')
  await build({
    entryPoints: ['bin/latchkey.ts'],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    plugins: [
      {
        name: 'own-run',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^@\/lib\/cli\/run$/ }, () => ({ path: 'run', namespace: 'own-run' }))
          onLoad({ filter: /./, namespace: 'own-run' }, () => ({
            contents: ownRun,
            resolveDir: resolve('.'),
            loader: 'ts',
          }))
        },
      },
    ],
  })
})

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-cli-'))
})

afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(dir, { recursive: true })
})

afterAll(() => rmSync(join(bundle, '..'), { recursive: true }))

const report = (error: unknown) => {
  throw error
}

test('beside a server the command runs there, and --json prints one document', async () => {
  server = await serveCli(dir, async (request) => ({ ranIn: 'the server', request }), report)
  const { code, out, err } = await latchkey(['keys', 'list', '--project', 'p', '--json'])
  const request = { noun: 'keys', verb: 'list', options: { project: 'p' } }
  expect(JSON.parse(out)).toEqual({ ranIn: 'the server', request })
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('without a server it runs by itself and prints for people', async () => {
  const { code, out } = await latchkey(['db', 'migrate'])
  expect(out).toBe('ranIn  the command line\nnoun   db\nverb   migrate\n')
  expect(code).toBe(0)
})

test('with DATABASE_URL the socket is not asked', async () => {
  server = await serveCli(dir, async () => ({ ranIn: 'the server' }), report)
  const { out } = await latchkey(['users', 'list'], { env: { DATABASE_URL: 'postgres://localhost/none' } })
  expect(out).toBe('ranIn  PostgreSQL\n')
})

test('a server that has the folder but does not listen yet is waited for', async () => {
  const lock = lockDataDir(dir)
  const running = latchkey(['users', 'list'])
  await new Promise((done) => setTimeout(done, 1_000))
  server = await serveCli(dir, async () => ({ ranIn: 'the server' }), report)
  expect((await running).out).toBe('ranIn  the server\n')
  lock.release()
})

test('ten commands at once without a server all get done', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => latchkey(['users', 'list'])))
  expect(all.map(({ code, err }) => ({ code, err }))).toEqual(Array(10).fill({ code: 0, err: '' }))
}, 30_000)

test('a failure is one line on standard error and exit code 1', async () => {
  server = await serveCli(dir, async () => Promise.reject(invalidField('email', 'Nobody has this address.')), report)
  const failed = { code: 1, out: '', err: 'Nobody has this address.\n' }
  expect(await latchkey(['users', 'disable', '--email', 'a@b.c', '--json'])).toEqual(failed)
})

test('wrong usage is exit code 2, help is 0', async () => {
  expect(await latchkey(['users', 'disable'])).toEqual({
    code: 2,
    out: '',
    err: "error: required option '--email <address>' not specified\n",
  })
  const help = await latchkey(['--help'])
  expect(help.code).toBe(0)
  expect(help.out).toContain('Usage: latchkey')
})

test.each([[[]], [['--password', '-']]])('the password comes from standard input: %j', async (given) => {
  server = await serveCli(dir, async (request) => request, report)
  const args = ['users', 'create', '--email', 'a@b.c', '--name', 'Ann', ...given, '--json']
  const { out } = await latchkey(args, { input: ' käse \n' })
  expect(JSON.parse(out)).toMatchObject({ options: { password: ' käse ' } })
})

async function latchkey(
  args: string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
) {
  const { DATABASE_URL: _, ...rest } = process.env
  const child = spawn(process.execPath, [bundle, ...args], { env: { ...rest, DATA_DIR: dir, ...env } })
  child.stdin.end(input)
  const ended = new Promise<number | null>((done) => child.on('exit', done))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, out, err }
}
