import 'server-only'
import { and, eq } from 'drizzle-orm'
import type { Database } from '@/db'
import { memberships, oauthGrants } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { endGrants } from '@/lib/grants/end'

/**
 * Ends a membership that the caller has locked, inside its transaction and `narrowing`: what the person let apps do in
 * the project ends with it, or it would come back together with them. Their other grants stay.
 */
export async function endMembership(tx: Database, actor: Actor, projectId: string, userId: string): Promise<void> {
  await endGrants(tx, actor, and(eq(oauthGrants.userId, userId), eq(oauthGrants.projectId, projectId)))
  await tx.delete(memberships).where(and(eq(memberships.projectId, projectId), eq(memberships.userId, userId)))
}
