import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'

/** Changes the actor's own name. Audit rows written before keep the name of their time. */
export async function renameUser(actor: UserActor, name: string): Promise<void> {
  if (name === actor.name) return
  await db().transaction(async (tx) => {
    await tx.update(users).set({ name }).where(eq(users.id, actor.userId))
    await recordAudit(tx, actor, {
      action: 'user.renamed',
      target: { kind: 'user', id: actor.userId, name },
      changes: { name: [actor.name, name] },
    })
  })
}
