import 'server-only'
import { z } from 'zod'
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiResponseObject,
} from 'zod-openapi'
import { env } from '@/lib/env'
import { type ErrorCode, Failure, statusOf } from '@/lib/errors'
import { once } from '@/lib/runtime'
import manifest from '@/package.json'
import { problem } from './answer'
import { details } from './examples'
import { operationList, type Route, type Taken, tags } from './operations'
import {
  appShape,
  callerShape,
  keyShape,
  newAppShape,
  newKeyShape,
  problemShape,
  thirdPartyShape,
  usageShape,
} from './shapes'

/** What the document says of the site that serves it. */
export interface Site {
  APP_URL: string
  KEY_BRAND: string
  API_KEY_HEADER: string
  API_BASIC_AUTH: boolean
  GATE_PORT?: number
}

export type OpenApiDocument = oas31.OpenAPIObject

/** The document of this process's site, and its text: made once. */
export const openApi = () =>
  once('openapi', () => {
    const document = openApiDocument(env())
    return { document, text: JSON.stringify(document) }
  })

/** The OpenAPI 3.1 document of `/api/v1` and the gate, made of `operations` and of the shapes that parse requests. */
export function openApiDocument(site: Site): OpenApiDocument {
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Latchkey API',
        version: manifest.version,
        description: introduction(site),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: `${site.APP_URL}/api/v1` }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      paths: pathsOf(site),
      components: {
        securitySchemes: securitySchemes(site),
        schemas: {
          Key: keyShape,
          NewKey: newKeyShape,
          ThirdParty: thirdPartyShape,
          App: appShape,
          NewApp: newAppShape,
          Usage: usageShape,
          Caller: callerShape,
          Problem: problemShape,
        },
        headers,
        responses: sharedResponses(),
      },
    },
    { override: simplify },
  )
  return rebranded(document, site.KEY_BRAND)
}

/** Takes out what zod says and nobody needs, and what would keep clients from taking a member that is added later. */
const simplify: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (jsonSchema.format) delete jsonSchema.pattern
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (io === 'output') delete jsonSchema.additionalProperties
}

/** The codes that an operation may answer: what follows from what it needs and takes, and what it names itself. */
export function codesOf({
  method,
  path,
  needs,
  body,
  query,
  inProject,
  idempotent,
  refusals = [],
}: Route): ErrorCode[] {
  const codes: ErrorCode[] = ['invalid_request', 'multiple_credentials', 'address_not_allowed']
  codes.push(...(needs === 'nothing' ? badCredentials : (['missing_credentials', ...badCredentials] as const)))
  if (needs !== 'any' && needs !== 'nothing') codes.push('insufficient_scope')
  if (method !== 'GET' && needs !== 'credentials:verify') codes.push('cross_site')
  if (path.includes('{') || inProject) codes.push('not_found')
  if (idempotent) codes.push('idempotency_conflict')
  if (body) codes.push('payload_too_large', 'unsupported_media_type')
  if (body || query || inProject || idempotent) codes.push('validation_failed')
  return [...new Set<ErrorCode>([...codes, ...refusals, 'rate_limited', 'internal_error', 'unavailable'])]
}

const badCredentials = [
  'malformed_credentials',
  'invalid_credentials',
  'revoked_credentials',
  'expired_credentials',
  'wrong_audience',
] as const

const introduction = ({ API_KEY_HEADER }: Site) =>
  [
    `Send a key as \`Authorization: Api-Key …\`, as \`Authorization: Bearer …\` or as \`${API_KEY_HEADER}: …\`, one of them and once. An access token of an OAuth app is sent in the same ways, by custom as Bearer. A credential in the query, in a cookie or in a body is not looked at.`,
    'A key belongs to one project, and what it may do is its scopes. Whatever takes a key takes an access token with the same scopes, unless it was issued for another API. It is for the project that its person chose when they allowed the app or, where the app acts for itself, for the app’s own. A signed-in person sends a session cookie instead, may do what their role allows, and names the project by `?project=` where one is needed.',
    'Bodies are JSON objects in UTF-8 of at most 64 KiB, and a member that is not known here is refused. Times are ISO 8601 in UTC. Every GET route also answers HEAD.',
    'What goes wrong is a problem document (RFC 9457) with a `code` that programs can rely on. Paths and methods that do not exist are 404 and 405 of the same kind; requests that are no good HTTP are 400, 414, 431 or 501.',
  ].join('\n\n')

function securitySchemes({ KEY_BRAND, API_KEY_HEADER, API_BASIC_AUTH }: Site) {
  const credential = `A key, \`${KEY_BRAND}_…\`, or an access token, \`${KEY_BRAND}a_…\`.`
  return {
    apiKey: {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: `\`Api-Key\` and a key, \`Api-Key ${KEY_BRAND}_…\`; an access token will do too.`,
    },
    bearer: { type: 'http', scheme: 'bearer', description: credential },
    customHeader: { type: 'apiKey', in: 'header', name: API_KEY_HEADER, description: credential },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: 'latchkey.session',
      description:
        'Who is signed in to the portal, for pages of this site: a change must come with its `Origin`. Over https the name is `__Host-latchkey.session`.',
    },
    ...(API_BASIC_AUTH && {
      basic: { type: 'http', scheme: 'basic', description: 'E-mail address and password, over https.' },
    }),
  } satisfies Record<string, oas31.SecuritySchemeObject>
}

const headers = {
  RequestId: z.string().meta({ description: 'The id of this request, made here. Quote it when you report a problem.' }),
  RateLimitPolicy: z.string().meta({
    description: 'The limit of the credential: `q` requests in `w` seconds.',
    example: '"default";q=600;w=60',
  }),
  RateLimit: z.string().meta({
    description: 'What is left of the limit: `r` requests, for `t` seconds.',
    example: '"default";r=599;t=60',
  }),
  RetryAfter: z.int().meta({ description: 'Seconds until it is worth trying again.' }),
  Challenge: z.string().meta({
    description: 'How to send a credential, and what was wrong with the one sent.',
    example: 'Api-Key realm="latchkey", Bearer realm="latchkey", error="invalid_token"',
  }),
}

const headerRef = (name: keyof typeof headers) => ({ $ref: `#/components/headers/${name}` as const })
const requestId = { 'X-Request-Id': headerRef('RequestId') }
const rateLimit = { 'RateLimit-Policy': headerRef('RateLimitPolicy'), RateLimit: headerRef('RateLimit') }

function pathsOf(site: Site) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of operationList) {
    paths[route.path] ??= route.tag === 'Gate' ? { servers: [gateServer(site)] } : {}
    Object.assign(paths[route.path] as object, { [route.method.toLowerCase()]: operationOf(route, site) })
  }
  return paths
}

const gateServer = ({ GATE_PORT = 3001 }: Site) => ({
  url: 'http://{host}:{port}',
  description: 'The gate',
  variables: { host: { default: '127.0.0.1' }, port: { default: String(GATE_PORT) } },
})

function operationOf(route: Route, site: Site): ZodOpenApiOperationObject {
  const { id, tag, summary, description, query, body, inProject, idempotent } = route
  const parameters = {
    ...(route.path.includes('{id}') && { path: z.object({ id: z.string().meta({ example: 'Kt5RwY3nHs8a' }) }) }),
    ...((query || inProject) && {
      query: z.object({ ...(query && toldMembers(query)), ...(inProject && { project: projectParameter }) }),
    }),
    ...(idempotent && { header: z.object({ 'Idempotency-Key': idempotencyParameter }) }),
  }
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: securityOf(route, site),
    ...(Object.keys(parameters).length > 0 && { requestParams: parameters }),
    ...(body && {
      requestBody: {
        required: !body.optional,
        content: { 'application/json': { schema: z.strictObject(toldMembers(body)), example: body.example } },
      },
    }),
    responses: {
      [route.answer.status]: answerOf(route),
      ...Object.fromEntries(
        [...byStatus(codesOf(route))].map(([status, codes]) => [status, refusalRef(status, codes)]),
      ),
    },
  }
}

/** One entry for each credential that will do. OpenAPI 3.1 has room for scopes beside every scheme, not only OAuth's. */
function securityOf({ needs, tag }: Route, site: Site): Record<string, string[]>[] {
  if (needs === 'nothing') return []
  const scopes: string[] = needs === 'any' ? [] : [needs]
  const people = [
    ...(site.API_BASIC_AUTH && needs !== 'credentials:verify' ? ['basic'] : []),
    ...(tag === 'Gate' ? [] : ['session']),
  ]
  return [
    ...['apiKey', 'bearer', 'customHeader'].map((scheme) => ({ [scheme]: scopes })),
    ...people.map((scheme) => ({ [scheme]: [] })),
  ]
}

const projectParameter = z.string().optional().meta({
  description: 'The slug of the project. Needed with a session; a key or token has its own.',
})

const idempotencyParameter = z
  .string()
  .regex(/^[!-~]{1,255}$/)
  .optional()
  .meta({
    description:
      'Makes it safe to repeat the request: within 24 hours it is done once. The same request again is 409 `idempotency_conflict` with the `keyId` and without the secret; another request with the same value is 422.',
  })

function toldMembers({ shape, told }: Taken): z.ZodRawShape {
  const members = Object.entries(shape.shape as Record<string, z.ZodType>)
  return Object.fromEntries(
    members.map(([name, member]) => {
      const about = told[name] ?? ''
      return [name, member.meta(typeof about === 'string' ? { description: about } : about)]
    }),
  )
}

function answerOf({ answer }: Route): ZodOpenApiResponseObject {
  const own = Object.entries(answer.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ])
  return {
    description: answer.description,
    headers: { ...requestId, ...rateLimit, ...Object.fromEntries(own) },
    ...(answer.status !== 204 && {
      content: {
        'application/json': {
          schema: answer.shape ?? { type: 'object' },
          ...(answer.example !== undefined && { example: answer.example }),
        },
      },
    }),
  }
}

function byStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const found = new Map<number, ErrorCode[]>()
  const add = (status: number, code: ErrorCode) => found.set(status, [...(found.get(status) ?? []), code])
  for (const code of codes) add(statusOf[code], code)
  // The one code with two: the same key for another request.
  if (codes.includes('idempotency_conflict')) add(422, 'idempotency_conflict')
  return new Map([...found].sort(([one], [other]) => one - other))
}

const statusWords: Record<number, string> = {
  400: 'The request is not what it should be',
  401: 'The credential is refused',
  403: 'The credential is good, and may not do this',
  404: 'There is no such thing, or it is not yours to see',
  409: 'It cannot be done as things are',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'A field or parameter is not right',
  429: 'Too many requests, or too many wrong credentials from this address',
  500: 'A mistake of ours',
  503: 'The database cannot be reached; whether a change was made is not known',
}

/** Refusals that are the same wherever they can happen, by name. */
const shared = {
  Unauthorized: ['missing_credentials', ...badCredentials],
  NotFound: ['not_found'],
  PayloadTooLarge: ['payload_too_large'],
  UnsupportedMediaType: ['unsupported_media_type'],
  RateLimited: ['rate_limited'],
  InternalError: ['internal_error'],
  Unavailable: ['unavailable'],
} as const satisfies Record<string, readonly [ErrorCode, ...ErrorCode[]]>

const sharedResponses = () =>
  Object.fromEntries(Object.entries(shared).map(([name, codes]) => [name, refusal(statusOf[codes[0]], codes)]))

function refusalRef(status: number, codes: readonly ErrorCode[]): ZodOpenApiResponseObject | oas31.ReferenceObject {
  const known = Object.entries(shared).find(([, own]) => String(own) === String(codes))
  return known ? { $ref: `#/components/responses/${known[0]}` } : refusal(status, codes)
}

function refusal(status: number, codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  return {
    description: `${statusWords[status]}: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
    headers: {
      ...requestId,
      ...(status === 401 && { 'WWW-Authenticate': headerRef('Challenge') }),
      ...(codes.includes('insufficient_scope') && { 'WWW-Authenticate': headerRef('Challenge') }),
      ...((status === 429 || status === 503) && { 'Retry-After': headerRef('RetryAfter') }),
    },
    content: {
      'application/problem+json': {
        schema: problemShape,
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, status) }])),
      },
    },
  }
}

/** As it really goes out: by the function that makes every problem document. */
function exampleOf(code: ErrorCode, status: number): unknown {
  const more = {
    status,
    ...(code === 'validation_failed' && { errors: { label: ['Label is required.'] } }),
    ...(code === 'idempotency_conflict' && status === 409 && { extra: { keyId: 'Kt5RwY3nHs8a' } }),
  }
  return problem(new Failure(code, details[code], more), '5f0c9d1e-6a0b-4a57-9d5c-6f2f0a3f8f11').body
}

/** Examples are written with the brand that is the default. */
const rebranded = (document: OpenApiDocument, brand: string): OpenApiDocument =>
  brand === 'lk' ? document : JSON.parse(JSON.stringify(document).replaceAll(/\blk([ars]?_)/g, `${brand}$1`))
