import 'server-only'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Origin } from '@/lib/actor'
import { bodyText, failed, withContentType } from '@/lib/api/endpoint'
import { MAX_BODY, tooLarge } from '@/lib/api/source'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { withOrigin } from '@/lib/request-context'
import { send } from './answers'
import { API_PREFIX, answerApi } from './api'
import { clientAddress } from './client-address'
import { preparePage } from './pages'
import type { RouteTable } from './route-table'

interface Front {
  /** Read on every request: development swaps it when a route module changes. */
  routes(): RouteTable
  /** Next, for everything that is not `/api/v1`. */
  pages: RequestListener
  dev: boolean
  /** True while the server stops: every answer then asks the client to close. */
  stopping(): boolean
}

/** The portal's HTTP server: `/api/v1` answered here, everything else handed to Next. See docs/architecture.md. */
export function createFront(front: Front): Server {
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 60_000, connectionsCheckingInterval: 2_000 },
    (request, response) => void handle(front, request, response),
  )
  server.keepAliveTimeout = 65_000
  server.on('checkContinue', (request, response) => void handle(front, request, response))
  server.on('checkExpectation', (request, response) => void handle(front, request, response))
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    endRaw(socket, new Failure('not_implemented', 'This server is no proxy.'))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else endRaw(socket, parserFailure(error))
  })
  return server
}

async function handle(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const origin: Origin = {
    address: clientAddress(request, env().TRUST_PROXY),
    userAgent: request.headers['user-agent'] ?? null,
    requestId: randomUUID(),
  }
  if (front.stopping()) response.setHeader('Connection', 'close')
  response.on('error', () => {})
  try {
    const url = splitTarget(request.url ?? '/')
    if (url.path === API_PREFIX || url.path.startsWith(`${API_PREFIX}/`)) {
      send(request, response, await answerApi(request, response, url, origin, front.routes()))
    } else {
      checkPageRequest(request, response)
      preparePage(request, response, origin, front.dev)
      withOrigin(origin, () => front.pages(request, response))
    }
  } catch (error) {
    send(request, response, failed(error, origin.requestId))
  }
}

/** Path and query of a request target (RFC 9112, 3.2). The path stays encoded, but must be decodable. */
function splitTarget(target: string): { path: string; query: string } {
  const absolute = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)
  const relative = absolute ? absolute[1] || '/' : target
  if (!relative.startsWith('/')) throw new Failure('invalid_request', 'The request target is not a path.')
  const mark = relative.indexOf('?')
  const path = mark < 0 ? relative : relative.slice(0, mark)
  if (path.includes('%') || path.includes('\\')) checkEncoding(path)
  return { path, query: mark < 0 ? '' : relative.slice(mark + 1) }
}

function checkEncoding(path: string): void {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch (cause) {
    throw new Failure('invalid_request', 'The path has a percent sign that encodes nothing in UTF-8.', { cause })
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(decoded)) {
    throw new Failure('invalid_request', 'The path holds a character that no path of this site has.')
  }
}

/** Refuses what Next would answer with a 500: methods it does not know, bodies past the limit or of unknown length. */
function checkPageRequest(request: IncomingMessage, response: ServerResponse): void {
  if (!['GET', 'HEAD', 'POST'].includes(request.method ?? '')) {
    response.setHeader('Allow', 'GET, HEAD, POST')
    throw new Failure('method_not_allowed', 'Pages answer GET, HEAD and POST.')
  }
  if (request.method === 'POST') checkOrigin(request)
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge()
  if (request.headers['transfer-encoding'] !== undefined) {
    throw new Failure('invalid_request', 'State the length of the body in Content-Length.', { status: 411 })
  }
  if (request.headers.expect !== undefined) response.writeContinue()
}

/**
 * Whatever is posted to a page must come from a page of this site. Next compares hosts only, lets a missing Origin pass
 * and answers a malformed one with a 500. next-auth's own routes ask for their token besides, so a client without pages
 * may use them.
 */
function checkOrigin({ headers: { origin }, url }: IncomingMessage): void {
  if (origin === env().APP_URL || (origin === undefined && url?.startsWith('/api/auth/'))) return
  throw new Failure(
    'cross_site',
    'This can only be sent by a page of this site. Open the page again and repeat it there.',
  )
}

function parserFailure(error: NodeJS.ErrnoException): Failure {
  if (error.code === 'HPE_HEADER_OVERFLOW')
    return new Failure('headers_too_large', 'The headers are larger than 16 KiB.')
  if (error.code === 'HPE_INVALID_METHOD')
    return new Failure('not_implemented', 'This server does not know this method.')
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Failure('invalid_request', 'The request took too long to arrive.', { status: 408 })
  }
  return new Failure('invalid_request', 'This is not a well-formed HTTP request.')
}

/** Writes an answer where there is no ServerResponse to write it with, and ends the connection. */
function endRaw(socket: Duplex, failure: Failure): void {
  const answer = failed(failure, randomUUID())
  const body = bodyText(answer) ?? ''
  const headers = { ...withContentType(answer), 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const reason = failure.status === 431 ? 'Request Header Fields Too Large' : 'Error'
  socket.end(`HTTP/1.1 ${failure.status} ${reason}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}
