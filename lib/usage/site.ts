import 'server-only'
import { and, desc, eq, gt, gte, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, apiKeyUsage, auditEvents, refusedRequests, siteUsage } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { onlyAdmins } from '@/lib/users/admin'
import { type Usage, wholeDays } from './read'

/** How the keys of the whole site are used. */
export interface SiteUsage {
  days: Usage['days']
  /** Requests with a known key that were refused in the last 24 hours, whole hours. */
  refused: number
  /** Requests without a credential that is known, refused then. */
  unknown: number
  /** Where most of them came from, at most five. */
  sources: { address: string; refused: number }[]
  /** The keys that were refused most then, at most five. */
  keys: { id: string; label: string; refused: number }[]
  /** Where acts that the audit log has as refused came from then, at most five. */
  addresses: { address: string; refused: number }[]
}

/** So many rows are looked at to find the top of them; of more, the latest count. */
const MOST_READ = 1_000

/**
 * Requests of all keys in the last `days` days, by the day in UTC, and what was refused since yesterday.
 *
 * @throws Failure `not_found` for who is no admin
 */
export async function readSiteUsage(actor: Actor, days: number): Promise<SiteUsage> {
  onlyAdmins(actor)
  const { first, fill } = wholeDays(days)
  const date = sql<string>`to_char(${siteUsage.hour} at time zone 'UTC', 'YYYY-MM-DD')`
  const counts = await db()
    .select({
      date,
      requests: sql<number>`sum(${siteUsage.requests})::float8`,
      refused: sql<number>`sum(${siteUsage.refused})::float8`,
    })
    .from(siteUsage)
    .where(gte(siteUsage.hour, first))
    .groupBy(date)
  const yesterday = sql`now() - interval '24 hours'`
  const [total] = await db()
    .select({ refused: sql<number>`coalesce(sum(${siteUsage.refused}), 0)::float8` })
    .from(siteUsage)
    .where(gt(siteUsage.hour, yesterday))
  return {
    days: fill(counts),
    refused: total?.refused ?? 0,
    ...(await refusedUnknown()),
    keys: await refusedKeys(),
    addresses: await refusedAddresses(),
  }
}

async function refusedUnknown(): Promise<Pick<SiteUsage, 'unknown' | 'sources'>> {
  const rows = db()
    .select({ address: refusedRequests.address, refused: refusedRequests.refused })
    .from(refusedRequests)
    .where(gt(refusedRequests.hour, sql`now() - interval '24 hours'`))
    .orderBy(desc(refusedRequests.hour))
    .limit(MOST_READ)
    .as('rows')
  const refused = sql<number>`sum(${rows.refused})::float8`
  const sources = await db()
    .select({ address: rows.address, refused, all: sql<number>`(sum(sum(${rows.refused})) over ())::float8` })
    .from(rows)
    .groupBy(rows.address)
    .orderBy(desc(refused), rows.address)
    .limit(5)
  return { unknown: sources[0]?.all ?? 0, sources: sources.map(({ address, refused }) => ({ address, refused })) }
}

async function refusedKeys(): Promise<SiteUsage['keys']> {
  const hours = db()
    .select({ keyId: apiKeyUsage.keyId, refused: apiKeyUsage.refused })
    .from(apiKeyUsage)
    .where(and(gt(apiKeyUsage.hour, sql`now() - interval '24 hours'`), sql`${apiKeyUsage.refused} > 0`))
    .orderBy(desc(apiKeyUsage.hour))
    .limit(MOST_READ)
    .as('hours')
  const most = db()
    .select({ keyId: hours.keyId, refused: sql<number>`sum(${hours.refused})::float8`.as('most_refused') })
    .from(hours)
    .groupBy(hours.keyId)
    .orderBy(sql`most_refused desc`, hours.keyId)
    .limit(5)
    .as('most')
  return db()
    .select({ id: apiKeys.id, label: apiKeys.label, refused: most.refused })
    .from(most)
    .innerJoin(apiKeys, eq(apiKeys.id, most.keyId))
    .orderBy(desc(most.refused), apiKeys.id)
}

async function refusedAddresses(): Promise<SiteUsage['addresses']> {
  const events = db()
    .select({ address: sql<string>`coalesce(${auditEvents.address}, '')`.as('address'), at: auditEvents.at })
    .from(auditEvents)
    .where(sql`${auditEvents.result} = 'refused'`)
    .orderBy(desc(auditEvents.sequence))
    .limit(MOST_READ)
    .as('events')
  const refused = sql<number>`count(*)::int`
  return db()
    .select({ address: events.address, refused })
    .from(events)
    .where(gt(events.at, sql`now() - interval '24 hours'`))
    .groupBy(events.address)
    .orderBy(desc(refused), events.address)
    .limit(5)
}
