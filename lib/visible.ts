import 'server-only'
import { type AnyColumn, and, eq, exists, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import { db } from '@/db'
import { memberships, projects } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { Failure } from './errors'
import { type Capability, capabilityWords, type Role, roleAllows, rolesWith, roleWords } from './projects/roles'

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

/**
 * Refuses a member whose role does not allow `capability`. Strangers pass: what they ask for has no rows for them.
 *
 * @throws Failure `forbidden`
 */
export async function refuseSmallerRole(actor: Actor, projectId: string, capability: Capability): Promise<void> {
  if (actor.kind !== 'user') return
  const [own] = await db()
    .select({ role: memberships.role })
    .from(memberships)
    .where(and(eq(memberships.projectId, projectId), eq(memberships.userId, actor.userId)))
  if (own && !roleAllows(own.role, capability)) throw roleForbids(own.role, capability, projectId)
}

/** What a member is told whose role does not allow something: whose does. */
export function roleForbids(role: Role, capability: Capability, projectId: string): Failure {
  const allowed = rolesWith(capability).map((each) => roleWords[each].one)
  return new Failure(
    'forbidden',
    `Your role in this project (${role}) does not allow this: only ${allowed.join(' or ')} may ${capabilityWords[capability]}. Ask an owner.`,
    { projectId },
  )
}
