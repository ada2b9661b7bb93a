import 'server-only'
import { eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, apiKeyUses } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { onlyAdmins } from '@/lib/users/admin'
import { bucketCondition } from './bucket'
import type { KeyBucket } from './listing'

/** Counts end here: of more it is only said that they are more. */
const MOST_COUNTED = 10_000

/**
 * How many keys each bucket has, up to one more than `MOST_COUNTED`.
 *
 * @throws Failure `not_found` for who is no admin
 */
export async function countKeys(actor: Actor, buckets: readonly KeyBucket[]): Promise<Map<KeyBucket, number>> {
  onlyAdmins(actor)
  const counts = new Map<KeyBucket, number>()
  for (const bucket of buckets) {
    const some = db().select({ one: sql`1` }).from(apiKeys).$dynamic()
    if (bucket === 'never_used' || bucket === 'unused') some.innerJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
    const few = some.where(bucketCondition[bucket]()).limit(MOST_COUNTED + 1)
    const [row] = await db()
      .select({ count: sql<number>`(select count(*)::int from ${few} as few)` })
      .from(sql`(select 1) as one`)
    counts.set(bucket, row?.count ?? 0)
  }
  return counts
}
