/** HTTP status of each error code that a verb may throw or an edge may answer (the contract's table). */
export const statusOf = {
  invalid_request: 400,
  multiple_credentials: 400,
  missing_credentials: 401,
  malformed_credentials: 401,
  invalid_credentials: 401,
  revoked_credentials: 401,
  expired_credentials: 401,
  wrong_audience: 401,
  insufficient_scope: 403,
  forbidden: 403,
  cross_site: 403,
  reauthentication_required: 403,
  address_not_allowed: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_conflict: 409,
  payload_too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  validation_failed: 422,
  rate_limited: 429,
  headers_too_large: 431,
  internal_error: 500,
  not_implemented: 501,
  unavailable: 503,
} as const

export type ErrorCode = keyof typeof statusOf

/** Field name → what is wrong with it, in sentences a person can act on. */
export type FieldErrors = Record<string, string[]>

/** A key's secret that was right. */
export interface KeySubject {
  secretId: string
  keyId: string
  projectId: string
}

interface Details {
  /** Field errors of a 422. */
  errors?: FieldErrors
  /** Overrides the code's usual status, where the contract gives one code two. */
  status?: number
  /** Seconds until it is worth trying again. */
  retryAfter?: number
  /** Further members of the problem document (RFC 9457 extension members). */
  extra?: Record<string, unknown>
  /** The scope that was missing. */
  scope?: string
  /** The limit that was reached, for the `RateLimit` header. */
  quota?: { limit: number; remaining: number; window: number; resetsIn: number }
  /** The project in which somebody was refused, for its history. Never answered. */
  projectId?: string
  /** The secret that was right and yet refused, so that the refusal shows in its key's usage. Never answered. */
  subject?: KeySubject
  /** Whether no act can make the refused credential good again. Never answered. */
  final?: boolean
  cause?: unknown
}

const brand = Symbol.for('latchkey.failure')

/** What verbs throw. Edges translate it once: `/api/v1` into a problem document, actions into a form error. */
export class Failure extends Error {
  readonly [brand] = true
  readonly status: number
  readonly errors?: FieldErrors
  readonly retryAfter?: number
  readonly extra?: Record<string, unknown>
  readonly scope?: string
  readonly quota?: Details['quota']
  readonly projectId?: string
  readonly subject?: Details['subject']
  readonly final: boolean

  /** `message` is shown to the caller: what is wrong, then what to do. */
  constructor(
    readonly code: ErrorCode,
    message: string,
    details: Details = {},
  ) {
    super(message, { cause: details.cause })
    this.name = 'Failure'
    this.status = details.status ?? statusOf[code]
    this.errors = details.errors
    this.retryAfter = details.retryAfter
    this.extra = details.extra
    this.scope = details.scope
    this.quota = details.quota
    this.projectId = details.projectId
    this.subject = details.subject
    this.final = details.final ?? false
  }
}

/** True for a Failure of any bundle: the process holds several copies of this class, so `instanceof` would lie. */
export function isFailure(error: unknown): error is Failure {
  return typeof error === 'object' && error !== null && brand in error
}

/** The one answer for ids that do not exist and ids that belong to somebody else. */
export const notFound = (what: string) =>
  new Failure('not_found', `There is no such ${what}, or it is not yours to see.`)

/** The one answer for credentials that do not exist and secrets that are wrong: they must not differ by a letter. */
export const invalidCredential = () =>
  new Failure(
    'invalid_credentials',
    'The credential is not valid. Ask for another one; sending it again changes nothing.',
  )

/** A 422 naming one field. */
export const invalidField = (field: string, message: string) =>
  new Failure('validation_failed', message, { errors: { [field]: [message] } })
