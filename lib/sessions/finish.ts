import 'server-only'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { sessions, users } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { Failure } from '@/lib/errors'
import type { Factor } from './second-factor'
import { startSession } from './start'

/** How long somebody whose password was right may take for the second step. */
const STEP_MINUTES = 10

/** A session whose password was right and whose second step is to come. It is no actor: nothing can be done with it. */
export interface HalfSession {
  sessionId: string
  userId: string
  name: string
  email: string
  origin: Origin
}

/** The half-done session of this id; null for every other one, and when it took too long. */
export async function findHalfSession(sessionId: string, origin: Origin): Promise<HalfSession | null> {
  const [row] = await db()
    .select({ userId: users.id, name: users.name, email: users.email })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(half(sessionId), isNull(users.disabledAt)))
  return row ? { sessionId, origin, ...row } : null
}

/**
 * Puts a whole session, with an id of its own, in the place of a half-done one, if the second step is proved in the same
 * transaction. Of two at once one does it.
 *
 * @param prove says by what, or throws
 * @returns the id of the new session
 * @throws Failure `conflict` when the half-done one is over
 */
export async function finishSession(
  { sessionId, userId, origin }: HalfSession,
  prove: (tx: Database) => Promise<Factor>,
): Promise<string> {
  return db().transaction(async (tx) => {
    // The person first, as wherever their factors are changed.
    const [user] = await tx
      .select({ id: users.id, name: users.name })
      .from(users)
      .where(and(eq(users.id, userId), isNull(users.disabledAt)))
      .for('share')
    const factor = await prove(tx)
    const ended = await tx
      .update(sessions)
      .set({ endedAt: sql`now()` })
      .where(half(sessionId))
      .returning({ id: sessions.id })
    if (!user || ended.length === 0) throw new Failure('conflict', 'This took too long. Sign in again.')
    return startSession(tx, user, origin, { factor })
  })
}

/** Gives up signing in. */
export async function dropHalfSession({ sessionId }: HalfSession): Promise<void> {
  await db().update(sessions).set({ endedAt: sql`now()` }).where(half(sessionId))
}

const half = (sessionId: string) =>
  and(
    eq(sessions.id, sessionId),
    eq(sessions.awaitsSecondStep, true),
    isNull(sessions.endedAt),
    gt(sessions.createdAt, sql`now() - make_interval(mins => ${STEP_MINUTES})`),
  )
