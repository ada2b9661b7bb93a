import { z } from 'zod'

/**
 * An e-mail address in the one spelling that is stored, compared and written to. Look-alikes of ASCII (full-width
 * letters, the full-width @) become ASCII, letters lower-case, and international domains their `xn--` form.
 *
 * @returns null for whatever is not exactly one address: lists, quoted or international local parts, comments, IP
 *   addresses, domains without a dot other than `localhost`, more than 254 characters (RFC 5321, 4.5.3.1.3)
 */
export function normalizeEmail(text: string): string | null {
  if (text.length > 1000 || /\p{Cc}/u.test(text)) return null
  const [, local, domain] = /^([^@]{1,64})@([^@]+)$/.exec(text.normalize('NFKC').trim().toLowerCase()) ?? []
  if (!local || !domain || !localPart.test(local)) return null
  const host = asciiHost(domain)
  if (!host || !(hostName.test(host) || host === 'localhost')) return null
  const email = `${local}@${host}`
  return email.length <= 254 ? email : null
}

/** An e-mail address as a person types it; gives the normalised one. */
export const emailSchema = z
  .string({ error: (issue) => (issue.input === undefined ? 'Email is required.' : 'Email must be text.') })
  .overwrite((text) => normalizeEmail(text) ?? text)
  .refine((text) => normalizeEmail(text) === text, 'Email must be one address, such as ada@example.com.')

/** RFC 5322's dot-atom: no quotes, spaces, commas or comments. */
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/

/** Two labels or more; the last one begins with a letter, so that an IP address is none. */
const hostName = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/

/** The URL parser knows international domains, here and in browsers; what would be more than a host is kept from it. */
function asciiHost(domain: string): string | null {
  if (/[\s/?#:%\\[\]]/.test(domain)) return null
  try {
    return new URL(`http://${domain}`).hostname
  } catch {
    return null
  }
}
