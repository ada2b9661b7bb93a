import { expect, test } from 'vitest'
import { expiryChoices, expiryInput, firstExpiry, lastDay, resolveExpiry, tomorrow } from './expiry'

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

test.each([
  [null, false, ['7', '30', '90', '365', 'custom', 'never'], '90'],
  [null, true, ['7', '30', '90', '365', 'custom'], '90'],
  [90, false, ['7', '30', '90', 'custom'], '90'],
  [45, false, ['7', '30', '45', 'custom'], '45'],
  [1, false, ['1'], '1'],
  [1000, false, ['7', '30', '90', '365', 'custom'], '90'],
])(
  'at most %s days, required %s: only what the site allows is offered',
  (maxLifetimeDays, expiryRequired, values, first) => {
    const rules = { maxLifetimeDays, expiryRequired }
    expect(expiryChoices(rules).map(({ value }) => value)).toEqual(values)
    expect(firstExpiry(rules).choice).toBe(first)
  },
)

test('the last day that can be chosen ends before the longest lifetime does', () => {
  const noon = new Date(2026, 10, 22, 12).getTime()
  expect(lastDay({ maxLifetimeDays: 30, expiryRequired: false }, noon)).toBe('2026-12-21')
  expect(lastDay({ maxLifetimeDays: null, expiryRequired: false }, noon)).toBe('9998-12-31')
})
