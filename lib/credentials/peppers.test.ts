import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { parsePeppers } from './peppers'

const good = randomBytes(32).toString('base64')

test('reads a list whose first entry signs', () => {
  const peppers = parsePeppers(`2026:${good}, 2025:${randomBytes(64).toString('base64url')}`)
  expect(peppers.map((pepper) => [pepper.id, pepper.key.symmetricKeySize])).toEqual([
    ['2026', 32],
    ['2025', 64],
  ])
  expect(peppers[0].key.export().toString('base64')).toBe(good)
})

test.each([
  ['nothing', '', /entry 1 is not of the form/],
  ['no id', good, /entry 1 is not of the form/],
  ['an empty second entry', `1:${good},`, /entry 2 is not of the form/],
  ['what is not base64', `1:${good.slice(0, -3)}!`, /entry 1 is not of the form/],
  ['31 bytes', `1:${randomBytes(31).toString('base64')}`, /"1" has 31 bytes and needs at least 32/],
  ['the same id twice', `1:${good},1:${good}`, /"1" twice/],
  ['zeros', `1:${Buffer.alloc(32).toString('base64')}`, /example value/],
  ['an example', `1:${Buffer.from('please-change-me-before-you-start-0123').toString('base64')}`, /example value/],
])('refuses %s', (_, text, message) => {
  expect(() => parsePeppers(text)).toThrow(message)
})

test('never repeats the value it refuses', () => {
  const short = randomBytes(20).toString('base64')
  expect(() => parsePeppers(`1:${short}`)).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining(short) }),
  )
})
