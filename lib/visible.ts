import 'server-only'
import { type AnyColumn, and, eq, exists, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import { db } from '@/db'
import { memberships, projects } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { type Capability, rolesWith } from './projects/roles'

/**
 * The part of a WHERE clause that keeps `actor` to the rows of projects where they may do `capability`.
 *
 * @param projectId the column that names the row's project
 */
export function visibleTo(actor: Actor, projectId: AnyColumn, capability: Capability): SQL | undefined {
  if (actor.kind === 'system') return undefined
  if (actor.kind === 'key' || actor.kind === 'token') return eq(projectId, actor.projectId ?? '')
  return exists(
    db()
      .select({ one: sql`1` })
      .from(memberships)
      .innerJoin(projects, and(eq(projects.id, memberships.projectId), isNull(projects.deletedAt)))
      .where(
        and(
          eq(memberships.projectId, projectId),
          eq(memberships.userId, actor.userId),
          inArray(memberships.role, rolesWith(capability)),
        ),
      ),
  )
}
