import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { makeKey, makePerson, type Person } from '@/db/testing'
import { LATE_SECONDS, lookForDelay, sealEvents, secondsBehind } from './seal'

let ada: Person

beforeEach(async () => {
  ada = await makePerson()
  await sealEvents()
})

describe('threat 104: another session of the database', () => {
  test('cannot hold sealing up by an advisory lock, which needs no rights', async () => {
    await makeKey(ada)
    await db().transaction(async (tx) => {
      // The number that releases before this one used.
      await tx.execute(sql`select pg_advisory_xact_lock(7228135002)`)
      expect(await sealEvents()).toBe(1)
    })
  })

  test('that holds the sealer’s turn is seen to', async () => {
    await db().transaction(async (tx) => {
      await tx.execute(sql`select id from audit_sealer for update`)
      await makeKey(ada)
      expect(await sealEvents()).toBe(0)
      const now = performance.now()
      await lookForDelay(now)
      expect(secondsBehind(now + LATE_SECONDS * 1_000 + 1)).toBeGreaterThan(LATE_SECONDS)
    })
    expect(await sealEvents()).toBe(1)
    const now = performance.now()
    await lookForDelay(now)
    expect(secondsBehind(now)).toBe(0)
  })
})
