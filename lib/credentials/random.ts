export const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** `length` characters of base62 from the system's random source, each one equally likely. */
export function randomBase62(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length + 16))) {
      // 248 is 4 × 62. Keeping the eight values above it would make eight characters likelier than the rest.
      if (byte < 248) text += base62[byte % 62]
      if (text.length === length) break
    }
  }
  return text
}

/** An id for a row: random, URL-safe, and unrelated to any secret. 21 characters are 125 bits. */
export const randomId = (length = 21): string => randomBase62(length)
