import 'server-only'
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, apiKeyUses, thirdParties } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import { visibleTo } from '@/lib/projects/visible'
import type { ThirdParty } from './input'

/** A third party beside what it holds: the third parties page's row. */
export interface ThirdPartyWithKeys extends ThirdParty {
  /** Keys given to it that were not revoked. */
  keys: number
  lastUsedAt: string | null
}

/** The project's third parties by name, at most 1,000. */
export async function listThirdParties(actor: Actor, projectId: string): Promise<ThirdPartyWithKeys[]> {
  const rows = await db()
    .select({
      row: thirdParties,
      keys: sql<number>`count(${apiKeys.id})::int`,
      usedAt: sql<Date | null>`max(${apiKeyUses.usedAt})`.mapWith(apiKeyUses.usedAt),
    })
    .from(thirdParties)
    .leftJoin(apiKeys, and(eq(apiKeys.thirdPartyId, thirdParties.id), isNull(apiKeys.revokedAt)))
    .leftJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
    .where(and(eq(thirdParties.projectId, projectId), visibleTo(actor, thirdParties.projectId, 'keys:read')))
    .groupBy(thirdParties.id)
    .orderBy(asc(sql`lower(${thirdParties.name})`), asc(thirdParties.id))
    .limit(1000)
  return rows.map(({ row, keys, usedAt }) => ({
    ...toThirdParty(row),
    keys,
    lastUsedAt: usedAt && usedAt.getTime() > 0 ? usedAt.toISOString() : null,
  }))
}

/**
 * One third party that `actor` may see.
 *
 * @throws Failure `not_found`
 */
export async function getThirdParty(actor: Actor, id: string): Promise<ThirdParty> {
  const [row] = await db()
    .select()
    .from(thirdParties)
    .where(and(eq(thirdParties.id, id), visibleTo(actor, thirdParties.projectId, 'keys:read')))
  if (!row) throw notFound('third party')
  return toThirdParty(row)
}

export const toThirdParty = (row: typeof thirdParties.$inferSelect): ThirdParty => ({
  id: row.id,
  name: row.name,
  website: row.website,
  contact: row.contact,
  purpose: row.purpose,
  app: null,
  createdAt: row.createdAt.toISOString(),
})
