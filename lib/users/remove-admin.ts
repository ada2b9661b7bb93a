import 'server-only'
import { eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { byWhom } from '@/lib/mail/by-whom'
import { queueMail } from '@/lib/mail/queue'
import { narrowing } from '@/lib/narrowing'
import { endOperatorGrants } from './admin-scopes'
import { lockUser } from './lock'

/**
 * Takes the admin role from a person, from their next request on. The admin-granted scopes of the keys and apps that they
 * are responsible for end with it. For site admins by session and the command line.
 *
 * @throws Failure `not_found`, for everybody else too, `reauthentication_required`, `conflict` for somebody who is none and for the last admin
 */
export async function removeAdmin(actor: Actor, userId: string): Promise<void> {
  await attempt(actor, { action: 'user.removed_admin', target: { kind: 'user', id: userId } }, async () => {
    await narrowing(actor, () =>
      db().transaction(async (tx) => {
        const { user, otherAdmins } = await lockUser(tx, actor, userId)
        if (!user.isAdmin) throw new Failure('conflict', 'This person is no admin.')
        if (otherAdmins === 0) {
          throw new Failure('conflict', 'This is the last admin. Make somebody else an admin first.')
        }
        await tx.update(users).set({ isAdmin: false, roleSince: sql`now()` }).where(eq(users.id, user.id))
        await endOperatorGrants(tx, user.id)
        await recordAudit(tx, actor, {
          action: 'user.removed_admin',
          target: { kind: 'user', id: user.id, name: user.name },
          changes: { isAdmin: [true, false] },
        })
        const to = { userId: user.id, email: user.email, name: user.name }
        const roles = { project: null, oldRole: 'site admin', newRole: 'member' }
        await queueMail(tx, { kind: 'role_changed', to, by: byWhom(actor), ...roles })
      }),
    )
  })
}
