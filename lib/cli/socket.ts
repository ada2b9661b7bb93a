import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { z } from 'zod'
import { type ErrorCode, Failure, type FieldErrors, isFailure, statusOf } from '../errors'
import { findSocket, makeSocketPath, removeSocket } from './socket-path'

/** The command line's socket, open. */
export interface CliServer {
  /** Finishes the commands under way (five seconds at most), then removes the socket. Before the lock is released. */
  close(): Promise<void>
}

/**
 * Opens the socket through which the command line reaches this process. Only for the holder of the folder's lock: it
 * removes what a dead holder left behind. `run` gets what the client sent, unvalidated; what it returns goes back as
 * JSON. Its Failures reach the client; of any other error the client learns only `internal_error`, and `report` gets it.
 * Neither requests nor results may be logged: passwords and secrets pass here.
 *
 * One line of JSON each way and one request per connection: a request of at most 1 MiB, then
 * `{ ok: true, result }` or `{ ok: false, error: { code, message, errors? } }`.
 */
export async function serveCli(
  dataDir: string,
  run: (request: unknown) => Promise<unknown>,
  report: (error: unknown) => void,
): Promise<CliServer> {
  removeSocket(dataDir)
  const reading = new Set<Socket>()
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    void serveOne(socket, reading, run, report)
  })
  try {
    await listen(server, makeSocketPath(dataDir))
  } catch (error) {
    removeSocket(dataDir)
    throw error
  }
  return {
    async close() {
      const closed = new Promise((done) => server.close(done))
      for (const socket of reading) socket.destroy()
      const overdue = setTimeout(() => {
        for (const socket of open) socket.destroy()
      }, grace)
      await closed
      clearTimeout(overdue)
      removeSocket(dataDir)
    },
  }
}

/**
 * Sends `request` to the process that holds `dataDir` and returns its result, or null when no process listens there.
 * Throws the Failure that the command ended with, or `unavailable` when the answer did not arrive: the command may then
 * have taken effect. Throws `forbidden` when the socket is another user's.
 */
export async function callCli(
  dataDir: string,
  request: unknown,
  { timeout = 60_000 }: { timeout?: number } = {},
): Promise<{ result: unknown } | null> {
  const line = `${JSON.stringify(request)}\n`
  if (Buffer.byteLength(line) > maxRequest) throw tooLarge()
  const path = findSocket(dataDir)
  const socket = path === null ? null : await connect(path)
  if (!socket) return null
  // Without a listener a late EPIPE would end the process; the missing answer says it all.
  socket.on('error', () => {})
  socket.setTimeout(timeout, () => socket.destroy())
  socket.write(line)
  const answered = await readLine(socket)
  socket.destroy()
  if (answered === null) throw noAnswer()
  return readAnswer(answered)
}

/** Bytes, the newline included. */
const maxRequest = 1024 * 1024
/** Milliseconds a client may pause while it sends its request or takes its answer. */
const patience = 10_000
/** Milliseconds that `close` waits for commands under way. */
const grace = 5_000

async function listen(server: Server, path: string): Promise<void> {
  // The socket must never exist with wider permissions, not even until the chmod. `listen` binds before it returns, so
  // the mask, which is the whole process's, is back before anything else runs.
  const mask = process.umask(0o077)
  try {
    server.listen(path)
  } finally {
    process.umask(mask)
  }
  await once(server, 'listening')
  chmodSync(path, 0o600)
}

async function serveOne(
  socket: Socket,
  reading: Set<Socket>,
  run: (request: unknown) => Promise<unknown>,
  report: (error: unknown) => void,
): Promise<void> {
  // A client that went away is nobody's concern: what it asked for is done or refused all the same.
  socket.on('error', () => {})
  socket.setTimeout(patience, () => socket.destroy())
  reading.add(socket)
  try {
    const line = await readLine(socket, maxRequest).finally(() => reading.delete(socket))
    if (line === null) return void socket.destroy()
    socket.setTimeout(0)
    answer(socket, { ok: true, result: (await run(parseJson(line))) ?? null })
  } catch (error) {
    if (!isFailure(error)) report(error)
    answer(socket, { ok: false, error: isFailure(error) ? toldOf(error) : internalError })
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new Failure('invalid_request', 'The request is not JSON. Send one JSON document on one line.', { cause })
  }
}

function answer(socket: Socket, message: unknown): void {
  const line = `${JSON.stringify(message)}\n`
  socket.setTimeout(patience)
  // Ended and destroyed: a client that keeps its half open must not hold up the stop.
  socket.end(line, () => socket.destroy())
}

const toldOf = ({ code, message, errors }: Failure) => ({ code, message, errors })

const internalError = {
  code: 'internal_error',
  message: 'The server could not carry out the command. Its log says why.',
}

async function connect(path: string): Promise<Socket | null> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null
    throw error
  }
}

/** What comes before the first newline, or null when the connection ends without one. Throws beyond `limit` bytes. */
async function readLine(socket: Socket, limit = Number.POSITIVE_INFINITY): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // The answer is still to be written, so leaving the loop must not close the connection.
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const end = chunk.indexOf('\n')
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end))
      size += chunk.length
      if (size > limit) throw tooLarge()
      if (end >= 0) return Buffer.concat(chunks).toString('utf8')
    }
  } catch (error) {
    if (isFailure(error)) throw error
  }
  return null
}

const tooLarge = () => new Failure('payload_too_large', 'The command is larger than 1 MiB. Send less at once.')

const noAnswer = () =>
  new Failure(
    'unavailable',
    'The server did not answer. The command may have taken effect all the same: check before you repeat it.',
  )

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error: z.object({
      code: z.string(),
      message: z.string(),
      errors: z.record(z.string(), z.array(z.string())).optional(),
    }),
  }),
])

function readAnswer(line: string): { result: unknown } {
  const answer = answerSchema.parse(parseJson(line))
  if (answer.ok) return { result: answer.result }
  const { code, message, errors } = answer.error
  throw new Failure(isErrorCode(code) ? code : 'internal_error', message, { errors: errors as FieldErrors | undefined })
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(statusOf, code)
