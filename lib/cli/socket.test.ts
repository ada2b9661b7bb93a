import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { invalidField } from '../errors'
import { type CliServer, callCli, serveCli } from './socket'

let dir: string
let server: CliServer | undefined
const report = vi.fn()

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-test-'))
})

afterEach(async () => {
  vi.restoreAllMocks()
  await server?.close()
  server = undefined
  report.mockReset()
  rmSync(dir, { recursive: true })
})

test('a request goes there and its result comes back', async () => {
  const run = vi.fn(async () => ({ secret: 'lk_ü\n' }))
  server = await serveCli(dir, run, report)
  const request = { noun: 'keys', verb: 'create', options: { label: 'Zoë 🗝' } }
  expect(await callCli(dir, request)).toEqual({ result: { secret: 'lk_ü\n' } })
  expect(run).toHaveBeenCalledExactlyOnceWith(request)
})

test('a command without a result is not taken for a missing server', async () => {
  server = await serveCli(dir, async () => undefined, report)
  expect(await callCli(dir, {})).toEqual({ result: null })
})

test('a failure keeps its code, message and field errors, and is not logged', async () => {
  server = await serveCli(dir, async () => Promise.reject(invalidField('email', 'Is taken.')), report)
  const failure = { code: 'validation_failed', message: 'Is taken.', errors: { email: ['Is taken.'] }, status: 422 }
  await expect(callCli(dir, {})).rejects.toMatchObject(failure)
  expect(report).not.toHaveBeenCalled()
})

test('of any other error the client learns nothing, and the server logs it', async () => {
  const error = new Error('select * from users')
  server = await serveCli(dir, async () => Promise.reject(error), report)
  const answer = callCli(dir, {})
  await expect(answer).rejects.toMatchObject({ code: 'internal_error' })
  await expect(answer).rejects.not.toThrow('select')
  expect(report).toHaveBeenCalledExactlyOnceWith(error)
})

test('a result that is not JSON is an error of the server', async () => {
  server = await serveCli(dir, async () => 1n, report)
  await expect(callCli(dir, {})).rejects.toMatchObject({ code: 'internal_error' })
  expect(report).toHaveBeenCalledOnce()
})

test('two calls at once run at once', async () => {
  let running = 0
  const both = signal()
  server = await serveCli(
    dir,
    async (request) => {
      if (++running === 2) both.resolve()
      await both.promise
      return request
    },
    report,
  )
  expect(await Promise.all([callCli(dir, 1), callCli(dir, 2)])).toEqual([{ result: 1 }, { result: 2 }])
})

test('nobody listens: no folder, an empty one, the file of a dead server, a record of one that is gone', async () => {
  expect(await callCli(join(dir, 'none'), {})).toBeNull()
  expect(await callCli(dir, {})).toBeNull()
  await leaveSocket(join(dir, 'cli.sock'))
  expect(await callCli(dir, {})).toBeNull()
  writeFileSync(join(dir, 'cli.sock.path'), join(dir, 'gone', 'cli.sock'))
  expect(await callCli(dir, {})).toBeNull()
})

test('the file of a dead server is replaced', async () => {
  await leaveSocket(join(dir, 'cli.sock'))
  server = await serveCli(dir, async () => 'new', report)
  expect(await callCli(dir, {})).toEqual({ result: 'new' })
})

test('only its user can open the socket, from the first moment, and the mask is put back', async () => {
  const mask = process.umask(0o022)
  const starting = serveCli(dir, async () => null, report)
  expect(statSync(join(dir, 'cli.sock')).mode & 0o777).toBe(0o700)
  expect(process.umask(mask)).toBe(0o022)
  server = await starting
  expect(statSync(join(dir, 'cli.sock')).mode & 0o777).toBe(0o600)
})

test('where the path is too long, the socket lies in a private folder that is recorded', async () => {
  const long = longFolder()
  server = await serveCli(long, async () => 'far', report)
  const path = recorded(long)
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100)
  expect(statSync(join(long, 'cli.sock.path')).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
  expect(await callCli(long, {})).toEqual({ result: 'far' })
  await server.close()
  server = undefined
  expect(existsSync(dirname(path))).toBe(false)
  expect(readdirSync(long)).toEqual([])
})

test('the private folder of a dead server is removed by the next one', async () => {
  const long = longFolder()
  const left = mkdtempSync(join(tmpdir(), 'latchkey-left-'))
  await leaveSocket(join(left, 'cli.sock'))
  writeFileSync(join(long, 'cli.sock.path'), join(left, 'cli.sock'))
  server = await serveCli(long, async () => 'new', report)
  expect(existsSync(left)).toBe(false)
  expect(await callCli(long, {})).toEqual({ result: 'new' })
})

test('a recorded folder with other things in it is left alone', async () => {
  const long = longFolder()
  writeFileSync(join(dir, 'precious'), '')
  writeFileSync(join(long, 'cli.sock.path'), join(dir, 'cli.sock'))
  server = await serveCli(long, async () => null, report)
  expect(existsSync(join(dir, 'precious'))).toBe(true)
})

test('nothing is sent to a socket in a folder that others may write to', async () => {
  const long = longFolder()
  const run = vi.fn(async () => null)
  server = await serveCli(long, run, report)
  chmodSync(dirname(recorded(long)), 0o777)
  await expect(callCli(long, {})).rejects.toMatchObject({ code: 'forbidden' })
  expect(run).not.toHaveBeenCalled()
})

test("nothing is sent to another user's socket", async () => {
  const run = vi.fn(async () => null)
  server = await serveCli(dir, run, report)
  const uid = process.getuid?.() ?? 0
  vi.spyOn(process, 'getuid').mockReturnValue(uid + 1)
  await expect(callCli(dir, {})).rejects.toThrow(`belongs to user id ${uid}`)
  expect(run).not.toHaveBeenCalled()
})

test('a request over 1 MiB is refused by both ends', async () => {
  const run = vi.fn(async () => null)
  server = await serveCli(dir, run, report)
  await expect(callCli(dir, 'x'.repeat(1024 * 1024))).rejects.toMatchObject({ code: 'payload_too_large' })
  const socket = await open()
  socket.write('x'.repeat(1024 * 1024 + 1))
  expect(await textOf(socket)).toContain('payload_too_large')
  expect(run).not.toHaveBeenCalled()
})

test('what is not JSON is refused', async () => {
  server = await serveCli(dir, async () => null, report)
  const socket = await open()
  socket.write('{"noun":\n')
  expect(JSON.parse(await textOf(socket))).toMatchObject({ ok: false, error: { code: 'invalid_request' } })
})

test('a request without an answer says that it may have taken effect', async () => {
  const asked = signal()
  server = await serveCli(dir, () => asked.promise, report)
  await expect(callCli(dir, {}, { timeout: 50 })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('may have taken effect'),
  })
  asked.resolve()
})

test('close finishes what is under way and does not wait for the idle and the half-open', async () => {
  const asked = signal()
  const started = signal()
  server = await serveCli(
    dir,
    async () => {
      started.resolve()
      await asked.promise
      return 'done'
    },
    report,
  )
  const silent = await open()
  const half = await open()
  half.write('{"noun":')
  const call = callCli(dir, {})
  const stubborn = await open({ allowHalfOpen: true })
  stubborn.write('{}\n')
  await started.promise
  await new Promise((done) => setTimeout(done, 50))
  const begun = performance.now()
  const closing = server.close()
  asked.resolve()
  await closing
  expect(performance.now() - begun).toBeLessThan(1_000)
  expect(await call).toEqual({ result: 'done' })
  expect(existsSync(join(dir, 'cli.sock'))).toBe(false)
  for (const socket of [silent, half, stubborn]) socket.destroy()
})

/** A promise and the way to keep it. */
function signal() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Leaves the file of a socket behind as kill -9 does. */
async function leaveSocket(path: string): Promise<void> {
  const dead = createServer().listen(path)
  await once(dead, 'listening')
  linkSync(path, `${path}.kept`)
  await new Promise((done) => dead.close(done))
  linkSync(`${path}.kept`, path)
  rmSync(`${path}.kept`)
}

function longFolder(): string {
  const long = join(dir, 'é'.repeat(45))
  mkdirSync(long, { mode: 0o700 })
  return long
}

const recorded = (folder: string) => readFileSync(join(folder, 'cli.sock.path'), 'utf8').trim()

async function open(options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
  const socket = createConnection({ path: join(dir, 'cli.sock'), ...options })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
