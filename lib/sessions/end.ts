import 'server-only'
import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { sessions } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { notFound } from '@/lib/errors'
import { endTokens } from '@/lib/one-time-tokens'
import { authorizeSelf } from '@/lib/projects/authorize'

/** Ends the actor's own session: its cookie is dead from then on, whoever holds a copy. Ending it again does nothing. */
export async function signOut(actor: SessionActor): Promise<void> {
  await db().transaction((tx) => endSessions(tx, actor, eq(sessions.id, actor.sessionId)))
}

/**
 * Ends one of the actor's sessions.
 *
 * @throws Failure `not_found` for a session that is not theirs or has ended, `invalid_credentials` when the one that asks
 *   has ended
 */
export async function endSession(actor: SessionActor, sessionId: string): Promise<void> {
  const ended = await db().transaction(async (tx) => {
    await authorizeSelf(tx, actor)
    return endSessions(tx, actor, eq(sessions.id, sessionId))
  })
  if (ended === 0) throw notFound('session')
}

/**
 * Ends all of the actor's sessions but the one that asks, and a change of address that waits to be confirmed.
 *
 * @returns how many ended
 * @throws Failure `invalid_credentials` when the one that asks has ended
 */
export async function signOutElsewhere(actor: SessionActor): Promise<number> {
  return db().transaction(async (tx) => {
    await authorizeSelf(tx, actor)
    return endOtherSessions(tx, actor)
  })
}

/** As `signOutElsewhere`, inside another act that has called `authorizeSelf`. */
export async function endOtherSessions(tx: Database, actor: SessionActor): Promise<number> {
  // Asked for, perhaps, by whoever is being shut out.
  await endTokens(tx, 'change_email', actor.userId)
  return endSessions(tx, actor, ne(sessions.id, actor.sessionId))
}

async function endSessions(tx: Database, actor: SessionActor, which: ReturnType<typeof eq>): Promise<number> {
  const ended = await tx
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .where(and(eq(sessions.userId, actor.userId), isNull(sessions.endedAt), which))
    .returning({ id: sessions.id })
  if (ended.length > 0) {
    await recordAudit(tx, actor, {
      action: 'session.ended',
      target: { kind: 'user', id: actor.userId, name: actor.name },
      changes: { sessions: [null, ended.length] },
    })
  }
  return ended.length
}
