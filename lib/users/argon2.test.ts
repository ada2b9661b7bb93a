import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { hash, verify } from './argon2'

const seen = vi.hoisted(() => ({ running: 0, most: 0, order: [] as string[] }))

vi.mock('@node-rs/argon2', () => ({
  hash: (password: string) => computation(password),
  verify: (_phc: string, password: string) => computation(password),
}))

async function computation(password: string) {
  seen.most = Math.max(seen.most, ++seen.running)
  seen.order.push(password)
  await setImmediate()
  seen.running--
  if (password === 'broken') throw new Error('broken hash')
  return password
}

afterEach(() => Object.assign(seen, { running: 0, most: 0, order: [] }))

test('two computations run at once, never more, and in the order they came', async () => {
  const passwords = Array.from({ length: 50 }, (_, i) => `${i}`)
  await Promise.all(passwords.map((password, i) => (i % 2 ? hash(password) : verify('', password))))
  expect(seen.most).toBe(2)
  expect(seen.order).toEqual(passwords)
})

test('nobody slips in before those who wait', async () => {
  const late: Promise<string>[] = []
  await Promise.all([hash('1').then(() => void late.push(hash('late'))), hash('2'), hash('3'), hash('4')])
  await Promise.all(late)
  expect(seen.most).toBe(2)
  expect(seen.order).toEqual(['1', '2', '3', '4', 'late'])
})

test('a computation that fails gives its place back', async () => {
  const broken = ['broken', 'broken', 'broken'].map((password) => verify('', password))
  expect((await Promise.allSettled(broken)).map((result) => result.status)).toEqual(Array(3).fill('rejected'))
  await Promise.all(['1', '2', '3'].map(hash))
  expect(seen.most).toBe(2)
})

test('two run and two hundred wait; who comes then is told to come back', async () => {
  const all = await Promise.allSettled(Array.from({ length: 203 }, (_, i) => hash(`${i}`)))
  expect(all.slice(0, 202).every((result) => result.status === 'fulfilled')).toBe(true)
  expect(all[202]).toMatchObject({ status: 'rejected', reason: { code: 'rate_limited', status: 429, retryAfter: 1 } })
  await expect(hash('later')).resolves.toBe('later')
})
