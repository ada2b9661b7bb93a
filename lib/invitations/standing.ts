import 'server-only'
import { and, eq, exists, gt, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { type Database, db } from '@/db'
import { invitations, memberships, projects, users } from '@/db/schema'
import { rolesWith } from '@/lib/projects/roles'

const inviter = alias(users, 'inviter')

/** Invitations that nobody has used or withdrawn. */
export const isOpen = and(isNull(invitations.acceptedAt), isNull(invitations.withdrawnAt))

/**
 * Invitations that can be accepted now: open, not too old, of a project that is there, and sent by somebody who still
 * may invite. So whoever is removed leaves no way back in behind them.
 */
export const stands = (tx: Database): SQL | undefined =>
  and(
    isOpen,
    gt(invitations.expiresAt, sql`now()`),
    exists(
      tx
        .select({ one: sql`1` })
        .from(memberships)
        .innerJoin(inviter, and(eq(inviter.id, memberships.userId), isNull(inviter.disabledAt)))
        .innerJoin(projects, and(eq(projects.id, memberships.projectId), isNull(projects.deletedAt)))
        .where(
          and(
            eq(memberships.projectId, invitations.projectId),
            eq(memberships.userId, invitations.createdById),
            inArray(memberships.role, rolesWith('members:write')),
          ),
        ),
    ),
  )

/** Whether somebody who has proved this address could accept an invitation now. */
export async function isInvited(email: string): Promise<boolean> {
  const [invitation] = await db()
    .select({ id: invitations.id })
    .from(invitations)
    .where(and(eq(invitations.email, email), stands(db())))
    .limit(1)
  return invitation !== undefined
}
