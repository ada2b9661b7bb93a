import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { lockUser } from './lock'

/**
 * Lets a disabled account work again, with the keys it answers for; its sessions stay ended. For site admins by session
 * and the command line.
 *
 * @throws Failure `not_found`, for everybody else too, `conflict` when it is not disabled or was deleted
 */
export async function enableUser(actor: Actor, userId: string): Promise<void> {
  await attempt(actor, { action: 'user.enabled', target: { kind: 'user', id: userId } }, () =>
    db().transaction(async (tx) => {
      const { user } = await lockUser(tx, actor, userId)
      if (user.deletedAt) throw new Failure('conflict', 'This account was deleted. Its owner can make a new one.')
      if (!user.disabledAt) throw new Failure('conflict', 'This account is not disabled.')
      await tx.update(users).set({ disabledAt: null }).where(eq(users.id, user.id))
      await recordAudit(tx, actor, { action: 'user.enabled', target: { kind: 'user', id: user.id, name: user.name } })
    }),
  )
}
