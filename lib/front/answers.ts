import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from '@/lib/api/answer'
import { bodyText, withContentType } from '@/lib/api/endpoint'

/** Bytes of an unwanted body that are read and dropped, so that the client gets to see the answer to it. */
const SWALLOW_AT_MOST = 1024 * 1024

/** Sends an answer. A body that nobody read is swallowed up to a bound; past that the connection is cut. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const text = bodyText(answer)
  const headers = withContentType(answer)
  if (text !== null) headers['Content-Length'] = String(Buffer.byteLength(text))
  if (!request.complete && hasBody(request)) {
    headers.Connection = 'close'
    swallow(request)
  }
  response.writeHead(answer.status, headers)
  response.end(request.method === 'HEAD' || text === null ? undefined : text)
}

/** True when the request announces a body; a request without one is only `complete` an instant after its headers. */
const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Without this, Node resets the connection while the client still sends, and the client never sees why. */
function swallow(request: IncomingMessage): void {
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > SWALLOW_AT_MOST) request.socket.destroy()
  })
  request.on('error', () => {})
  request.resume()
}
