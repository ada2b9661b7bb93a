import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { auditHead } from '@/db/schema'
import { cli, makeKey, makePerson, type Person } from '@/db/testing'
import { asSuperuser, forgetLog } from '@/db/testing-audit'
import { LATE_SECONDS, lookForDelay, sealEvents, sealing, sealingProblem, secondsBehind } from './seal'
import { verifyAudit } from './verify'

let ada: Person

beforeEach(async () => {
  ada = await makePerson()
  await sealEvents()
})
afterEach(forgetLog)

const ageWaiting = (seconds: number) =>
  asSuperuser(sql`update audit_events set at = at - make_interval(secs => ${seconds})
    where id in (select event_id from audit_unsealed)`)

describe('threat 104: sealing that is held up is seen', () => {
  /** What somebody with rights on the tables can do so that nothing is sealed. */
  const holdUps: Record<string, () => Promise<unknown>> = {
    'the row that sealers take turns by is removed': () => db().execute(sql`delete from audit_sealer`),
    'the head is changed': () => db().update(auditHead).set({ mac: 'x' }),
    'the head is removed': () => db().delete(auditHead),
  }

  test.each(Object.entries(holdUps))('%s', async (_how, holdUp) => {
    await lookForDelay()
    expect([sealingProblem(), secondsBehind() < 1]).toEqual([null, true])
    await holdUp()
    try {
      await makeKey(ada)
      await ageWaiting(LATE_SECONDS + 2)
      expect(await sealEvents()).toBe(0)
      await lookForDelay()
      expect(secondsBehind()).toBeGreaterThan(LATE_SECONDS)
      expect(sealingProblem()).toMatch(/^The audit log (is not sealed: |has not been sealed for \d+ s\.)/)
      expect((await verifyAudit(cli())).intact).toBe(false)
    } finally {
      await db().execute(sql`insert into audit_sealer (id) values (1) on conflict do nothing`)
    }
  })

  test('nothing answers: the delay grows by itself', async () => {
    await lookForDelay(1_000)
    expect([secondsBehind(1_000), secondsBehind(9_000)]).toEqual([0, 8])
  })

  test('an event that is erased meanwhile is missed', async () => {
    const { key } = await makeKey(ada)
    await asSuperuser(sql`delete from audit_events where target_id = ${key.id}`)
    await lookForDelay()
    expect([sealing().lost, sealingProblem()]).toEqual([
      true,
      'An event was removed from the audit log before it was sealed.',
    ])
  })

  test('a process that does not seal says nothing of it', () => {
    expect([sealing().doneUntil, secondsBehind(1e9), sealingProblem()]).toEqual([null, 0, null])
  })
})

test('verify says so of an event that has waited for more than five seconds, and not of a fresh one', async () => {
  await makeKey(ada)
  expect(await verifyAudit(cli())).toMatchObject({ intact: true, unsealed: 1 })
  await ageWaiting(LATE_SECONDS + 1)
  expect(await verifyAudit(cli())).toMatchObject({
    intact: false,
    problem: expect.stringContaining('is not sealed yet'),
  })
})
