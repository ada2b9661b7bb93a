import type { Origin } from '@/lib/actor'
import { Failure } from '@/lib/errors'
import type { Audience } from '@/lib/oauth/audience'

/** Largest body that `/api/v1` and the portal's actions take, in bytes. */
export const MAX_BODY = 64 * 1024

/** What an endpoint needs of a request. The front makes one over `IncomingMessage`, the Next face over `Request`. */
export interface Source {
  method: string
  /** The method and the pattern of the route, such as `GET /api/v1/keys/[id]`. */
  route: string
  query: URLSearchParams
  origin: Origin
  /** The API that the request is for (RFC 8707), if the gateway named one. */
  audience?: Audience
  /** Every value that was sent for a header, each as it came; empty when there is none. `name` is lower-case. */
  header(name: string): readonly string[]
  /** The whole body. Throws `payload_too_large` past MAX_BODY. */
  body(): Promise<Uint8Array>
}

export const tooLarge = () =>
  new Failure('payload_too_large', `The body is larger than ${MAX_BODY / 1024} KiB. Send less at once.`)

/** A source over a web Request, for when the route module is entered through Next. */
export function sourceOfRequest(request: Request, origin: Origin): Source {
  const url = new URL(request.url)
  return {
    method: request.method,
    route: `${request.method} ${url.pathname}`,
    query: url.searchParams,
    origin: { ...origin, userAgent: request.headers.get('user-agent') },
    header: (name) => {
      const value = request.headers.get(name)
      return value === null ? [] : [value]
    },
    body: () => readWebBody(request),
  }
}

async function readWebBody(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    size += part.value.byteLength
    if (size > MAX_BODY) throw tooLarge()
    chunks.push(part.value)
  }
  return Buffer.concat(chunks)
}
