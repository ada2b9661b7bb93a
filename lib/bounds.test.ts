import { describe, expect, test } from 'vitest'
import { type Bounds, narrower, sharedAddresses, widerIn } from './bounds'

const any: Bounds = { scopes: ['a', 'b'], addresses: null, expiresAt: null, rateLimit: 600 }
const early = new Date('2030-01-01')
const late = new Date('2031-01-01')

test.each([
  [null, null, null],
  [null, ['10.0.0.0/8'], ['10.0.0.0/8']],
  [['10.0.0.0/8'], ['10.1.0.0/16', '192.0.2.1'], ['10.1.0.0/16']],
  [
    ['10.1.0.0/16', '2001:db8::/32'],
    ['10.0.0.0/8', '2001:db8:1::/48'],
    ['10.1.0.0/16', '2001:db8:1::/48'],
  ],
  [['10.0.0.1'], ['10.0.0.1/32'], ['10.0.0.1', '10.0.0.1/32']],
  [['10.0.0.0/8'], ['192.0.2.1'], []],
  [[], null, []],
  [['::/0'], ['10.0.0.1'], []],
])('%j and %j share %j', (one, other, shared) => {
  expect(sharedAddresses(one, other)).toEqual(shared)
  expect(new Set(sharedAddresses(other, one))).toEqual(shared === null ? new Set(null) : new Set(shared))
})

test('the narrower of two takes each member for itself', () => {
  const one = { scopes: ['a', 'b'], addresses: null, expiresAt: late, rateLimit: 50 }
  const other = { scopes: ['b', 'c'], addresses: ['10.0.0.1'], expiresAt: early, rateLimit: 600 }
  const both = { scopes: ['b'], addresses: ['10.0.0.1'], expiresAt: early, rateLimit: 50 }
  expect(narrower(one, other)).toEqual(both)
  expect(narrower(other, one)).toEqual(both)
  expect(narrower(any, one).expiresAt).toBe(late)
})

describe('what is wider', () => {
  test.each([
    ['scopes', { scopes: ['a', 'c'] }, {}],
    ['scopes', { scopes: ['a'] }, { scopes: [] }],
    ['addresses', { addresses: null }, { addresses: ['10.0.0.0/8'] }],
    ['addresses', { addresses: ['10.0.0.0/7'] }, { addresses: ['10.0.0.0/8'] }],
    ['addresses', { addresses: ['10.0.0.1', '192.0.2.1'] }, { addresses: ['10.0.0.0/8'] }],
    ['addresses', { addresses: ['::ffff:10.0.0.1'] }, { addresses: ['10.0.0.0/8'] }],
    ['addresses', { addresses: ['10.0.0.1'] }, { addresses: [] }],
    ['expiresAt', { expiresAt: null }, { expiresAt: late }],
    ['expiresAt', { expiresAt: late }, { expiresAt: early }],
    ['rateLimit', { rateLimit: 601 }, {}],
    [null, {}, {}],
    [null, { addresses: ['10.0.0.1'], expiresAt: early, scopes: [], rateLimit: 1 }, {}],
    [null, { addresses: ['10.1.2.0/24'] }, { addresses: ['192.0.2.1', '10.0.0.0/8'] }],
    [null, { addresses: [] }, { addresses: [] }],
    [null, { expiresAt: early }, { expiresAt: early }],
  ] as const)('%s of %j than %j', (member, inner, outer) => {
    expect(widerIn({ ...any, ...inner }, { ...any, ...outer })).toBe(member)
  })
})
