import { expect, test } from 'vitest'
import { expiryInput, resolveExpiry, tomorrow } from './expiry'

const now = Date.parse('2026-11-22T12:00:00Z')

test('days count from now, and are left to the server to count', () => {
  const expiry = { choice: '30', date: '' }
  expect(resolveExpiry(expiry, now)).toBe('2026-12-22T12:00:00.000Z')
  expect(expiryInput(expiry)).toEqual({ expiresInDays: 30 })
})

test('a chosen day is meant whole', () => {
  const expiry = { choice: 'custom', date: '2026-12-24' }
  const end = new Date('2026-12-24T23:59:59')
  expect(resolveExpiry(expiry, now)).toBe(end.toISOString())
  expect(expiryInput(expiry)).toEqual({ expiresAt: end.toISOString() })
})

test('no day is no expiry yet, which never is', () => {
  for (const date of ['', '2026-02-31x', '12026-01-01']) {
    expect(resolveExpiry({ choice: 'custom', date }, now)).toBeUndefined()
  }
  expect(resolveExpiry({ choice: 'never', date: '2026-12-24' }, now)).toBeNull()
  expect(expiryInput({ choice: 'never', date: '2026-12-24' })).toEqual({})
})

test('tomorrow is a day as a date field has it', () => {
  expect(tomorrow(new Date(2026, 11, 31, 12).getTime())).toBe('2027-01-01')
})
