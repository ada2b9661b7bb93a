import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { authorizeSelf } from '@/lib/projects/authorize'

/**
 * Changes the actor's own name. Audit rows written before keep the name of their time.
 *
 * @throws Failure `invalid_credentials` when the account or the session has ended
 */
export async function renameUser(actor: UserActor, name: string): Promise<void> {
  if (name === actor.name) return
  await db().transaction(async (tx) => {
    await authorizeSelf(tx, actor)
    await tx.update(users).set({ name }).where(eq(users.id, actor.userId))
    await recordAudit(tx, actor, {
      action: 'user.renamed',
      target: { kind: 'user', id: actor.userId, name },
      changes: { name: [actor.name, name] },
    })
  })
}
