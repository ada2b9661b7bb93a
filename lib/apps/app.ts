import 'server-only'
import { and, asc, desc, eq, gt, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '@/db'
import { memberships, oauthClientLogos, oauthClientSecrets, oauthClients, oauthGrants, users } from '@/db/schema'
import { hint } from '@/lib/credentials'
import { env } from '@/lib/env'
import type { AppKind } from './input'

/** A version of a client's secret, as people may see it. `endsAt` is null for the current one. */
export interface AppSecret {
  hint: string
  createdAt: string
  endsAt: string | null
}

/** An app as everybody may see it: pages, API and command line. Times are ISO 8601 in UTC. */
export interface App {
  /** The `client_id`. */
  id: string
  name: string
  description: string | null
  homepage: string | null
  kind: AppKind
  isPublic: boolean
  /** Path of its picture on this site. */
  logoUrl: string | null
  redirectUris: string[]
  grantTypes: string[]
  scopes: string[]
  accessTtl: number
  refreshTtl: number
  machineTtl: number
  verified: boolean
  firstParty: boolean
  status: 'active' | 'disabled'
  /** Whether a site admin disabled it: then its project cannot enable it. */
  disabledByAdmin: boolean
  createdAt: string
  createdBy: { id: string; name: string }
  /** Who answers for the app's own tokens. `active` is false when they are disabled or no longer a member. */
  responsible: { id: string; name: string; active: boolean }
  /** The current one and, during an overlap, the old one after it. None for a public app. */
  secrets: AppSecret[]
  /** How many people it is connected to. */
  people: number
}

const creator = alias(users, 'creator')
const responsible = alias(users, 'responsible')

/** The apps that meet `condition`, newest first, at most 1,000. The condition is where the caller's authority stands. */
export async function selectApps(db: Database, condition: SQL | undefined): Promise<App[]> {
  const rows = await db
    .select({
      app: oauthClients,
      logoHash: oauthClientLogos.hash,
      createdBy: { id: creator.id, name: creator.name },
      responsible: { id: responsible.id, name: responsible.name },
      responsibleActive: sql<boolean>`${responsible.disabledAt} is null and ${memberships.userId} is not null`,
      people: sql<number>`(select count(distinct ${oauthGrants.userId})::int from ${oauthGrants}
        where ${oauthGrants.clientId} = ${oauthClients.id} and ${oauthGrants.revokedAt} is null)`,
    })
    .from(oauthClients)
    .innerJoin(creator, eq(creator.id, oauthClients.createdById))
    .innerJoin(responsible, eq(responsible.id, oauthClients.responsibleId))
    .leftJoin(
      memberships,
      and(eq(memberships.projectId, oauthClients.projectId), eq(memberships.userId, oauthClients.responsibleId)),
    )
    .leftJoin(oauthClientLogos, eq(oauthClientLogos.clientId, oauthClients.id))
    .where(condition)
    .orderBy(desc(oauthClients.createdAt), asc(oauthClients.id))
    .limit(1000)
  const secrets = await secretsOf(
    db,
    rows.map(({ app }) => app.id),
  )
  return rows.map(({ app, logoHash, responsibleActive, ...row }) => ({
    id: app.id,
    name: app.name,
    description: app.description,
    homepage: app.homepage,
    kind: app.kind,
    isPublic: app.isPublic,
    logoUrl: logoHash && `/apps/${app.id}/logo/${logoHash}`,
    redirectUris: app.redirectUris,
    grantTypes: app.grantTypes,
    scopes: app.scopes,
    accessTtl: app.accessTtl,
    refreshTtl: app.refreshTtl,
    machineTtl: app.machineTtl,
    verified: app.verifiedAt !== null,
    firstParty: app.isFirstParty,
    status: app.disabledAt ? 'disabled' : 'active',
    disabledByAdmin: app.disabledByAdmin,
    createdAt: app.createdAt.toISOString(),
    createdBy: row.createdBy,
    responsible: { ...row.responsible, active: responsibleActive },
    secrets: secrets.get(app.id) ?? [],
    people: row.people,
  }))
}

async function secretsOf(db: Database, clientIds: string[]): Promise<Map<string, AppSecret[]>> {
  const found = new Map<string, AppSecret[]>()
  if (clientIds.length === 0) return found
  const rows = await db
    .select()
    .from(oauthClientSecrets)
    .where(
      and(
        inArray(oauthClientSecrets.clientId, clientIds),
        // Not `now()`, which in the transaction that ended a secret still is a time before its end.
        or(isNull(oauthClientSecrets.endsAt), gt(oauthClientSecrets.endsAt, sql`statement_timestamp()`)),
      ),
    )
    .orderBy(sql`${oauthClientSecrets.endsAt} desc nulls first`)
  for (const row of rows) {
    const secret = {
      hint: hint(env().KEY_BRAND, 'client_secret', row.publicId),
      createdAt: row.createdAt.toISOString(),
      endsAt: row.endsAt?.toISOString() ?? null,
    }
    found.set(row.clientId, [...(found.get(row.clientId) ?? []), secret])
  }
  return found
}
