import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { addMember, auditOf, cli, keyActor, makeKey, makePerson, outcome, type Person, verdict } from '@/db/testing'
import { listKeys } from './list'
import { regenerateKey } from './regenerate'
import { revokeKey } from './revoke'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

test('ends the key with all its secrets, says who and why, and keeps it listed', async () => {
  const { key, secret } = await makeKey(ada)
  const { secret: fresh } = await regenerateKey(ada.actor, key.id, { overlapSeconds: 3600 })
  const revoked = await revokeKey(ada.actor, key.id, { reason: 'leaked' })
  expect(revoked).toMatchObject({
    status: 'revoked',
    revokedBy: { id: ada.user.id, name: 'Ada' },
    revokeReason: 'leaked',
    overlap: null,
  })
  expect([await verdict(secret), await verdict(fresh.reveal())]).toEqual(['revoked_credentials', 'revoked_credentials'])
  const list = await listKeys(ada.actor, { projectId: ada.projectId, status: 'revoked', sort: '-createdAt', limit: 50 })
  expect(list.data.map((each) => each.id)).toContain(key.id)
  expect((await auditOf(key.id)).at(-1)).toMatchObject({
    action: 'key.revoked',
    actorId: ada.user.id,
    changes: { reason: [null, 'leaked'] },
  })
})

test('twice, and many times at once: one does it, one audit row, and one for each that came too late', async () => {
  const { key } = await makeKey(ada)
  const all = await Promise.all(Array.from({ length: 6 }, () => outcome(revokeKey(ada.actor, key.id))))
  expect(all.sort()).toEqual([...Array(5).fill('conflict'), 'done'])
  expect((await auditOf(key.id)).filter((row) => row.action === 'key.revoked')).toHaveLength(1)
  expect(await auditOf(key.id, 'refused')).toHaveLength(5)
})

test('threat 35: a foreign key answers as one that does not exist, and goes on', async () => {
  const { key, secret } = await makeKey(ada)
  const foreign = await revokeKey(bob.actor, key.id).catch((error: unknown) => error)
  const unknown = await revokeKey(bob.actor, 'nothing').catch((error: unknown) => error)
  expect(foreign).toMatchObject({ code: 'not_found', message: (unknown as Error).message })
  const hisKey = await keyActor((await makeKey(bob, { scopes: ['keys:write'] })).secret)
  expect(await outcome(revokeKey(hisKey, key.id))).toBe('not_found')
  expect(await verdict(secret)).toBe('good')
})

test('a key may end itself whatever it may do, and no other key without keys:write', async () => {
  const [own, other] = [await makeKey(ada), await makeKey(ada)]
  const actor = await keyActor(own.secret)
  expect(await outcome(revokeKey(actor, other.key.id))).toBe('insufficient_scope')
  expect(await outcome(revokeKey(actor, own.key.id))).toBe('done')
  expect(await outcome(revokeKey(actor, own.key.id))).toBe('revoked_credentials')
  expect([await verdict(own.secret), await verdict(other.secret)]).toEqual(['revoked_credentials', 'good'])
})

test('a viewer may not, the command line may', async () => {
  const { key } = await makeKey(ada)
  const viewer = await makePerson()
  await addMember(ada.projectId, viewer, 'viewer')
  expect(await outcome(revokeKey(viewer.actor, key.id))).toBe('forbidden')
  expect(await outcome(revokeKey(cli(), key.id))).toBe('done')
})

test('two keys that revoke each other: one lives', async () => {
  for (let round = 0; round < 5; round++) {
    const [a, b] = [await makeKey(ada, { scopes: ['keys:write'] }), await makeKey(ada, { scopes: ['keys:write'] })]
    const [actorA, actorB] = [await keyActor(a.secret), await keyActor(b.secret)]
    const both = await Promise.all([revokeKey(actorA, b.key.id), revokeKey(actorB, a.key.id)].map(outcome))
    expect(both.sort()).toEqual(['done', 'revoked_credentials'])
    expect([await verdict(a.secret), await verdict(b.secret)].sort()).toEqual(['good', 'revoked_credentials'])
  }
})

test('threat 85: when the audit row cannot be written the key goes on', async () => {
  const { key, secret } = await makeKey(ada)
  await db().execute(sql`alter table audit_events rename to audit_gone`)
  try {
    await expect(revokeKey(ada.actor, key.id)).rejects.toThrow()
  } finally {
    await db().execute(sql`alter table audit_gone rename to audit_events`)
  }
  expect(await verdict(secret)).toBe('good')
})
