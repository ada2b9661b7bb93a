import { base62 } from './random'

/**
 * CRC-32 (ISO 3309, as in zip) of ASCII `text`, as six characters of base62. It finds misspelt credentials before the
 * database is asked and is no protection against forgery. Written out here because `zlib.crc32` needs Node 20.15.
 */
export function checksum(text: string): string {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ text.charCodeAt(i)) & 0xff] as number)
  let rest = ~crc >>> 0
  let digits = ''
  for (let i = 0; i < 6; i++) {
    digits = (base62[rest % 62] as string) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})
