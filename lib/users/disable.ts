import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { sessions, users } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'

/**
 * Disables an account: its sessions end, and the keys it answers for are refused from the next request on.
 *
 * @throws Failure `not_found`, `conflict` when it is disabled already
 */
export async function disableUser(actor: SystemActor, email: string): Promise<{ id: string; email: string }> {
  return attempt(actor, { action: 'user.disabled', target: { kind: 'user', id: email } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const [known] = await tx.select({ id: users.id }).from(users).where(eq(users.email, email))
        if (!known) throw notFound('account')
        const [user] = await tx
          .update(users)
          .set({ disabledAt: sql`now()` })
          .where(and(eq(users.id, known.id), isNull(users.disabledAt)))
          .returning({ id: users.id, email: users.email, name: users.name })
        if (!user) throw new Failure('conflict', 'This account is disabled already.')
        await tx
          .update(sessions)
          .set({ endedAt: sql`now()` })
          .where(and(eq(sessions.userId, user.id), isNull(sessions.endedAt)))
        await recordAudit(tx, actor, {
          action: 'user.disabled',
          target: { kind: 'user', id: user.id, name: user.name },
        })
        return { id: user.id, email: user.email }
      }),
    ),
  )
}
