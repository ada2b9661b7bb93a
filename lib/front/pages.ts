import 'server-only'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Origin } from '@/lib/actor'
import { env } from '@/lib/env'
import { pathHeader } from '@/lib/request-context'

/** Headers by which a client could speak to Next's inside, or pretend to be a proxy. */
const droppedHeaders = /^(x-forwarded-|x-middleware-|x-invoke-|x-real-ip$|forwarded$|content-security-policy)/

/**
 * Readies a request for Next: removes what a client must not say, states the public host, and makes the nonce of the
 * page's content security policy. Next takes the nonce from the *request* header; the answer's is for the browser.
 */
export function preparePage(request: IncomingMessage, response: ServerResponse, origin: Origin, dev: boolean): void {
  stateHost(request)
  request.headers[pathHeader] = request.url ?? '/'
  const policy = isLogo(request.url ?? '')
    ? "default-src 'none'; frame-ancestors 'none'"
    : contentSecurityPolicy(randomBytes(16).toString('base64'), dev, isConsent(request.url ?? ''))
  request.headers['content-security-policy'] = policy
  for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value)
  response.setHeader('Content-Security-Policy', policy)
  if (isConsent(request.url ?? '') && sendsFetchMetadata()) response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('X-Request-Id', origin.requestId)
  stateHttps(response)
}

/** Removes what a client must not say, and states the public host and scheme in its place. */
export function stateHost(request: IncomingMessage): void {
  for (const name of Object.keys(request.headers)) if (droppedHeaders.test(name)) delete request.headers[name]
  const url = new URL(env().APP_URL)
  request.headers.host = url.host
  request.headers['x-forwarded-host'] = url.host
  request.headers['x-forwarded-proto'] = url.protocol.slice(0, -1)
}

/** RFC 6797, where the site is served over https. */
export function stateHttps(response: ServerResponse): void {
  if (env().secure) response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains')
}

/** Pictures that somebody has sent: not even opened alone may one do anything. */
const isLogo = (target: string): boolean => /^\/apps\/[^/]*\/logo\//.test(target)

/** The pages on which people let apps in, and what their forms are posted to. */
export const isConsent = (target: string): boolean => target.startsWith('/interaction/')

/** Whether browsers say where a request comes from by `Sec-Fetch-Site`, as they do to https and loopback alone. */
const sendsFetchMetadata = (): boolean => env().secure || /^(localhost|127\.|\[::1\])/.test(new URL(env().APP_URL).host)

const pageHeaders = {
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), clipboard-write=(self)',
}

function contentSecurityPolicy(nonce: string, dev: boolean, consent: boolean): string {
  return [
    "default-src 'self'",
    // Development compiles in the browser; production does not need eval.
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ''}`,
    // Positions of menus and toasts are inline styles; a style cannot run code.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${dev ? ' ws:' : ''}`,
    "object-src 'none'",
    "base-uri 'none'",
    // Chromium holds the redirects after a form against this too, and consent ends with one to the app.
    ...(consent ? [] : ["form-action 'self'"]),
    "frame-ancestors 'none'",
  ].join('; ')
}
