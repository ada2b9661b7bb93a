import 'server-only'
import { eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { endAllSessions, lockUser } from './lock'

/**
 * Disables an account, as a site admin by session or the command line: its sessions end, and the keys and tokens it
 * answers for are refused from the next request on.
 *
 * @param who the id of the account, or its address
 * @throws Failure `not_found`, for everybody else too, `conflict` when it is disabled already or is the last admin
 */
export async function disableUser(actor: Actor, who: string): Promise<{ id: string; email: string }> {
  return attempt(actor, { action: 'user.disabled', target: { kind: 'user', id: who } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const { user, otherAdmins } = await lockUser(tx, actor, who)
        if (user.disabledAt) throw new Failure('conflict', 'This account is disabled already.')
        if (user.isAdmin && otherAdmins === 0) {
          throw new Failure('conflict', 'This is the last admin. Make somebody else an admin first.')
        }
        await tx.update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, user.id))
        await endAllSessions(tx, user.id)
        await recordAudit(tx, actor, {
          action: 'user.disabled',
          target: { kind: 'user', id: user.id, name: user.name },
        })
        return { id: user.id, email: user.email }
      }),
    ),
  )
}
