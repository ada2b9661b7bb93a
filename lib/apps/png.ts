/** The most that a logo may have: bytes, and pixels along a side. */
export const MAX_LOGO_BYTES = 65_536
export const MAX_LOGO_SIDE = 1_024

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/**
 * Why `bytes` cannot be a logo, in a sentence; null when they can. Only the outline is read (PNG, 5.2 to 5.6 and 11.2.1):
 * that it is a PNG from its first byte to its last with nothing after it, and how large. Nothing is decoded.
 */
export function logoProblem(bytes: Uint8Array): string | null {
  if (bytes.length > MAX_LOGO_BYTES) return 'The picture is larger than 64 KiB. Make it smaller.'
  const chunks = signature.every((byte, i) => bytes[i] === byte) ? readChunks(bytes) : null
  const [header] = chunks ?? []
  if (header?.type !== 'IHDR' || header.data.byteLength !== 13 || chunks?.at(-1)?.type !== 'IEND') {
    return 'The file is not a whole PNG picture. Choose a PNG file.'
  }
  const sides = [header.data.getUint32(0), header.data.getUint32(4)]
  if (sides.includes(0) || !chunks?.some(({ type }) => type === 'IDAT')) return 'The picture is empty.'
  return Math.max(...sides) > MAX_LOGO_SIDE ? 'The picture is larger than 1024 × 1024 pixels. Make it smaller.' : null
}

/** The chunks up to IEND; null when one is cut off, or when something comes after the last. */
function readChunks(bytes: Uint8Array): { type: string; data: DataView }[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunks = []
  let at = signature.length
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at)
    if (length > bytes.length - at - 12) return null
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    chunks.push({ type, data: new DataView(bytes.buffer, bytes.byteOffset + at + 8, length) })
    at += 12 + length
    if (type === 'IEND') break
  }
  return at === bytes.length ? chunks : null
}
