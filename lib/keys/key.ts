import 'server-only'
import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '@/db'
import {
  apiKeySecrets,
  apiKeySecretUses,
  apiKeys,
  apiKeyUses,
  memberships,
  NEVER_EXPIRES,
  oauthClients,
  oauthGrants,
  thirdParties,
  users,
} from '@/db/schema'
import { hint } from '@/lib/credentials'
import { env } from '@/lib/env'

export type KeyStatus = 'active' | 'expiring' | 'expired' | 'revoked'

/** A key as everybody may see it: pages, API and command line. Times are ISO 8601 in UTC. */
export interface Key {
  id: string
  label: string
  hint: string
  status: KeyStatus
  thirdParty: { id: string; name: string; website: string | null } | null
  scopes: string[]
  note: string | null
  createdAt: string
  createdBy: { id: string; name: string }
  /**
   * The credential that made the key, if a person did not: the key is never more than that is now. `grant` is an app's
   * access: a person's grant, or the app itself by its own tokens (then the id is the app's). The name is the key's label
   * or the app's name.
   */
  parent: { kind: 'key' | 'grant'; id: string; name: string } | null
  /** Who answers for the key. `active` is false when they are disabled or no longer a member: the key is refused. */
  responsible: { id: string; name: string; active: boolean }
  expiresAt: string | null
  lastUsedAt: string | null
  lastUsed: { address: string | null; userAgent: string | null; route: string | null } | null
  overlap: { hint: string; endsAt: string; lastUsedAt: string | null } | null
  revokedAt: string | null
  revokedBy: { id: string; name: string } | null
  revokeReason: string | null
  allowedAddresses: string[]
  rateLimitPerMinute: number | null
}

/** Days before its end from which a key counts as expiring. */
const EXPIRING_DAYS = 14

const soon = sql`now() + make_interval(days => ${sql.raw(String(EXPIRING_DAYS))})`

/** As an index of its own has it, so that the few keys that expire soon are found without reading the others. */
const end = sql`coalesce(${apiKeys.expiresAt}, ${NEVER_EXPIRES})`

/** Conditions on `api_keys` for each status, by the database's clock. `active` includes `expiring`. */
export const statusCondition: Record<KeyStatus, SQL | undefined> = {
  active: and(isNull(apiKeys.revokedAt), sql`${end} > now()`),
  expiring: and(isNull(apiKeys.revokedAt), sql`${end} > now()`, sql`${end} <= ${soon}`),
  expired: and(isNull(apiKeys.revokedAt), sql`${end} <= now()`),
  revoked: sql`${apiKeys.revokedAt} is not null`,
}

const current = alias(apiKeySecrets, 'current_secret')
const old = alias(apiKeySecrets, 'old_secret')
const creator = alias(users, 'creator')
const responsible = alias(users, 'responsible')
const revoker = alias(users, 'revoker')
const parentKey = alias(apiKeys, 'parent_key')
const parentGrant = alias(oauthGrants, 'parent_grant')
const parentClient = alias(oauthClients, 'parent_client')

/** The keys that meet `condition`, in no particular order. The condition is where the caller's authority stands. */
export async function selectKeys(db: Database, condition: SQL | undefined): Promise<Key[]> {
  const rows = await db
    .select({
      key: apiKeys,
      status: sql<KeyStatus>`case when ${apiKeys.revokedAt} is not null then 'revoked'
        when ${apiKeys.expiresAt} <= now() then 'expired'
        when ${apiKeys.expiresAt} <= ${soon} then 'expiring' else 'active' end`,
      publicId: current.publicId,
      use: apiKeyUses,
      old: { publicId: old.publicId, endsAt: old.endsAt },
      oldUsedAt: apiKeySecretUses.usedAt,
      thirdParty: { id: thirdParties.id, name: thirdParties.name, website: thirdParties.website },
      createdBy: { id: creator.id, name: creator.name },
      responsible: { id: responsible.id, name: responsible.name },
      responsibleActive: sql<boolean>`${responsible.disabledAt} is null and ${memberships.userId} is not null`,
      revokedBy: { id: revoker.id, name: revoker.name },
      parentName: sql<string | null>`coalesce(${parentKey.label}, ${parentClient.name})`,
    })
    .from(apiKeys)
    .innerJoin(current, and(eq(current.keyId, apiKeys.id), isNull(current.endsAt)))
    .innerJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
    .innerJoin(creator, eq(creator.id, apiKeys.createdById))
    .innerJoin(responsible, eq(responsible.id, apiKeys.responsibleId))
    .leftJoin(
      memberships,
      and(eq(memberships.projectId, apiKeys.projectId), eq(memberships.userId, apiKeys.responsibleId)),
    )
    // Not `now()`, which in the transaction that ended a secret still is a time before its end.
    .leftJoin(old, and(eq(old.keyId, apiKeys.id), gt(old.endsAt, sql`statement_timestamp()`)))
    .leftJoin(apiKeySecretUses, eq(apiKeySecretUses.secretId, old.id))
    .leftJoin(thirdParties, eq(thirdParties.id, apiKeys.thirdPartyId))
    .leftJoin(revoker, eq(revoker.id, apiKeys.revokedById))
    .leftJoin(parentKey, eq(parentKey.id, apiKeys.parentKeyId))
    .leftJoin(parentGrant, eq(parentGrant.id, apiKeys.parentGrantId))
    .leftJoin(parentClient, eq(parentClient.id, sql`coalesce(${apiKeys.parentClientId}, ${parentGrant.clientId})`))
    .where(condition)

  return rows.map(({ key, use, ...row }) => {
    const used = use.usedAt.getTime() > 0
    return {
      id: key.id,
      label: key.label,
      hint: hint(env().KEY_BRAND, 'api_key', row.publicId),
      status: row.status,
      thirdParty: row.thirdParty,
      scopes: key.scopes,
      note: key.note,
      createdAt: key.createdAt.toISOString(),
      createdBy: row.createdBy,
      parent: parentOf(key, row.parentName),
      responsible: { ...row.responsible, active: row.responsibleActive },
      expiresAt: key.expiresAt?.toISOString() ?? null,
      lastUsedAt: used ? use.usedAt.toISOString() : null,
      lastUsed: used ? { address: use.address, userAgent: use.userAgent, route: use.route } : null,
      overlap:
        row.old?.endsAt && !key.revokedAt
          ? {
              hint: hint(env().KEY_BRAND, 'api_key', row.old.publicId),
              endsAt: row.old.endsAt.toISOString(),
              lastUsedAt: row.oldUsedAt?.toISOString() ?? null,
            }
          : null,
      revokedAt: key.revokedAt?.toISOString() ?? null,
      revokedBy: row.revokedBy,
      revokeReason: key.revokeReason,
      allowedAddresses: key.allowedAddresses,
      rateLimitPerMinute: key.rateLimitPerMinute,
    }
  })
}

function parentOf(key: typeof apiKeys.$inferSelect, name: string | null): Key['parent'] {
  if (key.parentKeyId !== null) return { kind: 'key', id: key.parentKeyId, name: name ?? '' }
  const id = key.parentGrantId ?? key.parentClientId
  return id === null ? null : { kind: 'grant', id, name: name ?? '' }
}
