import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextPath } from './next-path'

test.each([
  ['/', '/'],
  ['/account', '/account'],
  ['/projects/ada-1/keys?q=zap&sort=-label#top', '/projects/ada-1/keys?q=zap&sort=-label#top'],
  ['/projects/a%20b', '/projects/a%20b'],
  ['/keys?next=https://evil.example/', '/keys?next=https://evil.example/'],
  ['/a/../account', '/account'],
])('%s leads to a page of this site', (wanted, path) => {
  expect(nextPath(wanted)).toBe(path)
})

test.each([
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/%2f%2fevil.example',
  '/%2Fevil.example',
  '/%5cevil.example',
  '/\t/evil.example',
  '\t//evil.example',
  '/\n/evil.example',
  ' //evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/%2e%2e//evil.example',
  '/a/..//evil.example',
  '//user@evil.example',
  'user@evil.example',
  'http://localhost@evil.example',
  'https://evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'account',
  '',
  '/\u0000',
])('threat 52: %j leads nowhere', (wanted) => {
  expect(nextPath(wanted)).toBe('/')
})

test.each([undefined, null, 7, ['/account', '//evil.example'], {}])('%j is no path', (wanted) => {
  expect(nextPath(wanted)).toBe('/')
})

test('threat 52: never leaves the site, and once judged stays as it is', () => {
  const pieces = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2f',
    '%5C',
    '%2e',
    '\t',
    '\n',
    '@',
    ':',
    '?',
    '#',
    'evil.example',
  )
  const path = fc
    .array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 8 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(path, fc.boolean(), (text, rooted) => {
      const next = nextPath(rooted ? `/${text}` : text)
      expect(new URL(next, 'https://keys.example').origin).toBe('https://keys.example')
      expect(nextPath(next)).toBe(next)
    }),
    { numRuns: 1000 },
  )
})
