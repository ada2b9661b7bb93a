import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { memberships, sessions, users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials'

/**
 * Whether somebody came to another role, on the site or in a project, since their session goes by its id: whoever knew
 * that id from before would have the new role with it. For statements that read a session with its person.
 */
export const awaitsRenewal = sql<boolean>`${sessions.idSince} < greatest(${users.roleSince},
  (select max(${memberships.roleSince}) from ${memberships} where ${memberships.userId} = ${users.id}))`

/**
 * Goes on with the actor's session under another id: whoever knew the old one has nothing. Its age stays, so that nobody
 * has signed in anew, and it ends when it would have ended. Of two at once one does it.
 *
 * @returns the new id; null when the session or the account has ended
 */
export async function renewSession(actor: SessionActor): Promise<string | null> {
  return db().transaction(async (tx) => {
    // Whoever ends all sessions of a person holds their row first, and then finds the new one too.
    const [person] = await tx
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, actor.userId), isNull(users.disabledAt)))
      .for('share')
    return person ? renewWithin(tx, actor) : null
  })
}

/** As `renewSession`, inside another act that holds the person. */
export async function renewWithin(tx: Database, actor: SessionActor): Promise<string | null> {
  const [old] = await tx
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .where(and(eq(sessions.id, actor.sessionId), isNull(sessions.endedAt)))
    .returning()
  if (!old) return null
  const { userId, createdAt, authenticatedAt, address, userAgent } = old
  const id = randomId(32)
  await tx.insert(sessions).values({ id, userId, createdAt, authenticatedAt, address, userAgent })
  await recordAudit(tx, actor, {
    action: 'session.renewed',
    target: { kind: 'user', id: actor.userId, name: actor.name },
  })
  return id
}
