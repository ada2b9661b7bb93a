import { BlockList, isIP } from 'node:net'

/** Makes a test of whether an address lies in one of `blocks`. An unknown address (null) lies in none. */
export function addressTest(blocks: readonly string[]): (address: string | null) => boolean {
  const list = new BlockList()
  for (const block of blocks) {
    const cidr = parseCidr(block)
    if (cidr) list.addSubnet(cidr.address, cidr.prefix, cidr.family)
  }
  return (address) => {
    const version = isIP(address ?? '')
    return address !== null && version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** The canonical form of a peer's address: an IPv4 one that came over an IPv6 socket is written as IPv4. */
export function normalizeAddress(address: string | undefined): string | null {
  if (!address) return null
  if (isIP(address) === 4) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  const plain = mapped?.[1] ?? address.split('%', 1)[0] ?? ''
  if (isIP(plain) === 4) return plain
  return isIP(plain) === 6 ? unmapped(new URL(`http://[${plain}]`).hostname.slice(1, -1)) : null
}

/** However it was spelt, a URL writes an IPv4 address within an IPv6 one in hexadecimal: `::ffff:cb00:7107`. */
function unmapped(address: string): string {
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const pairs = [high, low].map((pair) => Number.parseInt(pair, 16))
  return pairs.flatMap((pair) => [pair >> 8, pair & 255]).join('.')
}

/** What limits count by: an IPv4 address, or the /64 of an IPv6 one, since a single customer holds a whole /64. */
export function limitKeyOf(address: string | null): string {
  if (!address || isIP(address) !== 6) return address ?? 'unknown'
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  if (tail !== undefined) {
    const after = tail.split(':').filter(Boolean)
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** Whether every address of `block` lies in `range`. */
export function liesWithin(block: string, range: string): boolean {
  const [inner, outer] = [parseCidr(block), parseCidr(range)]
  if (!inner || !outer || inner.family !== outer.family) return false
  return inner.prefix >= outer.prefix && addressTest([range])(inner.address)
}

/** True for an address or CIDR block, v4 or v6. */
export const isAddressBlock = (text: string): boolean => parseCidr(text) !== null

function parseCidr(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | null {
  const [address = '', prefixText, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return null
  const longest = version === 4 ? 32 : 128
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return null
  const prefix = prefixText === undefined ? longest : Number(prefixText)
  return prefix > longest ? null : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}
