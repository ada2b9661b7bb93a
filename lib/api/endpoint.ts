import 'server-only'
import type { z } from 'zod'
import { env } from '@/lib/env'
import { Failure, isFailure, notFound } from '@/lib/errors'
import { fieldErrors } from '@/lib/input'
import { log } from '@/lib/log'
import { findProject } from '@/lib/projects/find'
import { requestOrigin } from '@/lib/request-context'
import { recordUse } from '@/lib/usage/record'
import { type Answer, problem, standingHeaders } from './answer'
import { authenticate, type Identity } from './authenticate'
import type { Policy } from './policy'
import { type Source, sourceOfRequest } from './source'

/** One request as a handler sees it: who calls, and with what. */
export interface Call extends Identity {
  /** The path's parameters, decoded. A path is only routed here when all of them are there. */
  params: { readonly [name: string]: string } & { readonly id: string }
  /** The query, parsed by `shape`. Throws `validation_failed`; parameters that the shape does not name are refused. */
  query<T>(shape: z.ZodType<T>): T
  /** The JSON body, parsed by `shape`. Throws `unsupported_media_type`, `invalid_request`, `validation_failed`. */
  json<T>(shape: z.ZodType<T>): Promise<T>
  /** As `json`, for routes whose body may be left out; then `shape` is given `{}`. */
  optionalJson<T>(shape: z.ZodType<T>): Promise<T>
  /** The id of the project this call is about: the key's own, or the one a session names by `?project={slug}`. */
  projectId(): Promise<string>
  header(name: string): string | undefined
}

export type Handler = (call: Call) => Promise<Answer>

/**
 * A guarded route, with two faces over one core: called as a function it is an App Router route handler; `serve` is
 * what the front server calls, without entering Next.
 */
export interface Endpoint {
  (request: Request, context: { params: Promise<Record<string, string>> }): Promise<Response>
  serve(source: Source, params: Record<string, string>): Promise<Answer>
}

/** Makes a route handler that runs `handler` only for callers who pass `policy`. */
export function endpoint(policy: Policy, handler: Handler): Endpoint {
  const serve = async (source: Source, params: Record<string, string>): Promise<Answer> => {
    try {
      const identity = await authenticate(source)
      if (identity.key) recordUse(identity.key.actor, `${source.method} ${source.path}`)
      const refusal = policy(identity)
      if (refusal) throw refusal
      refuseCrossSite(source, identity)
      const answer = await handler(makeCall(source, params, identity))
      return { ...answer, headers: { ...standingHeaders(source.origin.requestId), ...answer.headers } }
    } catch (error) {
      return failed(error, source.origin.requestId)
    }
  }
  return Object.assign(
    async (request: Request, context: { params: Promise<Record<string, string>> }) => {
      const answer = await serve(sourceOfRequest(request, requestOrigin()), await context.params)
      return new Response(bodyText(answer), { status: answer.status, headers: withContentType(answer) })
    },
    { serve },
  )
}

/** The problem answer to whatever was thrown; what is not a Failure is logged and told to the caller as a 500. */
export function failed(error: unknown, requestId: string): Answer {
  const failure = isFailure(error) ? error : unexpected(error, requestId)
  const answer = problem(failure, requestId)
  return { ...answer, headers: { ...standingHeaders(requestId), ...answer.headers } }
}

/** The answer's body as it goes over the wire; null for none. */
export const bodyText = (answer: Answer): string | null =>
  answer.body === undefined ? null : JSON.stringify(answer.body)

/** The answer's headers, with the type of its body. */
export const withContentType = (answer: Answer): Record<string, string> =>
  answer.body === undefined || answer.headers?.['Content-Type']
    ? { ...answer.headers }
    : { 'Content-Type': 'application/json; charset=utf-8', ...answer.headers }

function unexpected(error: unknown, requestId: string): Failure {
  if (isConnectionError(error)) {
    return new Failure('unavailable', 'The database cannot be reached. Try again in a moment.', { retryAfter: 1 })
  }
  log().error({ requestId, err: error }, 'request failed')
  return new Failure('internal_error', 'Something went wrong here. Quote the request id when you report it.')
}

const connectionCodes = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|CONNECT|CONNECTION_|57P0|53300|57014)/

function isConnectionError(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown }
  return (typeof code === 'string' && connectionCodes.test(code)) || (cause !== undefined && isConnectionError(cause))
}

/** A session cookie is sent along by foreign pages too, so a change made by it must say where it was asked for. */
function refuseCrossSite(source: Source, { actor }: Identity): void {
  if (actor.kind !== 'user' || source.method === 'GET' || source.method === 'HEAD') return
  const origin = source.header('origin')
  if (origin.length !== 1 || origin[0] !== env().APP_URL) {
    throw new Failure('cross_site', 'A change made by a session must come from a page of this site.')
  }
}

function makeCall(source: Source, params: Record<string, string>, identity: Identity): Call {
  const optionalJson = async <T>(shape: z.ZodType<T>) => {
    const bytes = await source.body()
    return parse(shape, bytes.byteLength === 0 ? {} : parseJson(source, bytes))
  }
  return {
    ...identity,
    params: params as Call['params'],
    query: (shape) => parse(shape, singleValues(source.query)),
    json: async (shape) => parse(shape, parseJson(source, await source.body())),
    optionalJson,
    projectId: () => projectOf(source, identity),
    header: (name) => source.header(name)[0],
  }
}

function parse<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw new Failure('validation_failed', 'Some fields are not right. See errors.', {
    errors: fieldErrors(result.error),
  })
}

function parseJson(source: Source, bytes: Uint8Array): unknown {
  if (!/^application\/json *(; *charset="?utf-8"?)? *$/i.test(source.header('content-type')[0] ?? '')) {
    throw new Failure('unsupported_media_type', 'Send the body as application/json in UTF-8.')
  }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new Failure('invalid_request', 'The body is not JSON in UTF-8.', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure('invalid_request', 'The body must be a JSON object.')
  }
  return value
}

function singleValues(query: URLSearchParams): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of query) {
    if (Object.hasOwn(values, name)) {
      throw new Failure('validation_failed', 'Send each parameter once.', { errors: { [name]: ['Is sent twice.'] } })
    }
    values[name] = value
  }
  delete values.project
  return values
}

async function projectOf(source: Source, { key, actor }: Identity): Promise<string> {
  const slug = source.query.get('project')
  if (key) {
    if (slug !== null && slug !== key.project.slug) throw notFound('project')
    return key.project.id
  }
  if (slug === null) {
    throw new Failure('validation_failed', 'A session belongs to no project. Say which by ?project={slug}.', {
      errors: { project: ['Is required with a session.'] },
    })
  }
  return (await findProject(actor, slug)).id
}
