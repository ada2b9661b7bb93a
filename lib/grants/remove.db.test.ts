import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthArtifacts, oauthClients, oauthGrants } from '@/db/schema'
import { auditOf, makeClient, makeGrant, makePerson, outcome, type Person, signInAs } from '@/db/testing'
import { endSession } from '@/lib/sessions/end'
import { listGrants } from './list'
import { removeGrant } from './remove'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

const tokenEnded = async (id: string) =>
  (await db().select().from(oauthArtifacts).where(eq(oauthArtifacts.id, id)))[0]?.endedAt !== null

test('ends the grant with its tokens, keeps the rows, and says so once', async () => {
  const { app } = await makeClient(bob, { name: 'Zapier' })
  await db().update(oauthClients).set({ verifiedAt: new Date() }).where(eq(oauthClients.id, app.id))
  const { id, tokenId } = await makeGrant(ada, app, { projectId: ada.projectId, redirectHost: 'zapier.example' })
  expect(await listGrants(ada.actor)).toMatchObject([
    { id, app: { id: app.id, name: 'Zapier', verified: true, disabled: false }, redirectHost: 'zapier.example' },
  ])
  await removeGrant(ada.actor, id)
  expect(await listGrants(ada.actor)).toEqual([])
  expect(await tokenEnded(tokenId)).toBe(true)
  expect(await auditOf(id)).toMatchObject([
    { action: 'grant.removed', targetName: 'Zapier', actorId: ada.user.id, projectId: ada.projectId },
  ])
})

test('twice, and many times at once: one does it, one audit row', async () => {
  const { id } = await makeGrant(ada, (await makeClient(bob)).app)
  const all = await Promise.all(Array.from({ length: 6 }, () => outcome(removeGrant(ada.actor, id))))
  expect(all.sort()).toEqual([...Array(5).fill('conflict'), 'done'])
  expect(await auditOf(id)).toHaveLength(1)
})

test("somebody else's grant answers as one that does not exist, and goes on", async () => {
  const { app } = await makeClient(bob)
  const [mine, his] = [await makeGrant(ada, app), await makeGrant(bob, app)]
  const foreign = await removeGrant(ada.actor, his.id).catch((error: unknown) => error)
  const unknown = await removeGrant(ada.actor, 'nothing').catch((error: unknown) => error)
  expect(foreign).toMatchObject({ code: 'not_found', message: (unknown as Error).message })
  expect(await outcome(removeGrant(ada.actor, mine.id))).toBe('done')
  expect((await listGrants(bob.actor)).map(({ id }) => id)).toContain(his.id)
  expect(await tokenEnded(his.tokenId)).toBe(false)
  expect(await auditOf(his.id)).toEqual([])
})

test('a session that has ended removes nothing', async () => {
  const { id } = await makeGrant(ada, (await makeClient(bob)).app)
  const other = await signInAs(ada.user)
  await endSession(ada.actor, other.sessionId)
  expect(await outcome(removeGrant(other, id))).toBe('invalid_credentials')
})

test('a revoked grant makes room for a new one, which stays', async () => {
  const { app } = await makeClient(bob)
  const first = await makeGrant(ada, app)
  await removeGrant(ada.actor, first.id)
  const second = await makeGrant(ada, app)
  expect(await outcome(removeGrant(ada.actor, first.id))).toBe('conflict')
  const [row] = await db().select().from(oauthGrants).where(eq(oauthGrants.id, second.id))
  expect(row?.revokedAt).toBeNull()
})

test('threat 85: when the audit row cannot be written the grant goes on', async () => {
  const { id, tokenId } = await makeGrant(ada, (await makeClient(bob)).app)
  await db().execute(sql`alter table audit_events rename to audit_gone`)
  try {
    await expect(removeGrant(ada.actor, id)).rejects.toThrow()
  } finally {
    await db().execute(sql`alter table audit_gone rename to audit_events`)
  }
  expect((await listGrants(ada.actor)).map((grant) => grant.id)).toContain(id)
  expect(await tokenEnded(tokenId)).toBe(false)
})
