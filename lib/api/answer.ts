import 'server-only'
import { env } from '@/lib/env'
import type { ErrorCode, Failure } from '@/lib/errors'
import type { Quota } from '@/lib/rate-limit'

/** What a route handler returns and both faces send: status, headers of its own, and a JSON value (or nothing). */
export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
  /** A body that is not JSON, in place of `body`; then `headers` name its type. */
  text?: string
}

export const JSON_TYPE = 'application/json; charset=utf-8'

/** 200, or `status`, with a JSON body. */
export const json = (body: unknown, status = 200, headers?: Record<string, string>): Answer => ({
  status,
  headers,
  body,
})

/** 204. */
export const noContent = (): Answer => ({ status: 204 })

const titles: Record<ErrorCode, string> = {
  invalid_request: 'Invalid request',
  multiple_credentials: 'More than one credential',
  missing_credentials: 'Credential missing',
  malformed_credentials: 'Malformed credential',
  invalid_credentials: 'Invalid credential',
  revoked_credentials: 'Revoked credential',
  expired_credentials: 'Expired credential',
  wrong_audience: 'Credential for another API',
  insufficient_scope: 'Insufficient scope',
  forbidden: 'Forbidden',
  cross_site: 'Cross-site request',
  reauthentication_required: 'Sign-in too old',
  address_not_allowed: 'Address not allowed',
  not_found: 'Not found',
  method_not_allowed: 'Method not allowed',
  conflict: 'Conflict',
  idempotency_conflict: 'Idempotency key already used',
  payload_too_large: 'Payload too large',
  uri_too_long: 'URI too long',
  unsupported_media_type: 'Unsupported media type',
  validation_failed: 'Validation failed',
  rate_limited: 'Rate limited',
  headers_too_large: 'Headers too large',
  internal_error: 'Internal error',
  not_implemented: 'Not implemented',
  unavailable: 'Unavailable',
}

/** The problem document (RFC 9457) of a failure, with the challenge that its status demands (RFC 9110, 6750, 9728). */
export function problem(failure: Failure, requestId: string): Answer {
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json; charset=utf-8' }
  if (failure.status === 401 || failure.code === 'insufficient_scope') headers['WWW-Authenticate'] = challenge(failure)
  if (failure.retryAfter !== undefined) headers['Retry-After'] = String(failure.retryAfter)
  return {
    status: failure.status,
    headers,
    body: {
      type: `urn:latchkey:problem:${failure.code}`,
      title: titles[failure.code],
      status: failure.status,
      detail: failure.message,
      code: failure.code,
      requestId,
      ...(failure.errors && { errors: failure.errors }),
      ...failure.extra,
    },
  }
}

/** draft-ietf-httpapi-ratelimit-headers-10: the quota and its window, and what is left of it for how many seconds. */
export function addRateLimit(headers: Record<string, string>, { limit, remaining, window, resetsIn }: Quota): void {
  headers['RateLimit-Policy'] = `"default";q=${limit};w=${window}`
  headers.RateLimit = `"default";r=${remaining};t=${resetsIn}`
}

function challenge(failure: Failure): string {
  const realm = 'realm="latchkey"'
  const metadata = `resource_metadata="${env().APP_URL}/.well-known/oauth-protected-resource/api/v1"`
  if (failure.code === 'missing_credentials') return `Api-Key ${realm}, Bearer ${realm}, ${metadata}`
  const error = failure.code === 'insufficient_scope' ? 'insufficient_scope' : 'invalid_token'
  const scope = failure.scope ? `, scope="${failure.scope}"` : ''
  return `Api-Key ${realm}${scope}, Bearer ${realm}, error="${error}"${scope}, ${metadata}`
}

/** Headers that every answer of `/api/v1` carries. */
export const standingHeaders = (requestId: string): Record<string, string> => ({
  'X-Request-Id': requestId,
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
})
