import { expect, test } from 'vitest'
import { parseDuration } from './duration'

test.each([
  ['30d', 2_592_000],
  ['12h', 43_200],
  ['1h', 3_600],
  ['99999d', 8_639_913_600],
  ['never', null],
])('%s is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each([
  '',
  '30',
  'd',
  '0d',
  '00d',
  '-1d',
  '1.5d',
  '30D',
  ' 30d',
  '30d ',
  '30d\n',
  '1d12h',
  '100000d',
  '３０d',
  'Never',
  '1e3d',
])('%j is refused with what is accepted', (text) => {
  expect(() => parseDuration(text)).toThrow('Use days such as 30d, hours such as 12h, or never.')
})
