import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Origin } from '@/lib/actor'
import type { Answer } from '@/lib/api/answer'
import { failed } from '@/lib/api/guard'
import { MAX_BODY, type Source, tooLarge } from '@/lib/api/source'
import type { Awaitable } from '@/lib/awaitable'
import { Failure } from '@/lib/errors'
import { headerValues } from './header-values'
import type { RouteTable } from './route-table'

export const API_PREFIX = '/api/v1'

export const NO_QUERY = new URLSearchParams()

/** Answers a request under `/api/v1` by calling its route module directly, without entering Next. */
export function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  url: { path: string; query: string },
  origin: Origin,
  table: RouteTable,
): Awaitable<Answer> {
  const route = table.match(url.path.slice(API_PREFIX.length))
  const method = request.method ?? 'GET'
  if (!route) return failed(new Failure('not_found', 'There is nothing at this path.'), { method, origin })
  const endpoint = route.endpoints.get(method)
  if (!endpoint) {
    const answer = failed(new Failure('method_not_allowed', `This path answers ${route.allow}.`), { method, origin })
    return { ...answer, headers: { ...answer.headers, Allow: route.allow } }
  }
  return endpoint.serve(
    sourceOf(request, response, `${method} ${API_PREFIX}${route.pattern}`, url.query, origin),
    route.params,
  )
}

function sourceOf(
  request: IncomingMessage,
  response: ServerResponse,
  route: string,
  query: string,
  origin: Origin,
): Source {
  return {
    method: request.method ?? 'GET',
    route,
    query: query === '' ? NO_QUERY : new URLSearchParams(query),
    origin,
    header: (name) => headerValues(request, name),
    body: () => readBody(request, response),
  }
}

export async function readBody(request: IncomingMessage, response: ServerResponse): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge()
  if (request.headers.expect !== undefined) response.writeContinue()
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY) reject(tooLarge())
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    // The client went away in the middle: nobody is left to answer.
    request.on('error', (cause) => reject(new Failure('invalid_request', 'The body was cut off.', { cause })))
  })
}
