import 'server-only'
import { and, inArray, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecrets, apiKeys, apiKeyUses, NEVER_EXPIRES, NEVER_USED, users } from '@/db/schema'
import { managementScopes } from '@/lib/scopes'
import { statusCondition } from './key'
import type { KeyBucket } from './listing'

/** Days without use after which a key counts as unused. */
const UNUSED_DAYS = 90

const { active, expiring, expired, revoked } = statusCondition

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
  management: () => and(active, sql`${apiKeys.scopes} && ${sql.raw(`'{${managementScopes.join(',')}}'::text[]`)}`),
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
