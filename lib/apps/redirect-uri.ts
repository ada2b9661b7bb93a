import type { AppKind } from './input'

/** Hosts that are always the person's own device (RFC 8252, 7.3). */
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** True for an http address that never leaves the device. */
export const isLoopback = ({ protocol, hostname }: URL): boolean => protocol === 'http:' && loopback.has(hostname)

/** The host of a redirect URI with its port, as people are shown it; its scheme where it has no host. Null without one. */
export function redirectHostOf(uri: string | null | undefined): string | null {
  if (!uri || !URL.canParse(uri)) return null
  const url = new URL(uri)
  return url.host || url.protocol
}

/**
 * Why a redirect URI cannot be registered, as the rest of a sentence that begins with the URI; null when it can.
 * What is registered is later compared byte for byte, so only one spelling of each address is taken: the one that
 * browsers make of it.
 */
export function redirectUriProblem(uri: string, kind: AppKind): string | null {
  if (uri.length > 2000) return 'is longer than 2,000 characters.'
  if (!/^[\x21-\x7e]+$/.test(uri)) return 'has a space, a control character or one outside ASCII. Write it encoded.'
  if (/["<>\\^`{|}]|%(?![0-9A-Fa-f]{2})/.test(uri)) return 'has a character that must be percent-encoded.'
  if (uri.includes('#')) return 'has a fragment (#). Leave it out.'
  if (uri.includes('*')) return 'has a wildcard (*). Register each address.'
  if (!URL.canParse(uri)) return 'is not a full address such as https://app.example.com/callback.'
  const url = new URL(uri)
  if (url.username || url.password || /^[^/?]*:\/\/[^/?]*@/.test(uri))
    return 'has a user name or password. Leave it out.'
  return schemeProblem(url, kind) ?? spellingProblem(uri, url)
}

function schemeProblem(url: URL, kind: AppKind): string | null {
  if (url.protocol === 'http:') {
    return isLoopback(url) ? null : 'is not https. Only localhost, 127.0.0.1 and [::1] may use http.'
  }
  if (url.protocol === 'https:') {
    // The library takes loopback of native apps for http with any port (RFC 8252, 7.3).
    if (kind === 'native' && loopback.has(url.hostname)) return 'is loopback with https. Use http there.'
    return url.hostname.endsWith('.') ? 'has a host that ends with a dot.' : null
  }
  if (kind !== 'native') return 'is not https.'
  // Named after a domain of the app's maker, in reverse (RFC 8252, 7.1): what has no dot belongs to somebody else.
  if (!/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(url.protocol)) {
    return 'has a scheme that is not allowed. Use https, or one with a dot such as com.example.app:/callback.'
  }
  return url.href.length > url.protocol.length ? null : 'has nothing after its scheme.'
}

function spellingProblem(uri: string, url: URL): string | null {
  const [path = ''] = uri.slice(url.protocol.length).split('?')
  const segments = path.replace(/%2e/gi, '.').split('/')
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'has . or .. in its path. Leave it out.'
  // A bare origin may go without its slash: that is how it will be sent.
  return url.href === uri || url.href === `${uri}/` ? null : `is not how browsers write it. Use ${url.href}`
}
