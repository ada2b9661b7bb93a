import 'server-only'
import { and, asc, eq, inArray, or } from 'drizzle-orm'
import type { Database } from '@/db'
import { memberships, users } from '@/db/schema'
import { Failure } from '@/lib/errors'
import type { Role } from './roles'

/** A membership that is held until the transaction ends. `active` is false for a disabled account. */
export interface HeldMember {
  projectId: string
  userId: string
  role: Role
  name: string
  email: string
  active: boolean
}

/**
 * Locks what the standing of people in projects rests on: the memberships of all owners and of `userIds`, in one order.
 * Of two acts that could leave a project without an owner, one waits, and then sees what the other did. Comes before
 * `authorize` and whatever else locks: who holds their own membership as `authorize` does cannot wait for these.
 */
export async function lockMembers(
  tx: Database,
  projectIds: readonly string[],
  userIds: readonly string[] = [],
): Promise<HeldMember[]> {
  if (projectIds.length === 0) return []
  const held = await tx
    .select()
    .from(memberships)
    .where(
      and(
        inArray(memberships.projectId, [...projectIds]),
        or(eq(memberships.role, 'owner'), userIds.length > 0 ? inArray(memberships.userId, [...userIds]) : undefined),
      ),
    )
    .orderBy(asc(memberships.projectId), asc(memberships.userId))
    .for('update')
  if (held.length === 0) return []
  // A statement of its own: joined above, the accounts would be locked before all memberships are.
  const people = await tx
    .select({ id: users.id, name: users.name, email: users.email, disabledAt: users.disabledAt })
    .from(users)
    .where(
      inArray(
        users.id,
        held.map(({ userId }) => userId),
      ),
    )
  return held.flatMap(({ projectId, userId, role }) => {
    const person = people.find(({ id }) => id === userId)
    return person
      ? [{ projectId, userId, role, name: person.name, email: person.email, active: !person.disabledAt }]
      : []
  })
}

/**
 * Holds a project to its last owner: asked before `userId` stops being one.
 *
 * @throws Failure `conflict` when nobody else who can sign in owns it
 */
export function requireOtherOwner(held: readonly HeldMember[], projectId: string, userId: string): void {
  const others = held.filter(
    (member) => member.projectId === projectId && member.role === 'owner' && member.active && member.userId !== userId,
  )
  if (others.length === 0) {
    throw new Failure('conflict', 'This is the last owner of the project. Make somebody else an owner first.', {
      projectId,
    })
  }
}
