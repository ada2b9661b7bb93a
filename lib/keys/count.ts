import 'server-only'
import { eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, apiKeyUses } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { type Count, countAbout } from '@/lib/count-about'
import { onlyAdmins } from '@/lib/users/admin'
import { bucketCondition } from './bucket'
import type { KeyBucket } from './listing'

/**
 * How many keys each bucket has: exactly when they are few, else about.
 *
 * @throws Failure `not_found` for who is no admin
 */
export async function countKeys(actor: Actor, buckets: readonly KeyBucket[]): Promise<Map<KeyBucket, Count>> {
  onlyAdmins(actor)
  const counts = new Map<KeyBucket, Count>()
  for (const bucket of buckets) {
    const keys = db().select({ one: sql`1` }).from(apiKeys).$dynamic()
    if (bucket === 'never_used' || bucket === 'unused') keys.innerJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
    counts.set(bucket, await countAbout(keys.where(bucketCondition[bucket]()).getSQL()))
  }
  return counts
}
