import 'server-only'
import { and, eq, isNull } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { sessions, users } from '@/db/schema'
import type { Actor, UserActor } from '@/lib/actor'
import { notFound } from '@/lib/errors'

/**
 * Whether `actor` may do inside a write's own transaction what only site admins may: an admin by their session, or the
 * command line. Holds what that rests on (account, session) until the transaction ends, in the order of `authorize`.
 */
export async function isSiteAdmin(tx: Database, actor: Actor): Promise<boolean> {
  if (actor.kind === 'system') return true
  // Rests for who has not the second factor that admins need: that was read in this request.
  if (actor.kind !== 'user' || actor.sessionId === null || !actor.isAdmin) return false
  const [admin] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, actor.userId), eq(users.isAdmin, true), isNull(users.disabledAt)))
    .for('share')
  const [session] = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.id, actor.sessionId), eq(sessions.userId, actor.userId), isNull(sessions.endedAt)))
    .for('share')
  return admin !== undefined && session !== undefined
}

/** Whether somebody who may not act as an admin now is one, and would be let in with a second factor. */
export async function isAdminAtRest({ userId, isAdmin }: UserActor): Promise<boolean> {
  if (isAdmin) return false
  const [user] = await db().select({ isAdmin: users.isAdmin }).from(users).where(eq(users.id, userId))
  return user?.isAdmin === true
}

/**
 * For what only reads: lets site admins by session and the command line pass. An actor's role was read from the database
 * in this request.
 *
 * @throws Failure `not_found` for everybody else
 */
export function onlyAdmins(actor: Actor): void {
  const admin = actor.kind === 'system' || (actor.kind === 'user' && actor.isAdmin && actor.sessionId !== null)
  if (!admin) throw notFound('page')
}

/**
 * As `onlyAdmins`, asked again of the database: for lists that are read page by page, for as long as the reader likes.
 *
 * @throws Failure `not_found` once the actor is not an admin any more, or their session has ended
 */
export async function onlyAdminsStill(actor: Actor): Promise<void> {
  if (!(await isSiteAdmin(db(), actor))) throw notFound('page')
}
