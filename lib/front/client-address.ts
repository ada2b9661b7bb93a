import type { IncomingMessage } from 'node:http'
import { normalizeAddress } from '@/lib/addresses'
import { headerValues } from './header-values'

/**
 * The client's address: the socket's peer, or with `trustedProxies` > 0 the one that the outermost trusted proxy saw.
 * Entries further left in `X-Forwarded-For` were written by the client and are never believed.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string | null {
  const peer = normalizeAddress(request.socket.remoteAddress)
  if (trustedProxies === 0) return peer
  const hops = headerValues(request, 'x-forwarded-for').join(',').split(',')
  const claimed = hops.slice(-trustedProxies).map((hop) => normalizeAddress(hop.trim()))
  return claimed[0] ?? peer
}

/**
 * The client of a gateway: the entry of `X-Forwarded-For` that the nearest machine outside `trusted` wrote itself down
 * as. Walks from the right, since each proxy appends; the socket's peer alone when it is no gateway of ours.
 */
export function gatewayClientAddress(
  request: IncomingMessage,
  trusted: (address: string | null) => boolean,
): string | null {
  const peer = normalizeAddress(request.socket.remoteAddress)
  const forwardedFor = headerValues(request, 'x-forwarded-for')
  if (forwardedFor.length === 0 || !trusted(peer)) return peer
  const hops = forwardedFor
    .join(',')
    .split(',')
    .filter((hop) => hop.trim() !== '')
  let client = peer
  for (const hop of hops.reverse()) {
    const address = normalizeAddress(hop.trim())
    if (address === null) break
    client = address
    if (!trusted(address)) break
  }
  return client
}
