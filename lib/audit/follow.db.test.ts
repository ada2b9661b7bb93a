import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { memberships } from '@/db/schema'
import { addMember, cli, keyActor, makeKey, makePerson, outcome, type Person } from '@/db/testing'
import { followAudit, followAuditSchema } from './follow'
import { recordAudit } from './record'
import { sealEvents } from './seal'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
  await makeKey(ada)
  await makeKey(bob)
  await sealEvents()
})

const query = (fields: object = {}) => followAuditSchema.parse(fields)

test('tells a project its own events, oldest first, and goes on where it ended', async () => {
  const { data, nextCursor } = await followAudit(ada.actor, ada.projectId, query())
  expect(data.map(({ action, project }) => [action, project?.id])).toEqual([
    ['project.created', ada.projectId],
    ['key.created', ada.projectId],
  ])
  expect(await followAudit(ada.actor, ada.projectId, query({ cursor: nextCursor }))).toEqual({ data: [], nextCursor })
  const { key } = await makeKey(ada)
  expect((await followAudit(ada.actor, ada.projectId, query({ cursor: nextCursor }))).data).toEqual([])
  await sealEvents()
  const later = await followAudit(ada.actor, ada.projectId, query({ cursor: nextCursor }))
  expect(later.data).toMatchObject([{ action: 'key.created', target: { id: key.id } }])
})

test('foreign projects have no events, and the whole site is for admins and the command line', async () => {
  expect((await followAudit(bob.actor, ada.projectId, query())).data).toEqual([])
  await expect(followAudit(ada.actor, null, query())).rejects.toMatchObject({ code: 'forbidden' })
  const { secret } = await makeKey(ada, { scopes: ['audit:read'] })
  const actor = await keyActor(secret)
  expect((await followAudit(actor, bob.projectId, query())).data).toEqual([])
  await expect(followAudit(actor, null, query())).rejects.toMatchObject({ code: 'forbidden' })
  const all = await followAudit(cli(), null, query({ limit: 1000 }))
  expect(new Set(all.data.map(({ project }) => project?.id))).toEqual(
    new Set([null, ada.projectId, bob.projectId].map((id) => id ?? undefined)),
  )
  const admin = { ...ada.actor, isAdmin: true }
  expect((await followAudit(admin, null, query({ limit: 1000 }))).data).toEqual(all.data)
  const shipper = { scopes: ['audit:read', 'site:audit'] }
  expect(await outcome(makeKey(ada, shipper))).toBe('forbidden')
  const site = await makeKey({ actor: cli(), projectId: ada.projectId }, shipper)
  expect((await followAudit(await keyActor(site.secret), null, query({ limit: 1000 }))).data).toEqual(all.data)
})

test('a viewer is refused, and not told that nothing was done', async () => {
  const viewer = await makePerson({ name: 'Vera' })
  await addMember(ada.projectId, viewer, 'viewer')
  await expect(followAudit(viewer.actor, ada.projectId, query())).rejects.toMatchObject({ code: 'forbidden' })
  await db().update(memberships).set({ role: 'developer' }).where(eq(memberships.userId, viewer.user.id))
  expect((await followAudit(viewer.actor, ada.projectId, query())).data.length).toBeGreaterThan(0)
})

test('filters by actor, act, target, result and time', async () => {
  const { data } = await followAudit(cli(), null, query({ limit: 1000 }))
  const some = async (fields: object) => (await followAudit(cli(), null, query({ limit: 1000, ...fields }))).data
  for (const event of data) {
    expect(await some({ action: event.action })).toEqual(data.filter(({ action }) => action === event.action))
    expect(await some({ target: event.target.id })).toEqual(data.filter(({ target }) => target.id === event.target.id))
    if (event.actor.id)
      expect(await some({ actor: event.actor.id })).toEqual(data.filter(({ actor }) => actor.id === event.actor.id))
  }
  expect(await some({ result: 'refused' })).toEqual([])
  const middle = data[2]?.at as string
  expect(await some({ from: middle })).toEqual(data.filter(({ at }) => at >= middle))
  expect(await some({ to: middle })).toEqual(data.filter(({ at }) => at < middle))
})

test('never skips an event, whatever is committed when', async () => {
  await sealEvents()
  const { nextCursor: begin } = await followAudit(cli(), null, query({ limit: 1000 }))
  const written = 60
  let writing = true
  const write = async (from: number) => {
    for (let i = from; i < written; i += 4) {
      await db().transaction(async (tx) => {
        await recordAudit(tx, cli(), {
          action: 'user.renamed',
          target: { kind: 'user', id: `late-${i}`, name: 'Late' },
        })
        // Some commit long after others that were numbered later.
        await new Promise((done) => setTimeout(done, Math.random() * 20))
      })
    }
  }
  const writers = Promise.all([0, 1, 2, 3].map(write)).finally(() => {
    writing = false
  })
  const seen: string[] = []
  let cursor = begin
  for (let last = false; !last; ) {
    last = !writing
    await sealEvents()
    const page = await followAudit(cli(), null, query({ cursor, limit: 7 }))
    seen.push(...page.data.map(({ target }) => target.id))
    if (page.data.length > 0) last = false
    cursor = page.nextCursor
  }
  await writers
  expect(seen.sort()).toEqual(Array.from({ length: written }, (_, i) => `late-${i}`).sort())
})

test('a cursor that the log ends before, as after a restore, is refused', async () => {
  const { data } = await followAudit(cli(), null, query({ limit: 1000 }))
  const end = data.at(-1)?.number ?? 0
  expect(await followAudit(cli(), null, query({ cursor: `${end}` }))).toEqual({ data: [], nextCursor: `${end}` })
  for (const projectId of [null, ada.projectId]) {
    await expect(followAudit(cli(), projectId, query({ cursor: `${end + 1}` }))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`The log ends with number ${end}.`),
    })
  }
})

test('times that lie too far away are not asked for', () => {
  const some = (fields: object) => followAuditSchema.safeParse(fields).success
  for (const time of ['0000-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59-01:00']) {
    expect([time, some({ from: time }), some({ to: time })]).toEqual([time, false, false])
  }
  for (const time of ['1970-01-01T00:00:00Z', '9998-12-31T23:59:59Z']) {
    expect([time, some({ from: time }), some({ to: time })]).toEqual([time, true, true])
  }
})
