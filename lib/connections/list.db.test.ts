import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys, apiKeyUses, memberships, oauthUses, projects, thirdParties } from '@/db/schema'
import { addMember, cli, makeClient, makeGrant, makeKey, makePerson, outcome } from '@/db/testing'
import { removeGrant } from '@/lib/grants/remove'
import { revokeKey } from '@/lib/keys/revoke'
import { getConnection, listConnections } from './list'

const DAY_MS = 86_400_000
const list = async (...args: Parameters<typeof listConnections>) => (await listConnections(...args)).connections
const link = (thirdPartyId: string | undefined, clientId: string) =>
  db()
    .update(thirdParties)
    .set({ clientId })
    .where(eq(thirdParties.id, thirdPartyId ?? ''))

test('records linked to one app are one connection across projects, with its grant; others one for each project', async () => {
  const [ada, bob] = [await makePerson(), await makePerson({ name: 'Bob' })]
  await addMember(bob.projectId, ada, 'developer')
  const there = { actor: ada.actor, projectId: bob.projectId }
  const { app } = await makeClient(bob, { name: 'Zapier', homepage: 'https://zapier.example/' })
  const linked = [
    await makeKey(ada, { label: 'One', thirdParty: { name: 'Zapier' }, scopes: ['orders:read'] }),
    await makeKey(there, { label: 'Two', thirdParty: { name: 'Our Zapier' }, scopes: ['orders:write'] }),
  ]
  for (const { key } of linked) await link(key.thirdParty?.id, app.id)
  const { id: grantId } = await makeGrant(ada, app, { scopes: ['profile:read'], redirectHost: 'hooks.zapier.example' })
  const acme = [
    await makeKey(ada, { thirdParty: { name: 'Acme', website: 'https://acme.example/about' } }),
    await makeKey(there, { thirdParty: { name: 'Acme' } }),
  ]
  const loose = await makeKey(ada, { label: 'Loose end' })

  const connections = await list(ada.actor)
  expect(connections).toHaveLength(4)
  expect(connections.find(({ id }) => id === `app-${app.id}`)).toMatchObject({
    name: 'Zapier',
    kind: 'app',
    app: { id: app.id, verified: false, disabled: false },
    site: 'hooks.zapier.example',
    scopes: ['profile:read', 'orders:write', 'orders:read'],
    elsewhere: 0,
    items: [
      { kind: 'grant', id: grantId },
      { kind: 'key', label: 'Two' },
      { kind: 'key', label: 'One' },
    ],
  })
  for (const { key } of acme) {
    expect(connections.find(({ id }) => id === `party-${key.thirdParty?.id}`)?.items.map(({ id }) => id)).toEqual([
      key.id,
    ])
  }
  expect(connections.find(({ id }) => id === `party-${acme[0]?.key.thirdParty?.id}`)?.site).toBe('acme.example')
  expect(connections.find(({ id }) => id === `key-${loose.key.id}`)).toMatchObject({ name: 'Loose end', kind: 'key' })

  const here = await list(ada.actor, { projectId: ada.projectId })
  expect(here.map(({ name }) => name).sort()).toEqual(['Acme', 'Loose end', 'Zapier'])
  expect(here.find(({ name }) => name === 'Zapier')).toMatchObject({ elsewhere: 2, items: [{ label: 'One' }] })
})

test('the grants of one app for several projects are one connection, and told apart', async () => {
  const [ada, bob] = [await makePerson(), await makePerson({ name: 'Bob' })]
  const { app } = await makeClient(bob, { name: 'Zapier' })
  const alone = await makeGrant(ada, app, { projectId: ada.projectId })
  expect((await list(ada.actor))[0]?.items).toMatchObject([
    { label: 'Zapier', project: { slug: ada.user.project.slug } },
  ])
  await addMember(bob.projectId, ada, 'developer')
  await makeGrant(ada, app, { projectId: bob.projectId, scopes: ['orders:write'] })
  await makeGrant(ada, app, { scopes: ['openid'] })
  const [connection, more] = await list(ada.actor)
  expect(more).toBeUndefined()
  expect(connection?.items).toHaveLength(3)
  expect(new Set(connection?.items.map(({ label }) => label)).size).toBe(3)
  expect(connection?.items.map(({ label }) => label)).toContain('Zapier outside of projects')
  const here = await getConnection(ada.actor, `app-${app.id}`, { projectId: ada.projectId })
  expect(here).toMatchObject({ elsewhere: 2, items: [{ id: alone.id, scopes: ['orders:read'] }] })
  await removeGrant(ada.actor, alone.id)
  expect((await list(ada.actor))[0]?.items).toHaveLength(2)
})

test('only what lives, and only what acts for the person', async () => {
  const [ada, bob] = [await makePerson(), await makePerson({ name: 'Bob' })]
  await addMember(ada.projectId, bob, 'owner')
  const { app } = await makeClient(bob)
  const revoked = await makeKey(ada)
  await revokeKey(ada.actor, revoked.key.id)
  const expired = await makeKey(ada)
  await db()
    .update(apiKeys)
    .set({ expiresAt: new Date(0) })
    .where(eq(apiKeys.id, expired.key.id))
  const removed = await makeGrant(ada, app)
  await removeGrant(ada.actor, removed.id)
  await makeKey({ actor: bob.actor, projectId: ada.projectId }, { label: "Bob's" })
  await makeGrant(bob, app)
  expect(await listConnections(ada.actor)).toEqual({ connections: [], any: false, more: false })
  expect((await list(bob.actor)).map(({ name }) => name).sort()).toEqual(["Bob's", 'Test app'])
})

test('keys of a project that the person has left, or that is gone, act for nobody', async () => {
  const [ada, bob] = [await makePerson(), await makePerson({ name: 'Bob' })]
  await addMember(bob.projectId, ada, 'developer')
  await makeKey({ actor: ada.actor, projectId: bob.projectId })
  expect(await list(ada.actor)).toHaveLength(1)
  await db().delete(memberships).where(eq(memberships.userId, ada.user.id))
  expect(await list(ada.actor)).toEqual([])
  await makeKey(bob)
  await db().update(projects).set({ deletedAt: new Date() }).where(eq(projects.id, bob.projectId))
  expect(await list(bob.actor)).toEqual([])
})

test("an owner sees all of a project's keys on request; others see their own", async () => {
  const [ada, bob] = [await makePerson(), await makePerson({ name: 'Bob' })]
  await addMember(ada.projectId, bob, 'developer')
  await makeKey({ actor: bob.actor, projectId: ada.projectId }, { label: "Bob's" })
  await makeKey(ada, { label: "Ada's" })
  const labels = async (...args: Parameters<typeof listConnections>) =>
    (await list(...args)).map(({ name }) => name).sort()
  expect(await labels(ada.actor, { projectId: ada.projectId })).toEqual(["Ada's"])
  expect(await labels(ada.actor, { projectId: ada.projectId, allKeys: true })).toEqual(["Ada's", "Bob's"])
  expect(
    (await list(ada.actor, { projectId: ada.projectId, allKeys: true }))
      .map(({ items }) => items[0]?.responsible)
      .sort(),
  ).toEqual(['Bob', null])
  expect(await labels(bob.actor, { projectId: ada.projectId, allKeys: true })).toEqual([])
})

test('by kind, and what was not used for 90 days', async () => {
  const ada = await makePerson()
  const { app } = await makeClient(ada)
  const { id } = await makeGrant(ada, app, { grantedAt: new Date(Date.now() - 200 * DAY_MS) })
  const { key } = await makeKey(ada, { label: 'Busy' })
  await makeKey(ada, { label: 'Fresh' })
  const at = (days: number) => new Date(Date.now() - days * DAY_MS)
  await db()
    .insert(oauthUses)
    .values({ subjectId: id, usedAt: at(91), address: '203.0.113.9', route: 'GET /api/v1/me' })
  await db()
    .update(apiKeys)
    .set({ createdAt: at(300) })
    .where(eq(apiKeys.id, key.id))
  await db()
    .update(apiKeyUses)
    .set({ usedAt: at(89) })
    .where(eq(apiKeyUses.keyId, key.id))
  expect((await list(ada.actor, { kind: 'apps' })).map(({ name }) => name)).toEqual(['Test app'])
  expect((await list(ada.actor, { kind: 'keys' })).map(({ name }) => name)).toEqual(['Fresh', 'Busy'])
  expect(await list(ada.actor, { unused: true })).toMatchObject([
    { name: 'Test app', items: [{ lastUsed: { address: '203.0.113.9', route: 'GET /api/v1/me' } }] },
  ])
  expect(await list(ada.actor, { unused: true }, Date.now() + 2 * DAY_MS)).toHaveLength(2)
})

test('one by its id, for whom it is and nobody else', async () => {
  const [ada, bob] = [await makePerson(), await makePerson({ name: 'Bob' })]
  const { key } = await makeKey(ada, { thirdParty: { name: 'Acme' } })
  const id = `party-${key.thirdParty?.id}`
  expect(await getConnection(ada.actor, id)).toMatchObject({ id, name: 'Acme' })
  expect(await outcome(getConnection(bob.actor, id))).toBe('not_found')
  await revokeKey(cli(), key.id)
  expect(await outcome(getConnection(ada.actor, id))).toBe('not_found')
})
