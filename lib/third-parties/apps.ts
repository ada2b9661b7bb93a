import 'server-only'
import { and, eq, exists, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oauthClients, oauthGrants, projects, thirdParties } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { invalidField } from '@/lib/errors'
import { visibleTo } from '@/lib/visible'
import type { LinkedApp } from './input'

/**
 * The apps that a person is offered for a third party of a project: those that a site admin has verified, those of the
 * project, and those that the person has let in themselves. Nobody else's word puts a name before them, so that an app
 * which only calls itself Zapier does not stand beside Zapier. By name, at most 200.
 */
export async function listLinkableApps(actor: UserActor, projectId: string): Promise<LinkedApp[]> {
  return db()
    .select(columns)
    .from(oauthClients)
    .innerJoin(projects, eq(projects.id, oauthClients.projectId))
    .where(and(live, offeredTo(actor, projectId)))
    .orderBy(sql`lower(${oauthClients.name})`, oauthClients.id)
    .limit(200)
}

/**
 * For each third party of a project that is linked to no app: the app that it seems to be, since its website is on the
 * host of the app's homepage or of a redirect URI. Verified ones first, else the one registered first.
 *
 * @returns third party id → app
 */
export async function suggestApps(actor: UserActor, projectId: string): Promise<Map<string, LinkedApp>> {
  const websiteHost = hostOf(sql`${thirdParties.website}`)
  const rows = await db()
    .selectDistinctOn([thirdParties.id], { thirdPartyId: thirdParties.id, ...columns })
    .from(thirdParties)
    .innerJoin(
      oauthClients,
      or(
        sql`${hostOf(sql`${oauthClients.homepage}`)} = ${websiteHost}`,
        sql`exists (select 1 from unnest(${oauthClients.redirectUris}) as uri where ${hostOf(sql`uri`)} = ${websiteHost})`,
      ),
    )
    .innerJoin(projects, eq(projects.id, oauthClients.projectId))
    .where(
      and(
        eq(thirdParties.projectId, projectId),
        visibleTo(actor, thirdParties.projectId, 'keys:read'),
        isNull(thirdParties.clientId),
        live,
        offeredTo(actor, projectId),
      ),
    )
    .orderBy(thirdParties.id, isNull(oauthClients.verifiedAt), oauthClients.createdAt, oauthClients.id)
  return new Map(rows.map(({ thirdPartyId, ...app }) => [thirdPartyId, app]))
}

/**
 * Requires a registered app that works: any of the site may be named by whoever knows its id.
 *
 * @throws Failure `validation_failed`
 */
export async function requireApp(tx: Database, clientId: string): Promise<void> {
  const [app] = await tx
    .select({ id: oauthClients.id })
    .from(oauthClients)
    .innerJoin(projects, eq(projects.id, oauthClients.projectId))
    .where(and(eq(oauthClients.id, clientId), live))
  if (!app) throw invalidField('app', 'Is no registered app of this site, or one that was disabled.')
}

const columns = {
  id: oauthClients.id,
  name: oauthClients.name,
  verified: sql<boolean>`${isNotNull(oauthClients.verifiedAt)}`,
}

const live = and(isNull(oauthClients.disabledAt), isNull(projects.deletedAt))

const offeredTo = (actor: UserActor, projectId: string): SQL | undefined =>
  or(
    isNotNull(oauthClients.verifiedAt),
    and(eq(oauthClients.projectId, projectId), visibleTo(actor, oauthClients.projectId, 'keys:read')),
    exists(
      db()
        .select({ one: sql`1` })
        .from(oauthGrants)
        .where(
          and(
            eq(oauthGrants.clientId, oauthClients.id),
            eq(oauthGrants.userId, actor.userId),
            isNull(oauthGrants.revokedAt),
          ),
        ),
    ),
  )

/** The host of an http(s) address, without its port; null for loopback, where everybody is somebody else. */
const hostOf = (address: SQL): SQL =>
  sql`nullif(substring(lower(${address}) from '^https?://(?!localhost[:/]|127\\.|\\[)([^/:?#]+)'), '')`
