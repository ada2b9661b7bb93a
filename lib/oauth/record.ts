import 'server-only'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { db, prepared } from '@/db'
import { anyOf } from '@/db/any-of'
import { memberships, oauthArtifacts, oauthClients, oauthGrants, projects, users } from '@/db/schema'
import { type Lease, makeLease } from '@/lib/credentials/lease'
import { env } from '@/lib/env'
import { type Ancestor, hasParent, type LineageRecord, withLineage } from '@/lib/lineage'
import { type AdminStanding, type Role, scopesWithin, withinAdminRole } from '@/lib/projects/roles'
import { once } from '@/lib/runtime'
import { allScopes, concernsProject, type Scope } from '@/lib/scopes'
import { isAnsweredFor } from './answered-for'

/** Everything that a verdict on an access token depends on: token, grant, app, person, project, the database's time. */
export type TokenRecord = ReturnType<typeof recordOf>

/** The records of access tokens, each held for at most `VERIFY_LEASE_MS`. */
export const tokenLease = (): Lease<TokenRecord> =>
  once('token-lease', () =>
    makeLease(fetchRecord, {
      name: 'tokens',
      ms: env().VERIFY_LEASE_MS,
      max: env().VERIFY_HELD_RECORDS,
      fetchMany: fetchRecords,
    }),
  )

const noAncestors: readonly Ancestor[] = []

/** The one statement of a check, for every public id alike. An app that a key or token registered costs further reads. */
async function fetchRecord(publicId: string) {
  const [row] = await prepared('verify_token', prepareRead).execute({ publicId })
  return row && recordOf(row)
}

/** The same for many public ids, in one statement. */
async function fetchRecords(publicIds: readonly string[]) {
  const rows = await selectRows().where(and(anyOf(oauthArtifacts.id, publicIds), isAccessToken))
  return new Map(rows.map((row) => [row.id, recordOf(row)]))
}

function recordOf(row: Awaited<ReturnType<typeof selectRows>>[number]) {
  // What acts for a person is bounded by that person's consent, whoever registered the app.
  const isChild = row.userId === null && hasParent(row)
  const record = {
    ...row,
    ancestors: noAncestors,
    complete: undefined as LineageRecord['complete'],
    scopes: effectiveScopes(row),
  }
  return isChild ? withLineage(record, row, row.clientProjectId) : record
}

interface Bounds extends AdminStanding {
  scopes: readonly string[]
  grantScopes: readonly string[] | null
  clientScopes: readonly string[]
  role: Role | null
}

/**
 * What a token may do: what it was issued for, as far as its grant, its app and the person's role in the project still
 * allow it. Somebody who has left the project keeps what is about no project.
 */
export function effectiveScopes({ scopes, grantScopes, clientScopes, role, ...standing }: Bounds): Scope[] {
  const byRole = role === null ? allScopes.filter((scope) => !concernsProject(scope)) : scopesWithin(role)
  return withinAdminRole(byRole, standing).filter(
    (scope) => scopes.includes(scope) && clientScopes.includes(scope) && (grantScopes?.includes(scope) ?? true),
  )
}

/** The app's own project, as against the one that the token is about. */
const clientProjects = alias(projects, 'client_projects')

const isAccessToken = inArray(oauthArtifacts.kind, ['AccessToken', 'ClientCredentials'])

const prepareRead = () =>
  selectRows()
    .where(and(eq(oauthArtifacts.id, sql.placeholder('publicId')), isAccessToken))
    .prepare('verify_token')

const selectRows = () =>
  db()
    .select({
      id: oauthArtifacts.id,
      secretHash: oauthArtifacts.secretHash,
      pepperId: oauthArtifacts.pepperId,
      scopes: oauthArtifacts.scopes,
      audience: oauthArtifacts.audience,
      expiresAt: oauthArtifacts.expiresAt,
      endedAt: oauthArtifacts.endedAt,
      userId: oauthArtifacts.userId,
      grantId: oauthArtifacts.grantId,
      familyId: oauthArtifacts.familyId,
      grantScopes: oauthGrants.scopes,
      grantRevokedAt: oauthGrants.revokedAt,
      clientId: oauthClients.id,
      clientName: oauthClients.name,
      clientScopes: oauthClients.scopes,
      clientGrantTypes: oauthClients.grantTypes,
      clientDisabledAt: oauthClients.disabledAt,
      clientAnsweredFor: isAnsweredFor,
      clientProjectId: oauthClients.projectId,
      parentKeyId: oauthClients.parentKeyId,
      parentGrantId: oauthClients.parentGrantId,
      parentClientId: oauthClients.parentClientId,
      grantedByOperator: sql<boolean>`${oauthArtifacts.userId} is null and ${oauthClients.grantedByOperator}`,
      clientProjectDeletedAt: clientProjects.deletedAt,
      responsibleId: users.id,
      responsibleName: users.name,
      responsibleDisabledAt: users.disabledAt,
      isAdmin: users.isAdmin,
      projectId: projects.id,
      projectSlug: projects.slug,
      projectName: projects.name,
      projectDeletedAt: projects.deletedAt,
      role: memberships.role,
      now: sql<Date>`now()`.mapWith(oauthArtifacts.createdAt),
    })
    .from(oauthArtifacts)
    .innerJoin(oauthClients, eq(oauthClients.id, oauthArtifacts.clientId))
    .innerJoin(clientProjects, eq(clientProjects.id, oauthClients.projectId))
    .innerJoin(users, eq(users.id, sql`coalesce(${oauthArtifacts.userId}, ${oauthClients.responsibleId})`))
    .leftJoin(oauthGrants, eq(oauthGrants.id, oauthArtifacts.grantId))
    .leftJoin(
      projects,
      eq(
        projects.id,
        sql`case when ${oauthArtifacts.userId} is null then ${oauthClients.projectId} else ${oauthGrants.projectId} end`,
      ),
    )
    .leftJoin(memberships, and(eq(memberships.projectId, projects.id), eq(memberships.userId, users.id)))
    .$dynamic()
