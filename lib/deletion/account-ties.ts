import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeys, memberships, projects, users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'

/** What becomes of a project when a member's account is deleted. */
export interface AccountTie {
  projectId: string
  slug: string
  name: string
  /** `deleted` with its only member; `blocked` until somebody else owns it; `left` otherwise. */
  fate: 'deleted' | 'blocked' | 'left'
  /** Keys that stop: all of a deleted project, and in others those that the person answers for. */
  keys: number
}

/** The projects that the actor's account holds together, oldest first. */
export async function accountTies(actor: SessionActor, tx: Database = db()): Promise<AccountTie[]> {
  const other = sql`select 1 from ${memberships} "others" inner join ${users} "other_users" on "other_users"."id" = "others"."user_id"
    where "others"."project_id" = ${memberships.projectId} and "others"."user_id" <> ${memberships.userId}`
  const rows = await tx
    .select({
      projectId: projects.id,
      slug: projects.slug,
      name: projects.name,
      role: memberships.role,
      shared: sql<boolean>`exists (${other})`,
      owned: sql<boolean>`exists (${other} and "others"."role" = 'owner' and "other_users"."disabled_at" is null)`,
      allKeys: sql<number>`(select count(*)::int from ${apiKeys} where ${apiKeys.projectId} = ${projects.id} and ${apiKeys.revokedAt} is null)`,
      ownKeys: sql<number>`(select count(*)::int from ${apiKeys} where ${apiKeys.projectId} = ${projects.id}
        and ${apiKeys.responsibleId} = ${memberships.userId} and ${apiKeys.revokedAt} is null)`,
    })
    .from(memberships)
    .innerJoin(projects, and(eq(projects.id, memberships.projectId), isNull(projects.deletedAt)))
    .where(eq(memberships.userId, actor.userId))
    .orderBy(projects.createdAt, projects.id)
  return rows.map(({ role, shared, owned, allKeys, ownKeys, ...project }) => ({
    ...project,
    fate: !shared ? 'deleted' : role === 'owner' && !owned ? 'blocked' : 'left',
    keys: shared ? ownKeys : allKeys,
  }))
}
