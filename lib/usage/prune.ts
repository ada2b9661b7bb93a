import 'server-only'
import { lt, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySources, apiKeyUsage, siteUsage } from '@/db/schema'
import { env } from '@/lib/env'

/** Forgets counts and sources older than `USAGE_RETENTION_DAYS`. Keys and their last use stay. */
export async function pruneUsage(): Promise<void> {
  const oldest = sql`now() - make_interval(days => ${env().USAGE_RETENTION_DAYS})`
  await db().delete(apiKeyUsage).where(lt(apiKeyUsage.hour, oldest))
  await db().delete(siteUsage).where(lt(siteUsage.hour, oldest))
  await db().delete(apiKeySources).where(lt(apiKeySources.lastSeenAt, oldest))
}
