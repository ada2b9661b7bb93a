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
import { lockUser } from './lock'

/**
 * Makes a person a site admin, from their next request on. For site admins by session and the command line.
 *
 * @throws Failure `not_found`, for everybody else too, `reauthentication_required`, `conflict` for an admin and for a disabled account
 */
export async function makeAdmin(actor: Actor, userId: string): Promise<void> {
  await attempt(actor, { action: 'user.made_admin', target: { kind: 'user', id: userId } }, async () => {
    await db().transaction(async (tx) => {
      const { user } = await lockUser(tx, actor, userId)
      if (user.isAdmin) throw new Failure('conflict', 'This person is an admin already.')
      if (user.disabledAt) throw new Failure('conflict', 'This account is disabled. Enable it first.')
      await tx.update(users).set({ isAdmin: true, roleSince: sql`now()` }).where(eq(users.id, user.id))
      await recordAudit(tx, actor, {
        action: 'user.made_admin',
        target: { kind: 'user', id: user.id, name: user.name },
        changes: { isAdmin: [false, true] },
      })
      const to = { userId: user.id, email: user.email, name: user.name }
      const roles = { project: null, oldRole: 'member', newRole: 'site admin' }
      await queueMail(tx, { kind: 'role_changed', to, by: byWhom(actor), ...roles })
    })
  })
}
