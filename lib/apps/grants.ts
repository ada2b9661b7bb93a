import 'server-only'
import { and, asc, desc, eq, isNull } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClients, oauthGrants, oauthUses, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { visibleTo } from '@/lib/visible'

/** A person's consent to an app, as its owners see it: never a token, never an address. */
export interface AppGrant {
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
  return rows.map(({ usedAt, grantedAt, ...row }) => ({
    ...row,
    grantedAt: grantedAt.toISOString(),
    lastUsedAt: usedAt?.toISOString() ?? null,
  }))
}
