import 'server-only'
import { and, eq, inArray, isNotNull, isNull, notExists, type SQL, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecrets, apiKeys, apiKeyUses, NEVER_EXPIRES, NEVER_USED, users } from '@/db/schema'
import { adminGrantedScopes, managementScopes, type Scope } from '@/lib/scopes'
import { statusCondition } from './key'
import type { KeyBucket } from './listing'

/** Days without use after which a key counts as unused. */
const UNUSED_DAYS = 90

const { active, expiring, expired, revoked } = statusCondition

const hasAny = (scopes: readonly Scope[]) => sql`${apiKeys.scopes} && ${sql.raw(`'{${scopes.join(',')}}'::text[]`)}`

/**
 * Conditions on `api_keys` joined with `api_key_uses`, by the database's clock. Written as the partial indexes have
 * them, so that the few keys of a bucket are found without reading the others.
 */
export const bucketCondition: Record<KeyBucket, () => SQL | undefined> = {
  unrevoked: () => isNull(apiKeys.revokedAt),
  active: () => active,
  expiring: () => expiring,
  never_used: () => and(active, sql`${apiKeyUses.usedAt} = ${NEVER_USED}`),
  unused: () =>
    and(
      active,
      sql`${apiKeyUses.usedAt} > ${NEVER_USED}`,
      sql`${apiKeyUses.usedAt} <= now() - make_interval(days => ${sql.raw(String(UNUSED_DAYS))})`,
    ),
  without_expiry: () =>
    and(isNull(apiKeys.revokedAt), sql`coalesce(${apiKeys.expiresAt}, ${NEVER_EXPIRES}) = ${NEVER_EXPIRES}`),
  unassigned: () => and(active, isNull(apiKeys.thirdPartyId)),
  management: () => and(active, hasAny(managementScopes)),
  // They were an admin's, or the command line gave them to somebody: that is for an admin to look at, since what runs
  // on them may be the gateway of the whole site.
  admin_scopes: () =>
    and(
      active,
      hasAny(adminGrantedScopes),
      notExists(
        db()
          .select({ id: users.id })
          .from(users)
          .where(and(eq(users.id, apiKeys.responsibleId), eq(users.isAdmin, true))),
      ),
    ),
  disabled_maker: () =>
    and(
      active,
      inArray(apiKeys.createdById, db().select({ id: users.id }).from(users).where(isNotNull(users.disabledAt))),
    ),
  overlap: () =>
    and(
      active,
      inArray(
        apiKeys.id,
        db().select({ id: apiKeySecrets.keyId }).from(apiKeySecrets).where(sql`${apiKeySecrets.endsAt} > now()`),
      ),
    ),
  expired: () => expired,
  revoked: () => revoked,
  all: () => undefined,
}
