import { checksum } from './checksum'

/** What a credential is. It shows as a letter after the brand, so that a leaked one tells what it opens. */
export type Kind = 'api_key' | 'access_token' | 'refresh_token' | 'client_secret'

const letterOf: Record<Kind, string> = { api_key: '', access_token: 'a', refresh_token: 'r', client_secret: 's' }
const kindOf = new Map(Object.entries(letterOf).map(([kind, letter]) => [letter, kind as Kind]))

/** What a well-formed credential says of itself. */
interface Parsed {
  kind: Kind
  publicId: string
}

export const publicIdLength = 12
export const secretLength = 43

/**
 * Reads `<brand><letter>_<public id>_<secret><checksum>`. Needs no database: what is misspelt or not ours ends here.
 *
 * @returns the kind and the public id; null for anything else. Never throws, and refuses long text without reading it.
 */
export function parse(text: string, brand: string): Parsed | null {
  if (text.length > longest) return null
  const [, start, publicId] = form.exec(text) ?? []
  const kind = start?.startsWith(brand) && kindOf.get(start.slice(brand.length))
  if (!kind || !publicId || checksum(text.slice(0, -6)) !== text.slice(-6)) return null
  return { kind, publicId }
}

/** What is shown of a credential after the one time it is shown whole: `lk_7Gh2kQpX9sLm_…`. */
export const hint = (brand: string, kind: Kind, publicId: string): string => `${prefix(kind, brand)}_${publicId}_…`

/** What stands before the first underscore. `brand` is the site's `KEY_BRAND`: 2 to 8 letters or digits. */
export const prefix = (kind: Kind, brand: string): string => brand + letterOf[kind]

const form = /^([0-9A-Za-z]{2,9})_([0-9A-Za-z]{12})_[0-9A-Za-z]{49}$/
const longest = 9 + 1 + publicIdLength + 1 + secretLength + 6
