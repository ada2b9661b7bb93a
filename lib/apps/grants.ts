import 'server-only'
import { and, asc, desc, eq, isNull } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClients, oauthGrants, oauthUses, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { visibleTo } from '@/lib/visible'

/**
 * What a person lets an app do, as its owners see it: never a token, never an address, nor in which of their projects.
 */
export interface AppGrant {
  /** One of the person's grants to the app. */
  id: string
  person: { id: string; name: string }
  scopes: string[]
  grantedAt: string
  lastUsedAt: string | null
}

/** The people that an app of `actor`'s project is connected to, latest first, at most 200. */
export async function listAppGrants(actor: Actor, clientId: string): Promise<AppGrant[]> {
  const rows = await db()
    .select({
      id: oauthGrants.id,
      person: { id: users.id, name: users.name },
      scopes: oauthGrants.scopes,
      grantedAt: oauthGrants.grantedAt,
      usedAt: oauthUses.usedAt,
    })
    .from(oauthGrants)
    .innerJoin(oauthClients, eq(oauthClients.id, oauthGrants.clientId))
    .innerJoin(users, eq(users.id, oauthGrants.userId))
    .leftJoin(oauthUses, eq(oauthUses.subjectId, oauthGrants.id))
    .where(
      and(
        eq(oauthGrants.clientId, clientId),
        isNull(oauthGrants.revokedAt),
        visibleTo(actor, oauthClients.projectId, 'apps:read'),
      ),
    )
    .orderBy(desc(oauthGrants.grantedAt), asc(oauthGrants.id))
    .limit(200)
  const people = new Map<string, AppGrant>()
  for (const { usedAt, grantedAt, scopes, ...row } of rows) {
    const latest = people.get(row.person.id)
    const used = [latest?.lastUsedAt, usedAt?.toISOString()].filter((at) => typeof at === 'string')
    people.set(row.person.id, {
      ...row,
      scopes: [...new Set([...(latest?.scopes ?? []), ...scopes])],
      grantedAt: grantedAt.toISOString(),
      lastUsedAt: used.sort().at(-1) ?? null,
    })
  }
  return [...people.values()]
}
