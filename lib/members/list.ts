import 'server-only'
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, memberships, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import type { Role } from '@/lib/projects/roles'
import { visibleTo } from '@/lib/visible'

export interface Member {
  userId: string
  name: string
  email: string
  role: Role
  since: string
  /** False for a disabled account: the keys it answers for are refused. */
  active: boolean
  /** Keys here that were not revoked and that the person answers for. */
  keys: number
}

/** The members of a project that `actor` may see, longest-standing first; none of a project that is not theirs to see. */
export async function listMembers(actor: Actor, projectId: string): Promise<Member[]> {
  const rows = await db()
    .select({
      userId: users.id,
      name: users.name,
      email: users.email,
      disabledAt: users.disabledAt,
      role: memberships.role,
      since: memberships.createdAt,
      keys: sql<number>`(select count(*)::int from ${apiKeys} where ${apiKeys.projectId} = ${memberships.projectId}
        and ${apiKeys.responsibleId} = ${memberships.userId} and ${apiKeys.revokedAt} is null)`,
    })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(
      and(
        eq(memberships.projectId, projectId),
        isNull(users.deletedAt),
        visibleTo(actor, memberships.projectId, 'members:read'),
      ),
    )
    .orderBy(asc(memberships.createdAt), asc(users.id))
  return rows.map(({ disabledAt, since, ...row }) => ({ ...row, since: since.toISOString(), active: !disabledAt }))
}
