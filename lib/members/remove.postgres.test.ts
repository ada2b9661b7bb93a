import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys } from '@/db/schema'
import { addMember, auditOf, makePerson } from '@/db/testing'
import { removeMember } from './remove'

// Only PostgreSQL has the limit of three seconds for a transaction.
test.each([
  ['keep', 'key.taken_over'],
  ['revoke', 'key.revoked'],
] as const)('somebody with 5,000 keys is removed in one transaction: %s', async (keys, action) => {
  const [ada, bob] = [await makePerson(), await makePerson({ name: 'Bob' })]
  await addMember(ada.projectId, bob, 'developer')
  await db().execute(sql`insert into api_keys (id, project_id, label, scopes, allowed_addresses, created_by_id, responsible_id)
    select ${bob.user.id} || n, ${ada.projectId}, 'Many', '{}', '{}', ${bob.user.id}, ${bob.user.id}
    from generate_series(1, 5000) n`)
  expect(await removeMember(ada.actor, ada.projectId, bob.user.id, { keys })).toEqual({ keys: 5_000 })
  const left = await db().select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.responsibleId, ada.user.id))
  expect(left).toHaveLength(keys === 'keep' ? 5_000 : 0)
  const { address, userAgent, requestId } = ada.actor.origin
  expect(await auditOf(`${bob.user.id}5000`)).toMatchObject([
    {
      action,
      actorKind: 'user',
      actorId: ada.user.id,
      actorName: 'Ada',
      targetKind: 'key',
      targetName: 'Many',
      projectId: ada.projectId,
      at: expect.any(Date),
      ...{ address, userAgent, requestId },
      changes:
        keys === 'keep' ? { responsible: ['Bob', 'Ada'] } : { reason: [null, 'Bob was removed from the project'] },
    },
  ])
})
