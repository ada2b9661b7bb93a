import 'server-only'
import { and, asc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeys, apiKeyUses, oauthClients, thirdParties } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import { visibleTo } from '@/lib/visible'
import type { LinkedApp, ThirdParty } from './input'

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
      app: linkedApp,
      keys: sql<number>`count(${apiKeys.id})::int`,
      usedAt: sql<Date | null>`max(${apiKeyUses.usedAt})`.mapWith(apiKeyUses.usedAt),
    })
    .from(thirdParties)
    .leftJoin(apiKeys, and(eq(apiKeys.thirdPartyId, thirdParties.id), isNull(apiKeys.revokedAt)))
    .leftJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
    .leftJoin(oauthClients, eq(oauthClients.id, thirdParties.clientId))
    .where(and(eq(thirdParties.projectId, projectId), visibleTo(actor, thirdParties.projectId, 'keys:read')))
    .groupBy(thirdParties.id, oauthClients.id)
    .orderBy(asc(sql`lower(${thirdParties.name})`), asc(thirdParties.id))
    .limit(1000)
  return rows.map(({ row, app, keys, usedAt }) => ({
    ...toThirdParty(row, app),
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
  return readThirdParty(db(), and(eq(thirdParties.id, id), visibleTo(actor, thirdParties.projectId, 'keys:read')))
}

/** The third party that meets `condition`, which is where the caller's authority stands. */
export async function readThirdParty(tx: Database, condition: SQL | undefined): Promise<ThirdParty> {
  const [found] = await tx
    .select({ row: thirdParties, app: linkedApp })
    .from(thirdParties)
    .leftJoin(oauthClients, eq(oauthClients.id, thirdParties.clientId))
    .where(condition)
  if (!found) throw notFound('third party')
  return toThirdParty(found.row, found.app)
}

const linkedApp = {
  id: oauthClients.id,
  name: oauthClients.name,
  verified: sql<boolean>`${isNotNull(oauthClients.verifiedAt)}`,
}

const toThirdParty = (row: typeof thirdParties.$inferSelect, app: LinkedApp | null): ThirdParty => ({
  id: row.id,
  name: row.name,
  website: row.website,
  contact: row.contact,
  purpose: row.purpose,
  app,
  createdAt: row.createdAt.toISOString(),
})
