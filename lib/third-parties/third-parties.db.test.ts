import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { addMember, auditCount, auditOf, keyActor, makeKey, makePerson, outcome, type Person } from '@/db/testing'
import { createThirdParty } from './create'
import { createThirdPartySchema, updateThirdPartySchema } from './input'
import { getThirdParty, listThirdParties } from './list'
import { updateThirdParty } from './update'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

const create = (name: string, person = ada, actor: Parameters<typeof createThirdParty>[0] = person.actor) =>
  createThirdParty(actor, person.projectId, { name })

test('made, read, changed and listed with what it holds', async () => {
  const input = createThirdPartySchema.parse({
    name: ' Acme ',
    website: 'https://acme.example',
    contact: 'ops@acme.example',
  })
  const made = await createThirdParty(ada.actor, ada.projectId, input)
  expect(made).toMatchObject({
    name: 'Acme',
    website: 'https://acme.example/',
    contact: 'ops@acme.example',
    purpose: null,
  })
  expect(await getThirdParty(ada.actor, made.id)).toEqual(made)
  await makeKey(ada, { thirdParty: made.id })
  const after = await updateThirdParty(ada.actor, made.id, { purpose: 'Ships orders', website: null })
  expect(after).toEqual({ ...made, purpose: 'Ships orders', website: null })
  const list = await listThirdParties(ada.actor, ada.projectId)
  expect(list.find(({ id }) => id === made.id)).toMatchObject({ ...after, keys: 1, lastUsedAt: null })
  expect((await auditOf(made.id)).map(({ action, changes }) => [action, changes])).toEqual([
    ['third_party.created', { website: [null, 'https://acme.example/'] }],
    ['third_party.updated', { purpose: [null, 'Ships orders'], website: ['https://acme.example/', null] }],
  ])
})

test('a name is taken once in a project, whatever its case, also by five at once', async () => {
  const five = await Promise.all(
    ['Globex', 'globex', 'GLOBEX', 'Globex', 'gloBex'].map((name) => outcome(create(name))),
  )
  expect(five.sort()).toEqual([...Array(4).fill('conflict'), 'done'])
  expect(await outcome(create('Globex', bob))).toBe('done')
  const other = await create('Initech')
  expect(await outcome(updateThirdParty(ada.actor, other.id, { name: 'GLOBEX' }))).toBe('conflict')
  expect((await getThirdParty(ada.actor, other.id)).name).toBe('Initech')
  expect(await outcome(updateThirdParty(ada.actor, other.id, { name: 'INITECH' }))).toBe('done')
})

test('a key that names a known one gets that one, also when ten are made at once', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, () => makeKey(ada, { thirdParty: { name: 'Hooli' } })))
  expect(new Set(made.map(({ key }) => key.thirdParty?.id)).size).toBe(1)
})

test('threat 35: strangers get the same for foreign and unknown ones, and change nothing', async () => {
  const { id } = await create('Umbrella')
  const message = async (work: Promise<unknown>) => ((await work.catch((error: unknown) => error)) as Error).message
  expect(await message(getThirdParty(bob.actor, id))).toBe(await message(getThirdParty(bob.actor, 'nothing')))
  expect(await outcome(getThirdParty(bob.actor, id))).toBe('not_found')
  expect(await outcome(updateThirdParty(bob.actor, id, { name: 'His' }))).toBe('not_found')
  expect(await outcome(create('His', ada, bob.actor))).toBe('not_found')
  expect(await listThirdParties(bob.actor, ada.projectId)).toEqual([])
  const his = await keyActor((await makeKey(bob, { scopes: ['keys:read', 'keys:write'] })).secret)
  expect(await outcome(updateThirdParty(his, id, { name: 'His' }))).toBe('not_found')
  expect((await getThirdParty(ada.actor, id)).name).toBe('Umbrella')
})

test('viewers see and do not touch; a key needs keys:write', async () => {
  const { id } = await create('Stark')
  const viewer = await makePerson()
  await addMember(ada.projectId, viewer, 'viewer')
  expect((await getThirdParty(viewer.actor, id)).name).toBe('Stark')
  expect(await outcome(create('Mine', ada, viewer.actor))).toBe('forbidden')
  expect(await outcome(updateThirdParty(viewer.actor, id, { name: 'Mine' }))).toBe('forbidden')
  const weak = await keyActor((await makeKey(ada, { scopes: ['keys:read'] })).secret)
  expect(await outcome(create('Mine', ada, weak))).toBe('insufficient_scope')
})

test('threat 85: when the audit row cannot be written nothing is made or changed', async () => {
  const wayne = await create('Wayne')
  const before = await auditCount()
  await db().execute(sql`alter table audit_events rename to audit_gone`)
  try {
    await expect(create('Lost')).rejects.toThrow()
    await expect(updateThirdParty(ada.actor, wayne.id, { name: 'Lost' })).rejects.toThrow()
  } finally {
    await db().execute(sql`alter table audit_gone rename to audit_events`)
  }
  expect(await auditCount()).toBe(before)
  const names = (await listThirdParties(ada.actor, ada.projectId)).map(({ name }) => name)
  expect(names).toContain('Wayne')
  expect(names).not.toContain('Lost')
})

test('threat 47: a website is http or https and nothing else', () => {
  for (const website of [
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://x.example',
    'https://user:pass@x.example',
    '//x.example',
    'x',
  ]) {
    expect([website, updateThirdPartySchema.safeParse({ website }).success]).toEqual([website, false])
  }
})
