import 'server-only'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import { db } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeySecrets, apiKeys, apiKeyUses } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { narrowing } from '@/lib/narrowing'
import { readPolicy } from '@/lib/policy/read'
import { lockKeys } from '@/lib/projects/authorize'
import { statusCondition } from './key'
import { REVOKED_AT_ONCE } from './listing'
import { revokeKeys } from './revoke'

/** How many keys one step looks at. */
const LOOKED_AT_ONCE = 5_000
/** Any number that no other program uses on this database. */
const IDLE_LOCK = 7_228_135_003

/**
 * Since when nobody has used a key, on `api_keys` joined with `api_key_uses`. A key that was never used, or not since it
 * was regenerated, is idle since it was made or got its secret.
 */
export const idleSince: SQL = sql`greatest(${apiKeyUses.usedAt}, ${apiKeys.createdAt},
  (select max(${apiKeySecrets.createdAt}) from ${apiKeySecrets} where ${eq(apiKeySecrets.keyId, apiKeys.id)}))`

/**
 * Revokes the keys that nobody has used for as long as the policy says, an audit row each. Of several instances one is
 * at it at a time; the others do nothing.
 *
 * @returns how many keys ended
 */
export async function revokeIdleKeys(actor: SystemActor): Promise<number> {
  const { idleDays } = await readPolicy()
  if (idleDays === null) return 0
  let revoked = 0
  for (let after: Place | null = FIRST; after; ) {
    const { ids, last } = await idleAfter(after, idleDays)
    for (let at = 0; at < ids.length; at += REVOKED_AT_ONCE) {
      revoked += await revokePart(actor, ids.slice(at, at + REVOKED_AT_ONCE), idleDays)
    }
    after = last
  }
  return revoked
}

interface Place {
  usedAt: string
  id: string
}

const FIRST: Place = { usedAt: '1970-01-01 00:00:00+00', id: '' }

const isIdle = (days: number) => sql`${idleSince} < now() - make_interval(days => ${days})`

/** Goes through the keys by their latest use, in steps: those revoked long ago lie among them. */
async function idleAfter({ usedAt, id }: Place, days: number): Promise<{ ids: string[]; last: Place | null }> {
  const next = db()
    .select({ keyId: apiKeyUses.keyId, usedAt: apiKeyUses.usedAt })
    .from(apiKeyUses)
    .where(
      and(
        sql`(${apiKeyUses.usedAt}, ${apiKeyUses.keyId}) > (${usedAt}::text::timestamptz(3), ${id})`,
        sql`${apiKeyUses.usedAt} < now() - make_interval(days => ${days})`,
      ),
    )
    .orderBy(apiKeyUses.usedAt, apiKeyUses.keyId)
    .limit(LOOKED_AT_ONCE)
    .as('next')
  const rows = await db()
    .select({
      id: next.keyId,
      usedAt: sql<string>`${next.usedAt}::text`,
      idle: sql<boolean>`${and(statusCondition.active, isIdle(days))}`,
    })
    .from(next)
    .innerJoin(apiKeyUses, eq(apiKeyUses.keyId, next.keyId))
    .innerJoin(apiKeys, eq(apiKeys.id, next.keyId))
    .orderBy(next.usedAt, next.keyId)
  const last = rows.length < LOOKED_AT_ONCE ? null : (rows.at(-1) ?? null)
  return { ids: rows.flatMap(({ id, idle }) => (idle ? [id] : [])), last }
}

const revokePart = (actor: SystemActor, keyIds: readonly string[], days: number): Promise<number> =>
  narrowing(actor, () =>
    db().transaction(async (tx) => {
      const [lock] = await tx
        .select({ ours: sql<boolean>`pg_try_advisory_xact_lock(${IDLE_LOCK})` })
        .from(sql`(select 1) as one`)
      if (!lock?.ours) return 0
      await lockKeys(tx, keyIds)
      // Used or regenerated since it was looked at: then it stays.
      const still = await tx
        .select({ id: apiKeys.id })
        .from(apiKeys)
        .innerJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
        .where(and(anyOf(apiKeys.id, keyIds), statusCondition.active, isIdle(days)))
      const reason = `Not used for ${days} ${days === 1 ? 'day' : 'days'}`
      return (
        await revokeKeys(
          tx,
          actor,
          still.map(({ id }) => id),
          reason,
        )
      ).length
    }),
  )
