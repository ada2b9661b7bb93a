import { expect, test } from 'vitest'
import { pngOf } from '@/scripts/png'
import { logoProblem, MAX_LOGO_BYTES } from './png'

const bytes = (text: string) => new TextEncoder().encode(text)
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
const whole = pngOf(64, 64)

/** A PNG that only has its outline, with the chunks `types` and no data. */
const outline = (types: string[]) =>
  join(...[whole.slice(0, 8), ...types.map((type) => join(new Uint8Array(4), bytes(type), new Uint8Array(4)))])

test.each([
  ['a small picture', whole],
  ['the largest', pngOf(1024, 1024)],
  ['a part of a longer buffer', join(whole, whole).subarray(whole.length)],
])('%s can be a logo', (_, png) => {
  expect(logoProblem(png)).toBeNull()
})

test.each([
  ['nothing', new Uint8Array(), 'whole PNG'],
  ['an SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), 'whole PNG'],
  ['a page', bytes('<!doctype html><script>alert(1)</script>'), 'whole PNG'],
  ['a JPEG', new Uint8Array([0xff, 0xd8, 0xff, 0xe0, ...new Array(64).fill(0)]), 'whole PNG'],
  ['a signature alone', whole.slice(0, 8), 'whole PNG'],
  ['a signature before a script', join(whole.slice(0, 8), bytes('<script>alert(1)</script>')), 'whole PNG'],
  ['one that was cut off', whole.slice(0, -1), 'whole PNG'],
  ['one without its end', whole.slice(0, -12), 'whole PNG'],
  ['one with a script after its end', join(whole, bytes('<script>alert(1)</script>')), 'whole PNG'],
  ['one with a second picture after its end', join(whole, whole), 'whole PNG'],
  ['one that does not begin with its header', outline(['IDAT', 'IHDR', 'IEND']), 'whole PNG'],
  ['one whose header is too short', outline(['IHDR', 'IDAT', 'IEND']), 'whole PNG'],
  ['one without pixels', pngOf(0, 64), 'empty'],
  ['one that is too wide', pngOf(1025, 1), '1024'],
  ['one that is too high', pngOf(1, 1025), '1024'],
  ['one that says it is huge', pngWith(16, [0x80, 0, 0, 0]), '1024'],
  ['one whose chunk is longer than the file', pngWith(8, [0xff, 0xff, 0xff, 0xff]), 'whole PNG'],
  ['a large file', join(whole, new Uint8Array(MAX_LOGO_BYTES)), '64 KiB'],
])('threat 47: %s cannot', (_, file, said) => {
  expect(logoProblem(file)).toContain(said)
})

function pngWith(at: number, changed: number[]): Uint8Array {
  const png = whole.slice()
  png.set(changed, at)
  return png
}
