import type { IncomingMessage } from 'node:http'
import { normalizeAddress } from '@/lib/addresses'

/**
 * The client's address: the socket's peer, or with `trustedProxies` > 0 the one that the outermost trusted proxy saw.
 * Entries further left in `X-Forwarded-For` were written by the client and are never believed.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string | null {
  const peer = normalizeAddress(request.socket.remoteAddress)
  if (trustedProxies === 0) return peer
  const hops = (request.headersDistinct['x-forwarded-for'] ?? []).join(',').split(',')
  const claimed = hops.slice(-trustedProxies).map((hop) => normalizeAddress(hop.trim()))
  return claimed[0] ?? peer
}
