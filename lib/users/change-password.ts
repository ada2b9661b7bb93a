import 'server-only'
import { and, eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { Failure, invalidField } from '@/lib/errors'
import { endOtherSessions } from '@/lib/sessions/end'
import { provePassword } from './confirm'
import { checkPassword, hashPassword } from './passwords'

/**
 * Changes the actor's own password, and ends their other sessions: whoever knew the old one is out.
 *
 * @returns how many other sessions ended
 * @throws Failure `validation_failed` for a wrong current or a weak new password, `rate_limited`, `conflict` when the
 *   password was changed meanwhile
 */
export async function changePassword(
  actor: SessionActor,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<number> {
  const currentHash = await provePassword(actor, currentPassword, 'currentPassword')
  const reason = checkPassword(newPassword, actor)
  if (reason) throw invalidField('newPassword', reason)
  const passwordHash = await hashPassword(newPassword)
  return db().transaction(async (tx) => {
    const changed = await tx
      .update(users)
      .set({ passwordHash })
      .where(and(eq(users.id, actor.userId), eq(users.passwordHash, currentHash)))
      .returning({ id: users.id })
    if (changed.length === 0) throw new Failure('conflict', 'The password was changed elsewhere meanwhile. Try again.')
    await recordAudit(tx, actor, {
      action: 'user.password_changed',
      target: { kind: 'user', id: actor.userId, name: actor.name },
    })
    return endOtherSessions(tx, actor)
  })
}
