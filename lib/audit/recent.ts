import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { sessions } from '@/db/schema'
import type { Actor, ClientActor } from '@/lib/actor'
import { Failure } from '@/lib/errors'
import { type Act, isGrave } from './gravity'

/** For how long after a proof of identity grave acts are done without another. */
const RECENT_MINUTES = 15

/**
 * For grave acts, so that an unlocked screen is not enough: a person with a session must have proved their identity in
 * the last 15 minutes. Keys, tokens and Basic send a proof with every request. `recordAudit` asks for every act that
 * `gravity` calls grave; a verb calls this itself only to ask earlier, or for what leaves no row.
 *
 * @param tx the transaction of the act, if any
 * @throws Failure `reauthentication_required`, `invalid_credentials` when the session has ended
 */
export async function requireRecentSignIn(actor: Actor, tx: Database = db()): Promise<void> {
  if (actor.kind !== 'user' || actor.sessionId === null) return
  // No proof makes an ended session good again, so none is asked for.
  requireRecent(await readRecent(tx, and(eq(sessions.id, actor.sessionId), isNull(sessions.endedAt))))
}

/**
 * As `requireRecentSignIn`, for the acts among these that are grave. The act may have ended the session just before, as
 * when an account is disabled: whether it lives is judged where the act begins.
 *
 * @throws Failure `reauthentication_required`
 */
export async function requireRecentFor(tx: Database, actor: Actor | ClientActor, acts: readonly Act[]): Promise<void> {
  if (actor.kind !== 'user' || actor.sessionId === null || !acts.some(isGrave)) return
  requireRecent(await readRecent(tx, eq(sessions.id, actor.sessionId)))
}

async function readRecent(tx: Database, which: ReturnType<typeof and>): Promise<boolean | undefined> {
  const [session] = await tx
    .select({
      recent: sql<boolean>`${sessions.authenticatedAt} > now() - make_interval(mins => ${RECENT_MINUTES})`,
    })
    .from(sessions)
    .where(which)
  return session?.recent
}

function requireRecent(recent: boolean | undefined): void {
  if (recent === undefined) throw new Failure('invalid_credentials', 'The session has ended. Sign in again.')
  if (!recent) {
    throw new Failure(
      'reauthentication_required',
      `You signed in more than ${RECENT_MINUTES} minutes ago. Confirm that it is you, and do it again.`,
    )
  }
}
