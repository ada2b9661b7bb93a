import { expect, test } from 'vitest'
import { addressTest, isAddressBlock, limitKeyOf, normalizeAddress } from './addresses'

test('one address has one spelling, whoever spelt it', () => {
  for (const [spelt, canonical] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['0000:0000::ffff:cb00:7107', '203.0.113.7'],
    ['::ffff:0:1', '0.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['::1', '::1'],
  ] as const) {
    expect(normalizeAddress(spelt), spelt).toBe(canonical)
  }
  for (const none of [
    undefined,
    '',
    'localhost',
    '203.0.113',
    '203.0.113.07',
    '203.0.113.7:80',
    '[::1]',
    '10.0.0.0/8',
  ]) {
    expect(normalizeAddress(none), none).toBeNull()
  }
})

test('limits count an IPv4 address, and the /64 of an IPv6 one', () => {
  expect(limitKeyOf('203.0.113.7')).toBe('203.0.113.7')
  for (const address of ['2001:db8::1', '2001:db8::ffff:1:2:3', '2001:db8:0:0:1::']) {
    expect(limitKeyOf(normalizeAddress(address)), address).toBe('2001:db8:0:0::/64')
  }
  expect(limitKeyOf('2001:db8:0:1::1')).not.toBe(limitKeyOf('2001:db8::1'))
  expect(limitKeyOf(null)).toBe('unknown')
})

test('an address lies in a block of its own family, bounds included', () => {
  const inside = addressTest(['10.1.0.0/16', '192.0.2.1', '2001:db8::/33', '0.0.0.0/32'])
  for (const address of ['10.1.0.0', '10.1.255.255', '192.0.2.1', '2001:db8:7fff:ffff::1', '0.0.0.0']) {
    expect(inside(address), address).toBe(true)
  }
  for (const address of ['10.2.0.0', '10.0.255.255', '192.0.2.2', '2001:db8:8000::', '::', null]) {
    expect(inside(address), String(address)).toBe(false)
  }
  expect(addressTest(['0.0.0.0/0'])('2001:db8::1')).toBe(false)
  expect(addressTest([])('10.0.0.1')).toBe(false)
})

test('what is no block is told apart', () => {
  for (const block of ['10.0.0.0/8', '10.0.0.1', '::/0', '2001:db8::1/128'])
    expect(isAddressBlock(block), block).toBe(true)
  for (const none of [
    '',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    'fe80::1%eth0/64',
    'x/8',
  ]) {
    expect(isAddressBlock(none), none).toBe(false)
  }
})
