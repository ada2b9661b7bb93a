import { eq, sql } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { db } from '@/db'
import { apiKeys } from '@/db/schema'
import { makeKey, makePerson, verdict } from '@/db/testing'

// The embedded database has no clock but the process's own.
afterEach(() => void vi.useRealTimers())

test('threat 25: a node whose own clock is wrong by a year decides as every other', async () => {
  const { key, secret } = await makeKey(await makePerson())
  const soon = new Date(Date.now() + 3600_000)
  await db().update(apiKeys).set({ expiresAt: soon }).where(eq(apiKeys.id, key.id))
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 365 * 24 * 3600_000 })
  expect(await verdict(secret)).toBe('good')
  vi.setSystemTime(0)
  await db().execute(sql`update api_keys set expires_at = now() where id = ${key.id}`)
  expect(await verdict(secret)).toBe('expired_credentials')
})
