import 'server-only'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Origin } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import type { Answer } from '@/lib/api/answer'
import { env } from '@/lib/env'
import { type Failure, isFailure } from '@/lib/errors'
import { takeAttempt } from '@/lib/rate-limit'
import { once } from '@/lib/runtime'
import { sessionCookies, sessionIdOf } from '@/lib/session'
import { staticPage, staticPagePolicy } from '@/lib/static-page'
import { headerValues } from './header-values'
import { WaitingRoom } from './waiting-room'

/** How long an answer that has begun keeps its place, in ms: an export, or a client that reads slowly, gives it back. */
const KEPT_FOR_MS = 1_000

/** Files that Next reads from disk and never renders. A path with dots in it could lead elsewhere. */
const asset = /^\/_next\/static\/(?!.*(\.\.|%|\/\/))[\w./~@()[\]-]+$|^\/(favicon\.ico|icon\.svg|robots\.txt)$/

/**
 * Counts a request for a page and waits for a place inside Next; the place is given back by itself. Static files are
 * only counted. The body has been read by then, so that no client holds a place by sending slowly.
 *
 * @returns false when the client has left
 * @throws Failure `rate_limited`, or `unavailable` when too many pages are being loaded
 */
export async function admitPage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  origin: Origin,
): Promise<boolean> {
  const address = limitKeyOf(origin.address)
  if (asset.test(path)) {
    await takeAttempt('assetsPerAddress', address)
    return true
  }
  const session = await sessionOf(request)
  await (session ? takeAttempt('pagesPerSession', session) : takeAttempt('pagesPerAddress', address))
  await bodyArrived(request)
  const gone = new AbortController()
  const left = () => gone.abort()
  response.once('close', left)
  if (response.destroyed || request.socket.destroyed) return false
  const leave = await pagesInside().enter(session ?? address, gone.signal)
  response.off('close', left)
  if (!leave) return false
  response.once('close', leave)
  leaveSoonAfterHeaders(response, leave)
  return true
}

const pagesInside = () =>
  once('pages-inside', () => {
    const { PAGES_AT_ONCE: inside, PAGES_WAITING: waiting, PAGE_WAIT_MS: waitMs } = env()
    return new WaitingRoom({ inside, waiting, waitMs })
  })

/** The session that the cookie names, by its signature alone: a forged cookie is none, and no database is asked. */
async function sessionOf(request: IncomingMessage): Promise<string | null> {
  const [cookie, second] = sessionCookies(headerValues(request, 'cookie'))
  return cookie === undefined || second !== undefined ? null : sessionIdOf(cookie)
}

function leaveSoonAfterHeaders(response: ServerResponse, leave: () => void): void {
  const writeHead = response.writeHead
  // Next writes heads through this method, also those that Node makes by itself.
  response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    response.writeHead = writeHead
    const timer = setTimeout(leave, KEPT_FOR_MS)
    response.once('close', () => clearTimeout(timer))
    return Reflect.apply(writeHead, this, args)
  } as typeof response.writeHead
}

/** Waits until all of a body of known length is there, and leaves it to be read. A cut-off one is the reader's to find. */
async function bodyArrived(request: IncomingMessage): Promise<void> {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length === 0) return
  const chunks: Buffer[] = []
  let size = 0
  await new Promise<void>((resolve) => {
    const read = () => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
        chunks.push(chunk)
        size += chunk.length
        if (size < length) continue
        // In the same turn: the stream must not find itself read to its end.
        request.unshift(Buffer.concat(chunks))
        // Node's word for a stream that was read; route handlers of Next refuse one. All of this one is there again.
        Object.assign(request, { [Symbol.for('nodejs.stream.disturbed')]: false })
        return done()
      }
    }
    const done = () => {
      request.off('readable', read).off('close', done)
      resolve()
    }
    request.on('readable', read).once('close', done)
  })
  // The stream notes in a later turn that nobody waits for `readable` any more.
  await new Promise(setImmediate)
}

/** A refusal of the bounds as people can read it: a page for browsers, else text. Null for any other error. */
export function refusedPage(error: unknown, request: IncomingMessage, requestId: string): Answer | null {
  if (!isFailure(error) || !(error.status === 429 || error.status === 503)) return null
  const headers: Record<string, string> = {
    'X-Request-Id': requestId,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(error.retryAfter !== undefined && { 'Retry-After': String(error.retryAfter) }),
  }
  if (!/\btext\/html\b/.test(request.headers.accept ?? '')) {
    return { status: error.status, headers: { ...headers, 'Content-Type': 'text/plain' }, text: `${error.message}\n` }
  }
  return {
    status: error.status,
    headers: {
      ...headers,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': staticPagePolicy,
    },
    text: staticPage(titleOf(error), `<p>${error.message}</p>`),
  }
}

const titleOf = ({ status }: Failure) => (status === 429 ? 'Too many requests' : 'This site is busy')
