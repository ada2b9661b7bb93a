import 'server-only'
import { sql } from 'drizzle-orm'
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
    const from = bucket === 'never_used' || bucket === 'unused' ? usedKeys : sql`${apiKeys}`
    counts.set(bucket, await countAbout(sql`select 1 from ${from} where ${bucketCondition[bucket]() ?? sql`true`}`))
  }
  return counts
}

/** Each use with its key. Without the `offset` the database may walk all keys beside, in the order of their ids. */
const usedKeys = sql`${apiKeyUses} cross join lateral
  (select * from ${apiKeys} where ${apiKeys.id} = ${apiKeyUses.keyId} offset 0) as ${apiKeys}`
