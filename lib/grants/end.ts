import 'server-only'
import { and, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { anyOf } from '@/db/any-of'
import { oauthArtifacts, oauthGrants } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'

/** A grant as it was when it ended. */
export type EndedGrant = typeof oauthGrants.$inferSelect

/**
 * Ends the live grants that meet `condition`, with every code and token that came of them, inside the caller's
 * transaction and `narrowing`. The condition is where the caller's authority stands.
 *
 * Whoever issues a token holds its grant's row FOR SHARE while they do. So the grants end first: a token that was being
 * issued is then there to be ended, and one that comes later finds no live grant.
 *
 * Locks grants by id, after keys: see `authorize` for what is locked before.
 *
 * @returns the grants that ended, by id; none when no live one met the condition
 */
export async function endGrants(tx: Database, actor: Actor, condition: SQL | undefined): Promise<EndedGrant[]> {
  const locked = await tx
    .select({ id: oauthGrants.id })
    .from(oauthGrants)
    .where(and(isNull(oauthGrants.revokedAt), condition))
    .orderBy(oauthGrants.id)
    .for('update')
  const ids = locked.map(({ id }) => id)
  if (ids.length === 0) return []
  const ended = await tx
    .update(oauthGrants)
    .set({ revokedAt: sql`now()` })
    .where(anyOf(oauthGrants.id, ids))
    .returning()
  // A statement of its own, begun under the locks: it sees what was issued while the first one waited for them.
  await tx
    .update(oauthArtifacts)
    .set({ endedAt: sql`now()` })
    .where(and(anyOf(oauthArtifacts.grantId, ids), isNull(oauthArtifacts.endedAt)))
  for (const grant of ended) {
    await recordAudit(tx, actor, {
      action: 'grant.removed',
      target: { kind: 'grant', id: grant.id, name: grant.clientName },
      projectId: grant.projectId,
      changes: { scopes: [grant.scopes, []] },
    })
  }
  return ended.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id))
}
