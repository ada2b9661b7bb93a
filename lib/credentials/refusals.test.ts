import { beforeEach, expect, test, vi } from 'vitest'
import { Failure } from '@/lib/errors'
import { forget } from '@/lib/runtime'
import { countsNow, fingerprint, recallRefusal, rememberRefusal, wasRefused } from './refusals'

beforeEach(() => void forget('refusals'))

const revoked = new Failure('revoked_credentials', 'This key was revoked.', { final: true })

test('only final refusals are remembered, by the whole credential', () => {
  rememberRefusal('lk_id_one', revoked)
  rememberRefusal('lk_id_two', new Failure('invalid_credentials', 'Not valid.'))
  expect(recallRefusal('lk_id_one')).toMatchObject({ code: 'revoked_credentials', message: 'This key was revoked.' })
  expect([recallRefusal('lk_id_two'), recallRefusal('lk_id_three')]).toEqual([undefined, undefined])
})

test('10,000 of them, and those that were unused longest go first', () => {
  for (let i = 0; i < 10_000; i++) rememberRefusal(String(i), revoked)
  recallRefusal('0')
  rememberRefusal('one more', revoked)
  expect(recallRefusal('0')).toBeDefined()
  expect(recallRefusal('1')).toBeUndefined()
})

test('a credential counts once a minute for each client', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'performance', 'setTimeout'] })
  // The cache takes a time of 0 for none.
  vi.advanceTimersByTime(1)
  try {
    expect([countsNow('a', 'one'), countsNow('a', 'one'), countsNow('a', 'two'), countsNow('b', 'one')]).toEqual([
      true,
      false,
      true,
      true,
    ])
    expect([wasRefused('a', 'one'), wasRefused('b', 'two')]).toEqual([true, false])
    vi.advanceTimersByTime(60_001)
    expect([wasRefused('a', 'one'), countsNow('a', 'one')]).toEqual([false, true])
  } finally {
    vi.useRealTimers()
  }
})

test('a fingerprint tells nothing outside this process', () => {
  const before = fingerprint('lk_id_one')
  expect(before).toBe(fingerprint('lk_id_one'))
  forget('refusals')
  expect(fingerprint('lk_id_one')).not.toBe(before)
})
