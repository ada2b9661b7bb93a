import 'server-only'
import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Database } from '@/db'
import { memberships, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { Failure } from '@/lib/errors'
import type { Role } from './roles'

/**
 * Who will answer for what `actor` makes in a project: its maker; on the command line the one named, else the
 * longest-standing owner.
 *
 * @param what the noun of the thing made
 * @throws Failure `conflict` when there is nobody
 */
export async function responsibleFor(
  tx: Database,
  actor: Actor,
  projectId: string,
  what: string,
): Promise<{ id: string; role: Role }> {
  const named = actor.kind === 'user' ? actor.userId : actor.kind === 'system' ? actor.asUserId : actor.responsibleId
  const [person] = await tx
    .select({ id: users.id, role: memberships.role })
    .from(memberships)
    .innerJoin(users, and(eq(users.id, memberships.userId), isNull(users.disabledAt)))
    .where(
      and(eq(memberships.projectId, projectId), named ? eq(memberships.userId, named) : eq(memberships.role, 'owner')),
    )
    .orderBy(asc(memberships.createdAt), asc(users.id))
    .limit(1)
  if (!person) throw new Failure('conflict', `Nobody in this project can answer for the ${what}. Name a member.`)
  return person
}
