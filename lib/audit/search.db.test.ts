import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { addMember, makeKey, makePerson, outcome, type Person } from '@/db/testing'
import { asSuperuser, forgetLog } from '@/db/testing-audit'
import { getKey } from '@/lib/keys/get'
import { revokeKey } from '@/lib/keys/revoke'
import { removeMember } from '@/lib/members/remove'
import { sealEvents } from './seal'
import { auditFilterSchema, auditHeadOf, searchAudit, searchProjectAudit } from './search'

let root: Person
let ada: Person
let keyId: string

beforeAll(async () => {
  root = await makePerson({ name: 'Root', isAdmin: true })
  ada = await makePerson({ name: 'Ada' })
  const { key } = await makeKey(ada, { label: 'Logged' })
  keyId = key.id
  await outcome(revokeKey(root.actor, keyId))
  await revokeKey(ada.actor, keyId, { reason: 'Over' })
})

const search = ({ cursor, limit = 50, ...filter }: Record<string, unknown> = {}) =>
  searchAudit(root.actor, {
    ...auditFilterSchema.parse(filter),
    cursor: cursor as string | undefined,
    limit: limit as number,
  })
const actions = async (filter: Record<string, unknown>) => (await search(filter)).data.map(({ action }) => action)

test('newest first, by actor, action, target, project, result and day', async () => {
  expect(await actions({ target: keyId })).toEqual(['key.revoked', 'key.revoked', 'key.created'])
  expect(await actions({ target: keyId, result: 'refused' })).toEqual(['key.revoked'])
  expect(await actions({ target: keyId, result: 'allowed' })).toEqual(['key.revoked', 'key.created'])
  expect(await actions({ target: keyId, actor: root.user.id })).toEqual(['key.revoked'])
  expect(await actions({ target: keyId, actor: root.user.email.toUpperCase() })).toEqual(['key.revoked'])
  expect(await actions({ actor: 'nobody@example.org' })).toEqual([])
  expect(await actions({ action: 'key.created' })).toEqual(['key.created'])
  expect(await actions({ project: ada.user.project.slug })).toEqual(['key.revoked', 'key.created', 'project.created'])
  expect(await actions({ project: 'nothing' })).toEqual([])
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const here = { target: keyId, action: 'key.created' }
  expect(await actions({ ...here, from: day(-1), to: day(1) })).toHaveLength(1)
  expect(await actions({ ...here, from: day(1) })).toEqual([])
  expect(await actions({ ...here, to: day(-1) })).toEqual([])
})

test('says what changed, and its place in the chain once it is sealed', async () => {
  await sealEvents()
  const [event] = (await search({ target: keyId, result: 'allowed' })).data
  expect(event).toMatchObject({
    actor: { kind: 'user', id: ada.user.id, name: 'Ada' },
    target: { kind: 'key', id: keyId, name: 'Logged' },
    project: { slug: ada.user.project.slug },
    changes: { reason: [null, 'Over'] },
  })
  const head = await auditHeadOf(root.actor)
  expect(event?.number).toBeLessThanOrEqual(head?.number ?? 0)
  expect(head?.hash).toMatch(/^[\w-]{43}$/)
})

test('page by page, there and back', async () => {
  const whole = (await search({ limit: 9 })).data
  const first = await search({ limit: 3 })
  const second = await search({ limit: 3, cursor: first.nextCursor })
  const third = await search({ limit: 3, cursor: second.nextCursor })
  expect([first, second, third].flatMap(({ data }) => data)).toEqual(whole)
  expect((await search({ limit: 3, cursor: third.previousCursor })).data).toEqual(second.data)
  const start = await search({ limit: 3, cursor: second.previousCursor })
  expect(start).toMatchObject({ data: first.data, previousCursor: null })
  for (const cursor of ['x', '1e9', '9'.repeat(40), '-', "' or 1=1"]) {
    expect([cursor, await outcome(search({ cursor }))]).toEqual([cursor, 'validation_failed'])
  }
})

test('threat 42: not for others', async () => {
  const filter = { ...auditFilterSchema.parse({}), limit: 1 }
  expect(await outcome(searchAudit(ada.actor, filter))).toBe('not_found')
  expect(await outcome(auditHeadOf(ada.actor))).toBe('not_found')
  expect((await getKey(ada.actor, keyId)).status).toBe('revoked')
})

test('the history of a project is its own, and for roles that may read it', async () => {
  const [developer, viewer, eve] = [await makePerson(), await makePerson(), await makePerson()]
  await addMember(ada.projectId, developer, 'developer')
  await addMember(ada.projectId, viewer, 'viewer')
  const historyFor = async ({ actor }: Person, filter: Record<string, unknown> = {}) => {
    const page = await searchProjectAudit(actor, ada.projectId, { ...auditFilterSchema.parse(filter), limit: 50 })
    return page.data.map(({ action }) => action)
  }
  for (const person of [ada, developer]) {
    expect(await historyFor(person)).toEqual(['key.revoked', 'key.created', 'project.created'])
  }
  expect(await historyFor(ada, { action: 'key.created', target: keyId })).toEqual(['key.created'])
  expect(await historyFor(ada, { actor: ada.user.email, target: keyId })).toEqual(['key.revoked', 'key.created'])
  // A filter by project does not lead into another one.
  expect(await historyFor(ada, { project: eve.user.project.slug })).toHaveLength(3)
  for (const person of [viewer, eve, root]) expect(await historyFor(person)).toEqual([])
  // Whose address it is, is told of members alone.
  await makeKey({ ...developer, projectId: ada.projectId })
  const { id, email } = developer.user
  expect(await historyFor(ada, { actor: email })).toEqual(['key.created'])
  await removeMember(ada.actor, ada.projectId, id, { keys: 'keep' })
  expect(await historyFor(ada, { actor: email })).toEqual([])
  expect(await historyFor(ada, { actor: id })).toEqual(['key.created'])
})

test('days at the ends of time', async () => {
  for (const day of ['0000-01-01', '1969-12-31', '9999-12-31']) {
    expect([day, auditFilterSchema.safeParse({ from: day }).success]).toEqual([day, false])
    expect([day, auditFilterSchema.safeParse({ to: day }).success]).toEqual([day, false])
  }
  const all = await actions({})
  expect(await actions({ from: '1970-01-01', to: '9998-12-31' })).toEqual(all)
  expect(await actions({ from: '9998-12-31' })).toEqual([])
  expect(await actions({ to: '1970-01-01' })).toEqual([])
})

test.each(['3 days', '-3 days'])('an event whose time is wrong by %s hides no others', async (by) => {
  const today = new Date().toISOString().slice(0, 10)
  for (let i = 0; i < 3; i++) await makeKey(ada)
  const before = await actions({ from: today, to: today })
  const { key } = await makeKey(ada, { label: 'Wrong' })
  await asSuperuser(sql`update audit_events set at = at + ${by}::interval where target_id = ${key.id}`)
  for (let i = 0; i < 3; i++) await makeKey(ada)
  const made = ['key.created', 'key.created', 'key.created']
  expect(await actions({ from: today, to: today })).toEqual([...made, ...before])
  await forgetLog()
})
