import 'server-only'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Origin } from '@/lib/actor'
import { standingHeaders } from '@/lib/api/answer'
import { failed } from '@/lib/api/guard'
import { MAX_BODY, tooLarge } from '@/lib/api/source'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { answerOauth, isOauthPath } from '@/lib/oauth/server'
import { withOrigin } from '@/lib/request-context'
import { admitPage, refusedPage } from './admission'
import { send } from './answers'
import { API_PREFIX, answerApi } from './api'
import { clientAddress } from './client-address'
import { createListener, type Listener, requireHost } from './listener'
import { isConsent, preparePage, stateHost, stateHttps } from './pages'
import type { RouteTable } from './route-table'

/** Longest path and query, in characters. */
const MAX_TARGET = 8_192

interface Front {
  /** Read on every request: development swaps it when a route module changes. */
  routes(): RouteTable
  /** Next, for whatever is neither `/api/v1` nor OAuth's. */
  pages: RequestListener
  dev: boolean
}

/** The portal's listener: `/api/v1` and OAuth answered here, everything else handed to Next. See docs/architecture.md. */
export const createFront = (front: Front): Listener =>
  createListener((request, response) => handle(front, request, response), {
    // A proxy carries everybody.
    trusted: () => env().TRUST_PROXY > 0,
  })

async function handle(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const origin: Origin = {
    address: clientAddress(request, env().TRUST_PROXY),
    userAgent: request.headers['user-agent'] ?? null,
    requestId: randomUUID(),
  }
  try {
    requireHost(request)
    const url = splitTarget(request.url ?? '/')
    if (url.path === API_PREFIX || url.path.startsWith(`${API_PREFIX}/`)) {
      send(request, response, await answerApi(request, response, url, origin, front.routes()))
    } else if (isOauthPath(url.path)) {
      stateHost(request)
      for (const [name, value] of Object.entries(standingHeaders(origin.requestId))) response.setHeader(name, value)
      stateHttps(response)
      if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge()
      await answerOauth(request, response, url.path, origin)
    } else {
      checkPageRequest(request, response)
      // Development compiles pages on demand, and a page there is a hundred files.
      if (!front.dev && !(await admitOr(request, response, url.path, origin))) return
      preparePage(request, response, origin, front.dev)
      withOrigin(origin, () => front.pages(request, response))
    }
  } catch (error) {
    send(request, response, failed(error, { method: request.method ?? 'GET', origin }))
  }
}

/** True when the request may enter Next; false when it was refused, or its client has left. */
async function admitOr(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  origin: Origin,
): Promise<boolean> {
  try {
    return await admitPage(request, response, path, origin)
  } catch (error) {
    const refusal = refusedPage(error, request, origin.requestId)
    if (!refusal) throw error
    stateHttps(response)
    send(request, response, refusal)
    return false
  }
}

/** Path and query of a request target (RFC 9112, 3.2). The path stays encoded, but must be decodable. */
function splitTarget(target: string): { path: string; query: string } {
  const absolute = target.startsWith('/') ? null : /^https?:\/\/[^/?#]*(.*)$/i.exec(target)
  const relative = absolute ? absolute[1] || '/' : target
  if (relative.length > MAX_TARGET) throw new Failure('uri_too_long', 'The path and query are too long.')
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
function checkOrigin({ headers, url = '' }: IncomingMessage): void {
  const { origin } = headers
  if (origin === env().APP_URL || (origin === undefined && url.startsWith('/api/auth/'))) return
  // A page that sends no referrer has its Origin blanked too (Fetch, 3.2); the browser then says the same in other words.
  if (origin === 'null' && headers['sec-fetch-site'] === 'same-origin' && isConsent(url)) return
  throw new Failure(
    'cross_site',
    'This can only be sent by a page of this site. Open the page again and repeat it there.',
  )
}
