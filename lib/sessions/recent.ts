import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { sessions } from '@/db/schema'
import type { Actor, SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'

/** For how long after a proof of who one is grave acts are done without another. */
const RECENT_MINUTES = 15

/**
 * For acts so grave that an unlocked screen must not be enough: asks a person by session to have proved who they are in
 * the last 15 minutes. Whoever has no session sends a proof with every request.
 *
 * @param tx the transaction that it is asked in, if any
 * @throws Failure `reauthentication_required`, `invalid_credentials` when the session has ended
 */
export async function requireRecentSignIn(actor: Actor, tx: Database = db()): Promise<void> {
  if (actor.kind !== 'user' || actor.sessionId === null) return
  const { authenticatedAt } = sessions
  const [session] = await tx
    .select({ recent: sql<boolean>`${authenticatedAt} > now() - make_interval(mins => ${RECENT_MINUTES})` })
    .from(sessions)
    .where(and(eq(sessions.id, actor.sessionId), isNull(sessions.endedAt)))
  // No proof makes an ended session good again, so none is asked for.
  if (!session) throw new Failure('invalid_credentials', 'The session has ended. Sign in again.')
  if (!session.recent) {
    throw new Failure(
      'reauthentication_required',
      `You signed in more than ${RECENT_MINUTES} minutes ago. Confirm that it is you, and do it again.`,
    )
  }
}

/** Notes in another act that the actor has just proved who they are, and by what. Throws Failure `conflict`. */
export async function markRecent(tx: Database, actor: SessionActor, proof: 'password' | 'passkey'): Promise<void> {
  const marked = await tx
    .update(sessions)
    .set({ authenticatedAt: sql`now()` })
    .where(and(eq(sessions.id, actor.sessionId), isNull(sessions.endedAt)))
    .returning({ id: sessions.id })
  if (marked.length === 0) throw new Failure('conflict', 'The session has ended. Sign in again.')
  await recordAudit(tx, actor, {
    action: 'session.confirmed',
    target: { kind: 'user', id: actor.userId, name: actor.name },
    changes: { proof: [null, proof] },
  })
}
