import { liesWithin } from './addresses'

/** How much a credential can do, at most. */
export interface Bounds {
  scopes: readonly string[]
  /** Addresses and CIDR blocks that it is accepted from; null for any address, empty for none. */
  addresses: readonly string[] | null
  /** Null if it never expires. */
  expiresAt: Date | null
  /** Accepted requests a minute. */
  rateLimit: number
}

export type Bound = keyof Bounds

/** The narrower of two bounds, each member for itself. */
export const narrower = (one: Bounds, other: Bounds): Bounds => ({
  scopes: one.scopes.filter((scope) => other.scopes.includes(scope)),
  addresses: sharedAddresses(one.addresses, other.addresses),
  expiresAt: earlier(one.expiresAt, other.expiresAt),
  rateLimit: Math.min(one.rateLimit, other.rateLimit),
})

/** The earlier of two ends; null stands for never. */
export const earlier = (one: Date | null, other: Date | null): Date | null =>
  one && other ? (one.getTime() <= other.getTime() ? one : other) : (one ?? other)

/** The blocks that lie in both lists. Two blocks either share nothing, or one of them contains the other. */
export function sharedAddresses(
  one: readonly string[] | null,
  other: readonly string[] | null,
): readonly string[] | null {
  if (one === null) return other
  if (other === null) return one
  const inner = one.filter((block) => other.some((range) => liesWithin(block, range)))
  const outer = other.filter((block) => one.some((range) => liesWithin(block, range)))
  return [...new Set([...inner, ...outer])]
}

/** The first member in which `inner` is wider than `outer`; null if all of it lies within. */
export function widerIn(inner: Bounds, outer: Bounds): Bound | null {
  if (inner.scopes.some((scope) => !outer.scopes.includes(scope))) return 'scopes'
  if (outer.addresses !== null && !addressesWithin(inner.addresses, outer.addresses)) return 'addresses'
  if (outer.expiresAt && (inner.expiresAt === null || inner.expiresAt > outer.expiresAt)) return 'expiresAt'
  return inner.rateLimit > outer.rateLimit ? 'rateLimit' : null
}

const addressesWithin = (inner: readonly string[] | null, outer: readonly string[]): boolean =>
  inner?.every((block) => outer.some((range) => liesWithin(block, range))) ?? false
