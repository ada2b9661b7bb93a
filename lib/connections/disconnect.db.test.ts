import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys, memberships, oauthArtifacts } from '@/db/schema'
import {
  addMember,
  auditCount,
  auditOf,
  makeClient,
  makeGrant,
  makeKey,
  makePerson,
  outcome,
  type Person,
  verdict,
} from '@/db/testing'
import { listGrants } from '@/lib/grants/list'
import { disconnect } from './disconnect'
import { listConnections } from './list'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

/** Two keys of one third party, and a grant. */
async function connected(person = ada) {
  const keys = [
    await makeKey(person, { thirdParty: { name: 'Zapier' } }),
    await makeKey(person, { thirdParty: { name: 'Zapier' } }),
  ]
  const grant = await makeGrant(person, (await makeClient(bob)).app)
  return { keys, grant, shown: { keyIds: keys.map(({ key }) => key.id), grantIds: [grant.id] } }
}

const tokenEnded = async (id: string) =>
  (await db().select().from(oauthArtifacts).where(eq(oauthArtifacts.id, id)))[0]?.endedAt !== null

test('ends the keys and grants that were shown, and no others, with an audit row each and one wait', async () => {
  const { keys, grant, shown } = await connected()
  const [other, elsewhere] = [
    await makeKey(ada, { thirdParty: { name: 'Acme' } }),
    await makeGrant(ada, (await makeClient(bob)).app),
  ]
  const before = await auditCount()
  ada.actor.origin.narrowedAt = undefined
  expect(await disconnect(ada.actor, shown)).toEqual({ keys: 2, grants: 1 })
  expect(ada.actor.origin.narrowedAt).toBeDefined()
  expect(await auditCount()).toBe(before + 3)
  for (const { key, secret } of keys) {
    expect(await verdict(secret)).toBe('revoked_credentials')
    expect((await auditOf(key.id)).at(-1)).toMatchObject({ action: 'key.revoked', actorId: ada.user.id })
  }
  expect(await auditOf(grant.id)).toMatchObject([{ action: 'grant.removed' }])
  expect(await tokenEnded(grant.tokenId)).toBe(true)
  expect(await verdict(other.secret)).toBe('good')
  expect((await listGrants(ada.actor)).map(({ id }) => id)).toContain(elsewhere.id)
})

test('all of it or nothing: a foreign or unknown one among them ends none', async () => {
  const { keys, grant, shown } = await connected()
  const his = await connected(bob)
  const before = await auditCount()
  for (const wrong of [
    { ...shown, keyIds: [...shown.keyIds, ...his.shown.keyIds] },
    { ...shown, grantIds: [...shown.grantIds, his.grant.id] },
    { ...shown, keyIds: [...shown.keyIds, 'nothing'] },
    { ...shown, grantIds: [...shown.grantIds, 'nothing'] },
  ]) {
    expect(await outcome(disconnect(ada.actor, wrong))).toBe('not_found')
  }
  expect(await auditCount()).toBe(before)
  for (const { secret } of [...keys, ...his.keys]) expect(await verdict(secret)).toBe('good')
  for (const { tokenId } of [grant, his.grant]) expect(await tokenEnded(tokenId)).toBe(false)
})

test('twice, and many times at once: one does it, one audit row each', async () => {
  const { keys, grant, shown } = await connected()
  const all = await Promise.all(Array.from({ length: 6 }, () => outcome(disconnect(ada.actor, shown))))
  expect(all.sort()).toEqual([...Array(5).fill('conflict'), 'done'])
  for (const { key } of keys) {
    expect((await auditOf(key.id)).filter(({ action }) => action === 'key.revoked')).toHaveLength(1)
  }
  expect(await auditOf(grant.id)).toHaveLength(1)
})

test('what ended meanwhile is left as it is', async () => {
  const { keys, shown } = await connected()
  await disconnect(ada.actor, { keyIds: [keys[0]?.key.id ?? ''], grantIds: [] })
  expect(await disconnect(ada.actor, shown)).toEqual({ keys: 1, grants: 1 })
})

test('across projects, in whatever order they are named', async () => {
  const carol = await makePerson({ name: 'Carol' })
  await addMember(bob.projectId, carol, 'developer')
  for (let round = 0; round < 3; round++) {
    const keys = [await makeKey(carol), await makeKey({ actor: carol.actor, projectId: bob.projectId })]
    const keyIds = keys.map(({ key }) => key.id)
    const both = [
      disconnect(carol.actor, { keyIds, grantIds: [] }),
      disconnect(carol.actor, { keyIds: keyIds.toReversed(), grantIds: [] }),
    ]
    expect((await Promise.all(both.map(outcome))).sort()).toEqual(['conflict', 'done'])
  }
})

test('a person may end the keys they answer for whatever their role is, and those of others where it allows that', async () => {
  const carol = await makePerson({ name: 'Carol' })
  await addMember(ada.projectId, carol, 'developer')
  const hers = await makeKey({ actor: carol.actor, projectId: ada.projectId })
  const adas = await makeKey(ada)
  await db().update(memberships).set({ role: 'viewer' }).where(eq(memberships.userId, carol.user.id))
  expect(await outcome(disconnect(carol.actor, { keyIds: [hers.key.id, adas.key.id], grantIds: [] }))).toBe('forbidden')
  expect(await verdict(hers.secret)).toBe('good')
  expect(await outcome(disconnect(carol.actor, { keyIds: [hers.key.id], grantIds: [] }))).toBe('done')
  const again = await makeKey(ada)
  await db().update(apiKeys).set({ responsibleId: carol.user.id }).where(eq(apiKeys.id, again.key.id))
  expect(await disconnect(ada.actor, { keyIds: [again.key.id], grantIds: [] })).toEqual({ keys: 1, grants: 0 })
})

test("a member's role gives nothing over the grants of others", async () => {
  await addMember(bob.projectId, ada, 'owner')
  const grant = await makeGrant(bob, (await makeClient(bob)).app, { projectId: bob.projectId })
  expect(await outcome(disconnect(ada.actor, { keyIds: [], grantIds: [grant.id] }))).toBe('not_found')
  expect(await tokenEnded(grant.tokenId)).toBe(false)
})

test('threat 85: when one audit row cannot be written all of it goes on', async () => {
  const { keys, grant, shown } = await connected()
  await db().execute(sql`alter table audit_events add constraint no_grants check (target_kind <> 'grant') not valid`)
  try {
    await expect(disconnect(ada.actor, shown)).rejects.toThrow()
  } finally {
    await db().execute(sql`alter table audit_events drop constraint no_grants`)
  }
  for (const { secret } of keys) expect(await verdict(secret)).toBe('good')
  expect(await tokenEnded(grant.tokenId)).toBe(false)
  const { connections } = await listConnections(ada.actor)
  expect(connections.flatMap(({ items }) => items.map(({ id }) => id))).toEqual(
    expect.arrayContaining([...shown.keyIds, grant.id]),
  )
})
