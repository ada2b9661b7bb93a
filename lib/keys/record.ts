import 'server-only'
import { and, eq, sql } from 'drizzle-orm'
import { db, prepared } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeySecrets, apiKeys, memberships, projects, thirdParties, users } from '@/db/schema'
import { addressTest } from '@/lib/addresses'
import { type Lease, makeLease } from '@/lib/credentials/lease'
import { env } from '@/lib/env'
import { type Ancestor, hasParent, type LineageRecord, withLineage } from '@/lib/lineage'
import { type AdminStanding, type Role, scopesWithin, withinAdminRole } from '@/lib/projects/roles'
import { once } from '@/lib/runtime'
import type { Scope } from '@/lib/scopes'

/** Everything that a verdict on a secret depends on: key, maker, membership, project, and the database's time. */
export type KeyRecord = ReturnType<typeof recordOf>

/** The records of keys, each held for at most `VERIFY_LEASE_MS`. */
export const keyLease = (): Lease<KeyRecord> =>
  once('key-lease', () =>
    makeLease(fetchRecord, {
      name: 'keys',
      ms: env().VERIFY_LEASE_MS,
      max: env().VERIFY_HELD_RECORDS,
      fetchMany: fetchRecords,
    }),
  )

const noAncestors: readonly Ancestor[] = []

/**
 * The one statement of a check, for every public id alike, with the database's own time beside the row. Only a key that
 * another credential made costs a further read for each that stands above it, once its secret was matched; all of them are
 * held under one lease.
 */
async function fetchRecord(publicId: string) {
  const [row] = await prepared('verify_key', prepareRead).execute({ publicId })
  return row && recordOf(row)
}

/** The same for many public ids, in one statement. */
async function fetchRecords(publicIds: readonly string[]) {
  const rows = await selectRows().where(anyOf(apiKeySecrets.publicId, publicIds))
  return new Map(rows.map((row) => [row.publicId, recordOf(row)]))
}

function recordOf(row: Awaited<ReturnType<typeof selectRows>>[number]) {
  const record = {
    ...row,
    ancestors: noAncestors,
    complete: undefined as LineageRecord['complete'],
    scopes: effectiveScopes(row),
    addressAllowed: row.allowedAddresses.length === 0 ? null : addressTest(row.allowedAddresses),
  }
  return hasParent(row) ? withLineage(record, row, row.projectId) : record
}

interface Bounds extends AdminStanding {
  scopes: readonly string[]
  role: Role | null
}

/** What a key may do: its scopes, as far as the responsible person's roles, on the site too, still allow them. */
const effectiveScopes = ({ scopes, role, ...standing }: Bounds): Scope[] =>
  role === null
    ? []
    : withinAdminRole(
        scopesWithin(role).filter((scope) => scopes.includes(scope)),
        standing,
      )

const prepareRead = () =>
  selectRows()
    .where(eq(apiKeySecrets.publicId, sql.placeholder('publicId')))
    .prepare('verify_key')

const selectRows = () =>
  db()
    .select({
      publicId: apiKeySecrets.publicId,
      secretId: apiKeySecrets.id,
      secretHash: apiKeySecrets.secretHash,
      pepperId: apiKeySecrets.pepperId,
      secretEndsAt: apiKeySecrets.endsAt,
      keyId: apiKeys.id,
      label: apiKeys.label,
      scopes: apiKeys.scopes,
      allowedAddresses: apiKeys.allowedAddresses,
      expiresAt: apiKeys.expiresAt,
      rateLimitPerMinute: apiKeys.rateLimitPerMinute,
      revokedAt: apiKeys.revokedAt,
      parentKeyId: apiKeys.parentKeyId,
      parentGrantId: apiKeys.parentGrantId,
      parentClientId: apiKeys.parentClientId,
      projectId: projects.id,
      projectSlug: projects.slug,
      projectName: projects.name,
      projectDeletedAt: projects.deletedAt,
      responsibleId: users.id,
      responsibleName: users.name,
      responsibleDisabledAt: users.disabledAt,
      isAdmin: users.isAdmin,
      grantedByOperator: apiKeys.grantedByOperator,
      role: memberships.role,
      thirdPartyId: thirdParties.id,
      thirdPartyName: thirdParties.name,
      now: sql<Date>`now()`.mapWith(apiKeys.createdAt),
    })
    .from(apiKeySecrets)
    .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .innerJoin(users, eq(users.id, apiKeys.responsibleId))
    .leftJoin(
      memberships,
      and(eq(memberships.projectId, apiKeys.projectId), eq(memberships.userId, apiKeys.responsibleId)),
    )
    .leftJoin(thirdParties, eq(thirdParties.id, apiKeys.thirdPartyId))
    .$dynamic()
