import 'server-only'
import { lt, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySources, apiKeyUsage, refusedRequests, siteUsage } from '@/db/schema'
import { readPolicy } from '@/lib/policy/read'

/** Forgets counts and sources that are older than the policy keeps them. Keys and their last use stay. */
export async function pruneUsage(): Promise<void> {
  const { usageRetentionDays } = await readPolicy()
  const oldest = sql`now() - make_interval(days => ${usageRetentionDays})`
  await db().delete(apiKeyUsage).where(lt(apiKeyUsage.hour, oldest))
  await db().delete(siteUsage).where(lt(siteUsage.hour, oldest))
  await db().delete(refusedRequests).where(lt(refusedRequests.hour, oldest))
  await db().delete(apiKeySources).where(lt(apiKeySources.lastSeenAt, oldest))
}
