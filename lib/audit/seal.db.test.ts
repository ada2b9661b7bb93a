import { asc, eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { auditEvents, auditHead, auditSeals } from '@/db/schema'
import { auditOf, cli, makeKey, makePerson, type Person } from '@/db/testing'
import { asSuperuser, forgetLog } from '@/db/testing-audit'
import { parsePeppers } from '@/lib/credentials/peppers'
import { env } from '@/lib/env'
import { forget } from '@/lib/runtime'
import { GENESIS, type Link, nextLink } from './chain'
import { sealEvents, sealing } from './seal'
import { signHead } from './sign'
import { verifyAudit } from './verify'

let ada: Person

beforeEach(async () => {
  ada = await makePerson()
  for (let i = 0; i < 5; i++) await makeKey(ada)
  await sealEvents()
})
afterEach(forgetLog)

const verify = () => verifyAudit(cli())
const headRow = async () => (await db().select().from(auditHead))[0] as typeof auditHead.$inferSelect

/** Puts the head row as it was, seals behind its number gone: all that a superuser can who kept an old row. */
const cutTo = (number: number, head: Partial<typeof auditHead.$inferSelect>) =>
  asSuperuser(
    sql`delete from audit_events where id in (select event_id from audit_seals where number > ${number})`,
    sql`delete from audit_seals where number > ${number}`,
    sql`update audit_head set number = ${number}, hash = ${head.hash}, mac = ${head.mac ?? 'x'},
      pepper_id = ${head.pepperId ?? 'x'}`,
  )

/** What is found now, and what after further acts: nothing of them is sealed, and the verdict stays. */
async function staysFound(): Promise<string | null> {
  const { problem, unsealed } = await verify()
  expect([problem === null, unsealed]).toEqual([false, 0])
  const { key } = await makeKey(ada)
  expect(await sealEvents()).toBe(0)
  expect((await verify()).problem).toBe(problem)
  const [event] = await db().select().from(auditEvents).where(eq(auditEvents.targetId, key.id))
  expect(
    await db()
      .select()
      .from(auditSeals)
      .where(eq(auditSeals.eventId, String(event?.id))),
  ).toEqual([])
  expect(sealing().problem).toBe(problem)
  return problem
}

describe('threat 87: what somebody did to the log is not signed with the next event', () => {
  test('a tail that was cut, with a head to match', async () => {
    const [left] = await db().select().from(auditSeals).where(eq(auditSeals.number, 4))
    await cutTo(4, { hash: left?.hash })
    expect(await staysFound()).toContain('The head was changed')
  })

  test('a tail that was cut, with the head left', async () => {
    const { number } = await headRow()
    await asSuperuser(sql`delete from audit_seals where number > 4`)
    expect(await staysFound()).toBe(`The tail was cut: events 5 to ${number} are gone.`)
  })

  test('an event that was changed, with all hashes made anew', async () => {
    const seals = await db().select().from(auditSeals).orderBy(asc(auditSeals.number))
    await asSuperuser(sql`update audit_events set actor_name = 'Somebody' where id = ${seals[1]?.eventId}`)
    let link: Link = GENESIS
    for (const { eventId, number } of seals) {
      const [event] = await db().select().from(auditEvents).where(eq(auditEvents.id, eventId))
      if (event) link = nextLink(link, event)
      await asSuperuser(sql`update audit_seals set hash = ${link.hash} where number = ${number}`)
    }
    // The head is left, and then it is made to match.
    expect((await verify()).problem).toBe(`The seal of event number ${link.number} is another one than the head names.`)
    expect(await sealEvents()).toBe(0)
    await db().update(auditHead).set({ hash: link.hash })
    expect(await staysFound()).toContain('The head was changed')
  })

  test('events that were added behind the head', async () => {
    const { number } = await headRow()
    await db().execute(sql`insert into audit_seals (number, event_id, hash) values (${number + 1}, 'forged', 'x')`)
    const { problem } = await verify()
    expect(problem).toBe(`Event number ${number + 1} (forged) was removed.`)
    await makeKey(ada)
    expect(await sealEvents()).toBe(0)
    expect(sealing().problem).toContain(`Events were added behind number ${number} `)
  })

  test('a head that was removed', async () => {
    await db().execute(sql`delete from audit_head`)
    expect(await staysFound()).toBe('The head was removed.')
  })

  test('a whole log that was removed', async () => {
    await asSuperuser(
      ...['audit_unsealed', 'audit_seals', 'audit_events', 'audit_head'].map((table) =>
        sql.raw(`delete from ${table}`),
      ),
    )
    expect(await staysFound()).toBe('The whole log was removed.')
    // Another process finds the same.
    forget('audit-sealing')
    expect(await staysFound()).toBe('The whole log was removed.')
  })

  test('an earlier state of the log, with the head that was signed for it, as long as this process lives', async () => {
    const earlier = await headRow()
    await makeKey(ada)
    await sealEvents()
    const later = await headRow()
    await cutTo(earlier.number, earlier)
    expect((await verify()).intact).toBe(true)
    expect((await verifyAudit(cli(), later)).problem).toContain('The tail was cut')
    await makeKey(ada)
    expect(await sealEvents()).toBe(0)
    expect(sealing().problem).toBe(
      `The log was put back: it ends with number ${earlier.number}, and this process has seen number ${later.number}.`,
    )
    // Another instance, which has seen nothing, goes on; then the one that has does not.
    const seen = sealing()
    forget('audit-sealing')
    await makeKey(ada)
    expect(await sealEvents()).toBe(2)
    Object.assign(sealing(), seen)
    await makeKey(ada)
    expect(await sealEvents()).toBe(0)
    expect(sealing().problem).toContain(`number ${later.number} is another one`)
  })
})

test('an instance seals behind what another has sealed', async () => {
  const one = { ...sealing() }
  forget('audit-sealing')
  await makeKey(ada)
  expect(await sealEvents()).toBe(1)
  Object.assign(sealing(), one)
  await makeKey(ada)
  expect(await sealEvents()).toBe(1)
  expect(await verify()).toMatchObject({ intact: true, unsealed: 0 })
})

test('what waited while the log was not as it was left is sealed once it is put right', async () => {
  const { mac } = await headRow()
  await db().update(auditHead).set({ mac: 'x' })
  await makeKey(ada)
  expect([await sealEvents(), await sealEvents()]).toEqual([0, 0])
  await db().update(auditHead).set({ mac })
  expect(await sealEvents()).toBe(1)
  expect([sealing().problem, (await verify()).intact]).toEqual([null, true])
})

test('a head is signed with a new pepper as soon as that is the first, and the old one can go', async () => {
  const { peppers } = env()
  const [fresh] = parsePeppers(`2:${Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7)).toString('base64')}`)
  try {
    Object.assign(env(), { peppers: [fresh, ...peppers] })
    expect((await headRow()).pepperId).toBe('1')
    expect(await sealEvents()).toBe(0)
    expect((await headRow()).pepperId).toBe('2')
    Object.assign(env(), { peppers: [fresh] })
    expect((await verify()).intact).toBe(true)
    Object.assign(env(), { peppers })
    expect((await verify()).problem).toContain('its pepper (2) is no longer in KEY_PEPPERS')
  } finally {
    Object.assign(env(), { peppers })
  }
})

describe('an operator takes the log as it stands for their own', () => {
  test('and it is sealed again, with an event that says so', async () => {
    const { hash } = (await db().select().from(auditSeals).where(eq(auditSeals.number, 4)))[0] as Link
    await cutTo(4, { hash })
    await makeKey(ada)
    expect(await sealEvents()).toBe(0)
    const { head } = await verify()
    expect(head).toEqual({ number: 4, hash })
    await expect(signHead(cli(), { number: 5, hash })).rejects.toMatchObject({ code: 'conflict' })
    await expect(signHead(cli(), GENESIS)).rejects.toMatchObject({ code: 'conflict' })
    await signHead(cli(), head)
    expect(await sealEvents()).toBe(2)
    expect(await verify()).toMatchObject({ intact: true, events: 6 })
    expect(await auditOf('audit')).toMatchObject([
      { action: 'site.log_signed', actorKind: 'system', changes: { head: [`4:${hash}`, `4:${hash}`] } },
    ])
    await signHead(cli(), (await verify()).head)
    expect(await auditOf('audit')).toHaveLength(2)
  })

  test('also when there is none left', async () => {
    await asSuperuser(
      ...['audit_unsealed', 'audit_seals', 'audit_events', 'audit_head'].map((table) =>
        sql.raw(`delete from ${table}`),
      ),
    )
    await signHead(cli(), (await verify()).head)
    expect(await verify()).toMatchObject({ intact: true, events: 0, unsealed: 1 })
    expect(await sealEvents()).toBe(1)
    expect((await verify()).intact).toBe(true)
  })

  test('but not what was changed within', async () => {
    await asSuperuser(sql`update audit_events set actor_name = 'Somebody' where id =
      (select event_id from audit_seals where number = 3)`)
    await expect(signHead(cli(), (await verify()).head)).rejects.toMatchObject({ code: 'conflict' })
  })
})

test('verify beside a site at work finds nothing', async () => {
  let working = true
  const work = (async () => {
    while (working) {
      await makeKey(ada)
      await sealEvents()
    }
  })()
  const problems: (string | null)[] = []
  for (const end = Date.now() + 2_000; Date.now() < end; ) problems.push((await verify()).problem)
  working = false
  await work
  expect(problems.filter(Boolean)).toEqual([])
})
