import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from '@/lib/api/answer'
import { bodyText, withContentType } from '@/lib/api/endpoint'

/** How much of an unwanted body is read and dropped, in bytes and in ms, so that the client gets to see the answer. */
const SWALLOW_AT_MOST = 16 * 1024 * 1024
const SWALLOW_FOR_MS = 5_000

/** Sends an answer. A body that nobody read is swallowed up to a bound; past that the connection is cut. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const text = bodyText(answer)
  // Bytes from here on: text that is not Latin-1 would be gone through once to be measured and once to be sent.
  const bytes = text === null ? null : Buffer.from(text)
  const headers = withContentType(answer)
  if (bytes) headers['Content-Length'] = String(bytes.length)
  const unread = !request.complete && hasBody(request)
  if (unread) headers.Connection = 'close'
  response.writeHead(answer.status, headers)
  const body = request.method === 'HEAD' ? null : bytes
  if (!unread) return void response.end(body ?? undefined)
  if (body === null) response.flushHeaders()
  else response.write(body)
  swallow(request, () => response.end())
}

/** True when the request announces a body; a request without one is only `complete` an instant after its headers. */
const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Reads the rest of a body that is not wanted, then calls `end`. Ended any sooner, the connection would be reset under
 * a client that still sends, which then never sees the answer.
 */
function swallow(request: IncomingMessage, end: () => void): void {
  let size = 0
  const done = () => {
    clearTimeout(timer)
    end()
  }
  const timer = setTimeout(done, SWALLOW_FOR_MS)
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > SWALLOW_AT_MOST) done()
  })
  request.on('error', () => {})
  request.once('end', done).once('close', done)
  request.resume()
}
