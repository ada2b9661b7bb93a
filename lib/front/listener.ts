import 'server-only'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { limitKeyOf, normalizeAddress } from '@/lib/addresses'
import { bodyText, withContentType } from '@/lib/api/endpoint'
import { failed } from '@/lib/api/guard'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { cutHeaders } from './cut-headers'
import { headerValues } from './header-values'

/** How long a stopping listener still serves connections that are open, in ms: closing them at once resets some. */
const GRACE_MS = 1_000
/** After this a stopping listener no longer waits for what is in flight, in ms. */
const GIVE_UP_MS = 25_000
/** Connections that may wait to be taken in: those of a crowd past it would try again after 1, 3, 7, 15 seconds. */
const BACKLOG = 4_096

/** Requests that a client may have sent ahead on one connection. */
const MAX_PIPELINED = 32

export type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** A listener of ours, for the portal or the gate. */
export interface Listener {
  server: Server
  listen(port: number, host: string): Promise<void>
  /**
   * Stops without resetting anybody: takes no new connections, serves what the open ones still bring with
   * `Connection: close`, then waits for what is in flight.
   *
   * @param now without the grace, cutting what is open: for development, where a browser's socket would never end
   */
  stop(now?: boolean): Promise<void>
}

/** The latest request of a connection. */
interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** The answer to the one before it. */
  before: ServerResponse | undefined
  /** Requests of this connection that were not answered yet. */
  open: number
}

/** Whose connections are not counted by address, since a proxy carries everybody. */
interface Peers {
  trusted(address: string | null): boolean
}

const noneTrusted: Peers = { trusted: () => false }

/** An HTTP server with our bounds, whose parser's errors are problem documents too. */
export function createListener(respond: Respond, peers: Peers = noneTrusted): Listener {
  let stopping = false
  const exchanges = new WeakMap<Duplex, Exchange>()
  const handle: Respond = async (request, response) => {
    if (stopping) response.setHeader('Connection', 'close')
    response.on('error', ignore)
    cutHeaders(request)
    const { socket } = request
    const last = exchanges.get(socket)
    const before = last?.response
    const exchange = { request, response, before, open: (last?.open ?? 0) + 1 }
    exchanges.set(socket, exchange)
    response.once('close', () => {
      const latest = exchanges.get(socket)
      if (latest) latest.open--
    })
    // One at a time: of a client that does not read, one answer is kept.
    if (exchange.open > MAX_PIPELINED) return void socket.destroy()
    if (before && !before.closed) await answered(before)
    if (!socket.destroyed) await respond(request, response)
  }
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      connectionsCheckingInterval: 2_000,
      // Node would answer a missing Host itself, and bare; see `requireHost`.
      requireHostHeader: false,
    },
    (request, response) => void handle(request, response),
  )
  server.keepAliveTimeout = 65_000
  server.maxConnections = env().MAX_CONNECTIONS
  limitPerAddress(server, peers)
  server.setTimeout(env().STALLED_CONNECTION_MS)
  server.on('timeout', (socket) => {
    const { response } = exchanges.get(socket) ?? {}
    // A client that takes what is sent, and waits for more, may take its time; so may the work for it.
    if (!response || response.closed || socket.writableLength > 0) socket.destroy()
  })
  server.on('checkContinue', (request, response) => void handle(request, response))
  server.on('checkExpectation', (request, response) => void handle(request, response))
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    endRaw(socket, new Failure('not_implemented', 'This server is no proxy.'))
  })
  server.on('clientError', async (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    // What was asked before on this connection is answered first, or this would be taken for its answer.
    const last = exchanges.get(socket)
    await answered(last?.request.complete ? last.response : last?.before)
    if (socket.writable) endRaw(socket, parserFailure(error))
  })
  return {
    server,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port, host, backlog: BACKLOG }, resolve)
      }),
    async stop(now = false) {
      if (!server.listening) return
      const closed = new Promise((resolve) => server.once('close', resolve))
      // Who has connected while this process was busy is taken in first: the kernel would reset them.
      for (let turn = 0; turn < 2; turn++) await nextTurn()
      // Not `server.close()`, which also ends idle connections at once, while a request may be on its way over one.
      NetServer.prototype.close.call(server)
      // Only now: told to close their connections while new ones are still taken, clients would connect anew, and those
      // connections be reset with the queue they wait in.
      stopping = true
      if (now) server.closeAllConnections()
      else await sleep(GRACE_MS)
      // After what has arrived was read: a connection whose request waits to be read is not idle.
      const idle = setInterval(() => setImmediate(() => server.closeIdleConnections()), 100)
      await Promise.race([closed, sleep(GIVE_UP_MS)])
      clearInterval(idle)
    },
  }
}

const ignore = () => {}

/** Cuts connections of an address that has its share. Nothing is kept of an address without connections. */
function limitPerAddress(server: Server, peers: Peers): void {
  const open = new Map<string, number>()
  server.on('connection', (socket) => {
    const peer = normalizeAddress(socket.remoteAddress)
    if (peers.trusted(peer)) return
    const address = limitKeyOf(peer)
    const count = open.get(address) ?? 0
    if (count >= env().MAX_CONNECTIONS_PER_ADDRESS) return void socket.destroy()
    open.set(address, count + 1)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
}

/** Waits until an answer was sent, or can no longer be. */
const answered = (response: ServerResponse | undefined): Promise<void> =>
  new Promise((resolve) => (response && !response.closed ? response.once('close', resolve) : resolve()))

/** RFC 9112, 3.2: one Host, which is then never used. Throws `invalid_request`. */
export function requireHost(request: IncomingMessage): void {
  const { length } = headerValues(request, 'host')
  if (length === 1 || (request.httpVersion === '1.0' && length === 0)) return
  throw new Failure('invalid_request', 'Send one Host header.')
}

function parserFailure(error: NodeJS.ErrnoException & { rawPacket?: Buffer }): Failure {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    // The target counts as a header here; without a line break it is what was too long.
    return error.rawPacket?.includes('\n')
      ? new Failure('headers_too_large', 'The headers are larger than 16 KiB.')
      : new Failure('uri_too_long', 'The path and query are too long.')
  }
  if (error.code === 'HPE_INVALID_METHOD')
    return new Failure('not_implemented', 'This server does not know this method.')
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Failure('invalid_request', 'The request took too long to arrive.', { status: 408 })
  }
  return new Failure('invalid_request', 'This is not a well-formed HTTP request.')
}

/** Writes an answer where there is no ServerResponse to write it with, and ends the connection. */
function endRaw(socket: Duplex, failure: Failure): void {
  const answer = failed(failure, { method: 'GET', origin: { address: null, userAgent: null, requestId: randomUUID() } })
  const body = bodyText(answer) ?? ''
  const headers = { ...withContentType(answer), 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}
