import 'server-only'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { auditEvents, sessions } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'

/** Whether the actor became an admin after this session began: then its id is one from before, and is to be replaced. */
export async function isOlderThanRole(actor: SessionActor): Promise<boolean> {
  const [made] = await db()
    .select({ one: sql`1` })
    .from(auditEvents)
    .innerJoin(sessions, eq(sessions.id, actor.sessionId))
    .where(
      and(
        eq(auditEvents.targetKind, 'user'),
        eq(auditEvents.targetId, actor.userId),
        eq(auditEvents.action, 'user.made_admin'),
        eq(auditEvents.result, 'allowed'),
        gt(auditEvents.at, sessions.createdAt),
      ),
    )
    .limit(1)
  return made !== undefined
}

/**
 * Goes on with the actor's session under another id: whoever knew the old one has nothing. Of two at once one does it.
 *
 * @returns the new id; null when the session has ended
 */
export async function renewSession(actor: SessionActor): Promise<string | null> {
  return db().transaction(async (tx) => {
    const [old] = await tx
      .update(sessions)
      .set({ endedAt: sql`now()` })
      .where(and(eq(sessions.id, actor.sessionId), isNull(sessions.endedAt)))
      .returning()
    if (!old) return null
    const { userId, authenticatedAt, address, userAgent } = old
    const id = randomId(32)
    await tx.insert(sessions).values({ id, userId, authenticatedAt, address, userAgent })
    await recordAudit(tx, actor, {
      action: 'session.renewed',
      target: { kind: 'user', id: actor.userId, name: actor.name },
    })
    return id
  })
}
