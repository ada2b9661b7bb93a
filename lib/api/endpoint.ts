import 'server-only'
import type { z } from 'zod'
import { limitKeyOf } from '@/lib/addresses'
import { Failure, notFound } from '@/lib/errors'
import { findProject } from '@/lib/projects/find'
import { takeAttempt } from '@/lib/rate-limit'
import { requestOrigin } from '@/lib/request-context'
import { type Answer, JSON_TYPE } from './answer'
import { type Identity, sendsCredential } from './authenticate'
import { readJson, readOptionalJson, readQuery } from './body'
import { guarded, unguarded } from './guard'
import { anyone, type Policy } from './policy'
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
  /** Whether the query names `parameter`. */
  names(parameter: string): boolean
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
  /** What it was made of, for the test that holds the document against the routes. */
  policy: Policy
  handler: Handler
}

/** Makes a route handler that runs `handler` only for callers who pass `policy`. */
export const endpoint = (policy: Policy, handler: Handler): Endpoint =>
  withFaces(policy, handler, (source, params) =>
    guarded(source, policy, (identity) => handler(makeCall(source, params, identity))),
  )

/**
 * Makes a route handler that needs nothing. A key that is sent all the same is judged as everywhere; a session's cookie
 * is not looked at: browsers send it unasked, and an old one must not stand in the way of what is open to all.
 */
export const publicEndpoint = (handler: () => Promise<Answer>): Endpoint =>
  withFaces(anyone, handler, (source) => {
    const cookieless: Source = { ...source, header: (name) => (name === 'cookie' ? [] : source.header(name)) }
    if (sendsCredential(cookieless)) return guarded(cookieless, anyone, handler)
    return unguarded(cookieless, async () => {
      await takeAttempt('documentsPerAddress', limitKeyOf(source.origin.address))
      return handler()
    })
  })

function withFaces(policy: Policy, handler: Handler, serve: Endpoint['serve']): Endpoint {
  return Object.assign(
    async (request: Request, context: { params: Promise<Record<string, string>> }) => {
      // Next gives no params at all to a path that has none.
      const params = (await context.params) ?? {}
      const answer = await serve(sourceOfRequest(request, requestOrigin()), params)
      return new Response(bodyText(answer), { status: answer.status, headers: withContentType(answer) })
    },
    { serve, policy, handler },
  )
}

/** The answer's body as it goes over the wire; null for none. */
export const bodyText = (answer: Answer): string | null =>
  answer.text ?? (answer.body === undefined ? null : JSON.stringify(answer.body))

/** The answer's headers, with the type of its body; the guard has put it there already. */
export const withContentType = ({ body, headers = {} }: Answer): Record<string, string> =>
  body === undefined || headers['Content-Type'] ? headers : { 'Content-Type': JSON_TYPE, ...headers }

function makeCall(source: Source, params: Record<string, string>, identity: Identity): Call {
  refuseNul(source, params)
  const { key, token, basic, session, actor } = identity
  return {
    key,
    token,
    basic,
    session,
    actor,
    params: params as Call['params'],
    query: (shape) => readQuery(source, shape),
    json: (shape) => readJson(source, shape),
    optionalJson: (shape) => readOptionalJson(source, shape),
    projectId: () => projectOf(source, identity),
    names: (parameter) => source.query.has(parameter),
    header: (name) => source.header(name)[0],
  }
}

/** Text with a NUL cannot even be asked for: to the database it is an error, and would look like one of ours. */
function refuseNul({ query }: Source, params: Record<string, string>): void {
  const hasNul = (text: string) => text.includes('\0')
  if (Object.values(params).some(hasNul) || (query.size > 0 && [...query.values()].some(hasNul))) {
    throw new Failure('invalid_request', 'The path or the query holds a NUL character.')
  }
}

async function projectOf(source: Source, { key, token, actor }: Identity): Promise<string> {
  const slug = source.query.get('project')
  const speaks = key ?? token
  if (speaks) {
    const { project } = speaks
    if (!project)
      throw new Failure('forbidden', 'This token is about no project. Ask again for a scope that needs one.')
    if (slug !== null && slug !== project.slug) throw notFound('project')
    return project.id
  }
  if (slug === null) {
    throw new Failure('validation_failed', 'A session belongs to no project. Say which by ?project={slug}.', {
      errors: { project: ['Is required with a session.'] },
    })
  }
  return (await findProject(actor, slug)).id
}
