import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthClients } from '@/db/schema'
import {
  addMember,
  auditCount,
  auditOf,
  keyActor,
  makeClient,
  makeGrant,
  makeKey,
  makePerson,
  outcome,
  type Person,
} from '@/db/testing'
import { listLinkableApps, suggestApps } from './apps'
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

/** An app of somebody else, with the domain given. */
async function makeAppAt(domain: string, { verified = false, owner = bob } = {}) {
  const redirectUris = [`https://hooks.${domain}/back`]
  const { app } = await makeClient(owner, { name: domain, homepage: `https://${domain}`, redirectUris })
  const verifiedAt = verified ? new Date() : null
  await db().update(oauthClients).set({ verifiedAt }).where(eq(oauthClients.id, app.id))
  return { id: app.id, name: app.name, verified }
}

test('is said to be a registered app, whoever registered it, and said to be none again', async () => {
  const app = await makeAppAt('zapier.example')
  const made = await createThirdParty(ada.actor, ada.projectId, { name: 'Zapier', app: app.id })
  expect(made.app).toEqual(app)
  expect(await getThirdParty(ada.actor, made.id)).toEqual(made)
  const list = await listThirdParties(ada.actor, ada.projectId)
  expect(list.find(({ id }) => id === made.id)?.app).toEqual(app)
  expect((await updateThirdParty(ada.actor, made.id, { app: null })).app).toBeNull()
  expect((await updateThirdParty(ada.actor, made.id, { app: app.id })).app).toEqual(app)
  expect(await updateThirdParty(ada.actor, made.id, { app: app.id })).toMatchObject({ app })
  expect((await auditOf(made.id)).map(({ changes }) => changes)).toEqual([
    { app: [null, 'zapier.example'] },
    { app: ['zapier.example', null] },
    { app: [null, 'zapier.example'] },
  ])
})

test('an app that is not there or was disabled is none; one disabled later does not stand in the way', async () => {
  const app = await makeAppAt('late.example')
  const made = await createThirdParty(ada.actor, ada.projectId, { name: 'Late', app: app.id })
  await db().update(oauthClients).set({ disabledAt: new Date() }).where(eq(oauthClients.id, app.id))
  const other = await create('Other')
  for (const id of [app.id, 'nothing']) {
    expect(await outcome(updateThirdParty(ada.actor, other.id, { app: id }))).toBe('validation_failed')
    expect(await outcome(createThirdParty(ada.actor, ada.projectId, { name: 'New', app: id }))).toBe(
      'validation_failed',
    )
  }
  expect(await updateThirdParty(ada.actor, made.id, { app: app.id, purpose: 'Syncs' })).toMatchObject({
    purpose: 'Syncs',
    app,
  })
})

test('a key made for an app is held by the record of that app, made or found by its name', async () => {
  const app = await makeAppAt('wonka.example')
  const forApp = async (name: string, id = app.id) =>
    (await makeKey(ada, { thirdParty: { name, app: id } })).key.thirdParty
  const known = await create('Wonka')
  expect(await forApp('WONKA')).toMatchObject({ id: known.id, name: 'Wonka' })
  expect((await getThirdParty(ada.actor, known.id)).app).toEqual(app)
  expect(await forApp('By another name')).toMatchObject({ id: known.id })
  expect((await auditOf(known.id)).at(-1)).toMatchObject({ changes: { app: [null, 'wonka.example'] } })
  const other = await makeAppAt('slugworth.example')
  expect(await outcome(forApp('Wonka', other.id))).toBe('conflict')
  expect((await forApp('Slugworth', other.id))?.name).toBe('Slugworth')
  const ten = await Promise.all(
    Array.from({ length: 10 }, () => makeAppAt('ten.example').then(({ id }) => outcome(forApp('Ten', id)))),
  )
  expect(ten.filter((code) => code === 'done')).toHaveLength(1)
})

test('offered are verified apps, those of the project, and those the person has let in', async () => {
  const carol = await makePerson({ name: 'Carol' })
  const [verified, own, letIn, stranger] = [
    await makeAppAt('verified.example', { verified: true }),
    await makeAppAt('own.example', { owner: carol }),
    await makeAppAt('let-in.example'),
    await makeAppAt('stranger.example'),
  ]
  await makeGrant(carol, letIn)
  const offered = await listLinkableApps(carol.actor, carol.projectId)
  expect(offered).toEqual(expect.arrayContaining([verified, own, letIn]))
  expect(offered.map(({ id }) => id)).not.toContain(stranger.id)
  const websites = {
    Homepage: 'https://verified.example/about',
    Redirect: 'http://HOOKS.let-in.example:8080/',
    Suffix: 'https://evil.verified.example.com/',
    Stranger: 'https://stranger.example/',
    None: null,
  }
  const ids = new Map<string, string>()
  for (const [name, website] of Object.entries(websites)) {
    ids.set(name, (await createThirdParty(carol.actor, carol.projectId, { name, website })).id)
  }
  const linked = await createThirdParty(carol.actor, carol.projectId, {
    name: 'Linked',
    website: 'https://own.example/',
    app: own.id,
  })
  const suggested = await suggestApps(carol.actor, carol.projectId)
  expect(suggested).toEqual(
    new Map([
      [ids.get('Homepage'), verified],
      [ids.get('Redirect'), letIn],
    ]),
  )
  await updateThirdParty(carol.actor, linked.id, { app: null })
  expect((await suggestApps(carol.actor, carol.projectId)).get(linked.id)).toEqual(own)
  expect(await suggestApps(bob.actor, carol.projectId)).toEqual(new Map())
})
