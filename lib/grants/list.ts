import 'server-only'
import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { db } from '@/db'
import { oauthClientLogos, oauthClients, oauthGrants, oauthUses, projects } from '@/db/schema'
import type { UserActor } from '@/lib/actor'

/** What a person has let an app do for them. Times are ISO 8601 in UTC. */
export interface Grant {
  id: string
  app: {
    id: string
    name: string
    homepage: string | null
    verified: boolean
    disabled: boolean
    /** Path of its picture on this site. */
    logoUrl: string | null
    /** The project that registered it. */
    publisher: string
  }
  scopes: string[]
  /** The project that its tokens are about; null when no scope needs one. */
  project: { id: string; slug: string; name: string } | null
  /** Where the person was last sent back to; null for devices. */
  redirectHost: string | null
  grantedAt: string
  lastUsedAt: string | null
  lastUsed: { address: string | null; userAgent: string | null; route: string | null } | null
}

/** Where an app's picture is served, beside `oauth_clients` and `oauth_client_logos`. */
export const logoPath = sql<string | null>`'/apps/' || ${oauthClients.id} || '/logo/' || ${oauthClientLogos.hash}`

const publisher = alias(projects, 'publisher')

/** The live grants of a person, the latest first. */
export async function listGrants(actor: UserActor): Promise<Grant[]> {
  const rows = await db()
    .select({
      grant: oauthGrants,
      app: {
        id: oauthClients.id,
        name: oauthClients.name,
        homepage: oauthClients.homepage,
        verified: sql<boolean>`${isNotNull(oauthClients.verifiedAt)}`,
        disabled: sql<boolean>`${isNotNull(oauthClients.disabledAt)}`,
        logoUrl: logoPath,
        publisher: publisher.name,
      },
      project: { id: projects.id, slug: projects.slug, name: projects.name },
      use: oauthUses,
    })
    .from(oauthGrants)
    .innerJoin(oauthClients, eq(oauthClients.id, oauthGrants.clientId))
    .innerJoin(publisher, eq(publisher.id, oauthClients.projectId))
    .leftJoin(oauthClientLogos, eq(oauthClientLogos.clientId, oauthClients.id))
    .leftJoin(projects, eq(projects.id, oauthGrants.projectId))
    .leftJoin(oauthUses, eq(oauthUses.subjectId, oauthGrants.id))
    .where(and(eq(oauthGrants.userId, actor.userId), isNull(oauthGrants.revokedAt)))
    .orderBy(desc(oauthGrants.grantedAt), oauthGrants.id)
  return rows.map(({ grant, app, project, use }) => ({
    id: grant.id,
    app,
    scopes: grant.scopes,
    project,
    redirectHost: grant.redirectHost,
    grantedAt: grant.grantedAt.toISOString(),
    lastUsedAt: use?.usedAt.toISOString() ?? null,
    lastUsed: use && { address: use.address, userAgent: use.userAgent, route: use.route },
  }))
}
