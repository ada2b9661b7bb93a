import 'server-only'
import { asc, eq, or, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { sessions, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import { endTokens } from '@/lib/one-time-tokens'
import { isSiteAdmin } from './admin'

/**
 * Locks an account that a site admin or the command line may change until the transaction ends, and with it all admins,
 * by id: how many there are stays so, and of two admins who act at once one waits and then sees what the other did.
 *
 * @param who the id of the account, or its address
 * @returns the account as it is then, and how many other admins can act
 * @throws Failure `not_found`, for everybody else too
 */
export async function lockUser(tx: Database, actor: Actor, who: string) {
  // An account keeps its id, so this may be read before anything is locked.
  const [known] = await tx
    .select({ id: users.id })
    .from(users)
    .where(or(eq(users.id, who), eq(users.email, who)))
  if (!known) throw notFound('account')
  const held = await tx
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      isAdmin: users.isAdmin,
      disabledAt: users.disabledAt,
      deletedAt: users.deletedAt,
    })
    .from(users)
    .where(or(eq(users.id, known.id), sql`is_admin`))
    .orderBy(asc(users.id))
    // Not FOR UPDATE: rows that point at an account may be written meanwhile.
    .for('no key update')
  const user = held.find(({ id }) => id === known.id)
  if (!user || !(await isSiteAdmin(tx, actor))) throw notFound('account')
  const otherAdmins = held.filter(({ id, isAdmin, disabledAt }) => id !== user.id && isAdmin && !disabledAt).length
  return { user, otherAdmins }
}

/**
 * Ends all sessions of an account that the caller has locked, and a change of address that waits to be confirmed: it was
 * asked for, perhaps, by whoever is being shut out. Returns how many sessions ended.
 */
export async function endAllSessions(tx: Database, userId: string): Promise<number> {
  await endTokens(tx, 'change_email', userId)
  const ended = await tx
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .where(sql`${sessions.userId} = ${userId} and ${sessions.endedAt} is null`)
    .returning({ id: sessions.id })
  return ended.length
}
