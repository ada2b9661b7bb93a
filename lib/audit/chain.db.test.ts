import { asc, eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { auditEvents, auditHead, auditSeals } from '@/db/schema'
import { cli, makeKey, makePerson } from '@/db/testing'
import { asSuperuser, forgetLog } from '@/db/testing-audit'
import { followAudit, followAuditSchema } from './follow'
import { sealEvents } from './seal'
import { verifyAudit } from './verify'

const verify = () => verifyAudit(cli())

const events = () => db().select().from(auditEvents).orderBy(asc(auditEvents.sequence))

beforeEach(async () => {
  const ada = await makePerson()
  for (let i = 0; i < 3; i++) await makeKey(ada)
  await sealEvents()
})

afterEach(forgetLog)

test('what was done is sealed, and found intact', async () => {
  const all = await events()
  expect(await verify()).toMatchObject({ intact: true, events: all.length, unsealed: 0, problem: null })
  const ada = await makePerson()
  expect(await verify()).toMatchObject({
    intact: true,
    events: all.length,
    unsealed: (await events()).length - all.length,
  })
  await makeKey(ada)
  const [one, other] = await Promise.all([sealEvents(), sealEvents()])
  expect([one > 0 || other > 0, (await verify()).unsealed]).toEqual([true, 0])
})

test('threat 87: nobody changes, deletes or truncates, the owner included', async () => {
  const refused = (statement: ReturnType<typeof sql>) =>
    db()
      .execute(statement)
      .then(
        () => 'done',
        (error) => String(error.cause?.message ?? error.message),
      )
  for (const table of ['audit_events', 'audit_seals']) {
    for (const words of [`update ${table} set hash = ''`, `delete from ${table}`, `truncate ${table} cascade`]) {
      const statement = sql.raw(table === 'audit_events' ? words.replace("hash = ''", "actor_name = ''") : words)
      expect(await refused(statement), words).toMatch(/append-only/)
    }
  }
  expect((await verify()).intact).toBe(true)
})

describe('threat 87: what somebody does past the application is named', () => {
  const middle = async () => {
    const all = await events()
    return all[Math.floor(all.length / 2)] as (typeof all)[number]
  }
  const numberOf = async (id: string) =>
    (await db().select().from(auditSeals).where(eq(auditSeals.eventId, id)))[0]?.number as number

  /** The verdict after `statements`; then everything is as it was. */
  async function tampered(...statements: ReturnType<typeof sql>[]): Promise<string | null> {
    const tables = ['audit_seals', 'audit_events', 'audit_head']
    for (const table of tables) await db().execute(sql.raw(`create table kept_${table} as select * from ${table}`))
    for (const statement of statements) await asSuperuser(statement)
    const { problem } = await verify()
    for (const table of tables) {
      await asSuperuser(sql.raw(`delete from ${table}`))
      const over = table === 'audit_events' ? 'overriding system value' : ''
      await asSuperuser(sql.raw(`insert into ${table} ${over} select * from kept_${table}`))
      await db().execute(sql.raw(`drop table kept_${table}`))
    }
    expect((await verify()).intact).toBe(true)
    return problem
  }

  test('an event that was changed, however little', async () => {
    const { id } = await middle()
    const named = `number ${await numberOf(id)} (${id}) was changed`
    const update = (set: string) => tampered(sql.raw(`update audit_events set ${set} where id = '${id}'`))
    expect(await update(`actor_name = 'Somebody else'`)).toContain(named)
    expect(await update(`changes = '{"label": ["a", "b"]}'`)).toContain(named)
    expect(await update(`at = at + interval '1 millisecond'`)).toContain(named)
  })

  test('an event that was removed, with its seal and without', async () => {
    const { id } = await middle()
    const number = await numberOf(id)
    const event = sql`delete from audit_events where id = ${id}`
    expect(await tampered(event)).toBe(`Event number ${number} (${id}) was removed.`)
    expect(await tampered(event, sql`delete from audit_seals where event_id = ${id}`)).toContain(
      `number ${number} was removed`,
    )
  })

  test('an event that was inserted in the middle', async () => {
    const { id, sequence } = await middle()
    const columns = 'at, actor_kind, actor_name, action, target_kind, target_id, target_name'
    const insert = sql.raw(`insert into audit_events (sequence, id, ${columns})
      overriding system value select ${-sequence}, 'forged', ${columns} from audit_events where id = '${id}'`)
    expect(await tampered(insert)).toBe('The event forged was inserted past the application.')
  })

  test('a tail that was cut, without anything to compare it with', async () => {
    const number = (await events()).length
    const cut = [
      sql`delete from audit_events where id in (select event_id from audit_seals where number > ${number - 2})`,
      sql`delete from audit_seals where number > ${number - 2}`,
    ]
    expect(await tampered(...cut)).toBe(`The tail was cut: events ${number - 1} to ${number} are gone.`)
    // A head for what is left cannot be made without the secrets of the site.
    const [last] = await db()
      .select()
      .from(auditSeals)
      .where(eq(auditSeals.number, number - 2))
    const rewritten = sql`update audit_head set number = ${number - 2}, hash = ${last?.hash}`
    expect(await tampered(...cut, rewritten)).toContain('The head was changed')
    expect(await tampered(sql`delete from audit_head`)).toBe('The head was removed.')
  })

  test('a whole log that was put back to an earlier state, when a later head was kept elsewhere', async () => {
    const [anchor] = await db().select().from(auditHead)
    expect((await verifyAudit(cli(), anchor)).intact).toBe(true)
    expect((await verifyAudit(cli(), { number: (anchor?.number ?? 0) + 1, hash: 'later' })).problem).toContain(
      'The tail was cut',
    )
    expect((await verifyAudit(cli(), { number: 1, hash: 'another' })).problem).toContain('Event number 1')
  })

  const columns = 'actor_kind, actor_name, action, target_kind, target_id, target_name'
  const insert = (id: string, sequence: number, at: string) =>
    sql.raw(`insert into audit_events (sequence, id, at, ${columns}) overriding system value
      select ${sequence}, '${id}', ${at}, ${columns} from audit_events limit 1`)

  test('an event gets its place and its time from the database, whatever the statement says', async () => {
    const last = (await events()).at(-1)?.at as Date
    await db().execute(insert('placed', -7, `now() - interval '300 days'`))
    const placed = (await events()).at(-1)
    expect([placed?.id, Number(placed?.at) >= Number(last)]).toEqual(['placed', true])
    await sealEvents()
    expect((await verify()).intact).toBe(true)
  })

  test.each([
    ['of long ago', `now() - interval '300 days'`],
    ['in front of others, of now', `now() + interval '2 minutes'`],
  ])('an event that was queued past the triggers, %s', async (_, at) => {
    const { events: number } = await verify()
    await asSuperuser(insert('forged', -7, at), sql`insert into audit_unsealed values ('forged')`)
    await sealEvents()
    expect((await verify()).problem).toContain(`number ${number + 1} (forged) was inserted or misdated`)
  })

  test('an event that was removed before it was sealed', async () => {
    const { key } = await makeKey(await makePerson())
    const [event] = await db().select().from(auditEvents).where(eq(auditEvents.targetId, key.id))
    await asSuperuser(sql`delete from audit_events where target_id = ${key.id}`)
    const { problem } = await verify()
    expect(problem).toBe(`The event ${event?.id} was removed before it was sealed.`)
    await sealEvents()
    expect((await verify()).problem).toBe(problem)
  })

  test('an event that is never sealed', async () => {
    const { key } = await makeKey(await makePerson())
    const aged = sql`update audit_events set at = at - interval '2 minutes' where target_id = ${key.id}`
    expect((await verify()).problem).toBe(null)
    await asSuperuser(aged)
    expect((await verify()).problem).toContain('is not sealed yet')
  })

  test('a stray behind more events than one look takes', async () => {
    await asSuperuser(
      sql`insert into audit_events (id, at, actor_kind, actor_name, action, target_kind, target_id, target_name)
        select 's' || n, now(), 'system', 'server', 'key.created', 'key', 'x', 'x' from generate_series(1, 6000) n`,
      sql`insert into audit_unsealed select 's' || n from generate_series(1, 5999) n`,
    )
    expect((await verify()).problem).toBe('The event s6000 was inserted past the application.')
  })

  test('a time that JavaScript has not', async () => {
    const { id } = await middle()
    const number = await numberOf(id)
    const infinite = sql`update audit_events set at = 'infinity' where id = ${id}`
    await expect(asSuperuser(infinite)).rejects.toThrow()
    await asSuperuser(sql`alter table audit_events drop constraint audit_events_at_finite`, infinite)
    try {
      expect((await verify()).problem).toContain(`number ${number} (${id}) was changed`)
      const { data } = await followAudit(cli(), null, followAuditSchema.parse({}))
      expect(data.find((event) => event.id === id)?.at).toBe('+275760-09-13T00:00:00.000Z')
    } finally {
      await asSuperuser(
        sql`delete from audit_events where id = ${id}`,
        sql`alter table audit_events add constraint audit_events_at_finite check (isfinite(at)) not valid`,
      )
    }
  })
})
