import 'server-only'
import { and, desc, eq, gte, sql } from 'drizzle-orm'
import { z } from 'zod'
import { db } from '@/db'
import { apiKeySources, apiKeys, apiKeyUsage } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import { visibleTo } from '@/lib/visible'

/** The query of `GET /keys/{id}/usage`. */
export const usageSchema = z.strictObject({ days: z.coerce.number().int().min(1).max(400).default(30) })

export interface Usage {
  /** One entry a day, the oldest first, days without requests included. */
  days: { date: string; requests: number; refused: number }[]
  /** Where the key was used from, last seen first, at most 100. */
  sources: { address: string; userAgent: string; firstSeenAt: string; lastSeenAt: string; requests: number }[]
}

/**
 * How a key was used in the last `days` days, by the day in UTC.
 *
 * @throws Failure `not_found` for foreign and unknown keys alike
 */
export async function readUsage(actor: Actor, keyId: string, days: number): Promise<Usage> {
  const own = and(eq(apiKeys.id, keyId), visibleTo(actor, apiKeys.projectId, 'usage:read'))
  const [key] = await db().select({ id: apiKeys.id }).from(apiKeys).where(own)
  if (!key) throw notFound('key')
  const day = sql<string>`to_char(${apiKeyUsage.hour} at time zone 'UTC', 'YYYY-MM-DD')`
  const { first, fill } = wholeDays(days)
  const counts = await db()
    .select({
      date: day,
      requests: sql<number>`sum(${apiKeyUsage.requests})::int`,
      refused: sql<number>`sum(${apiKeyUsage.refused})::int`,
    })
    .from(apiKeyUsage)
    .where(and(eq(apiKeyUsage.keyId, keyId), gte(apiKeyUsage.hour, first)))
    .groupBy(day)
  const sources = await db()
    .select()
    .from(apiKeySources)
    .where(eq(apiKeySources.keyId, keyId))
    .orderBy(desc(apiKeySources.lastSeenAt))
    .limit(100)
  return {
    days: fill(counts),
    sources: sources.map((source) => ({
      address: source.address,
      userAgent: source.agent,
      firstSeenAt: source.firstSeenAt.toISOString(),
      lastSeenAt: source.lastSeenAt.toISOString(),
      requests: source.requests,
    })),
  }
}

/** The last `days` days in UTC, today included: when they begin, and counts filled up with the days that have none. */
export function wholeDays(days: number) {
  const today = new Date(new Date().toISOString().slice(0, 10))
  const first = new Date(today.getTime() - (days - 1) * 86_400_000)
  const fill = (counts: Usage['days']): Usage['days'] => {
    const byDate = new Map(counts.map((count) => [count.date, count]))
    return Array.from({ length: days }, (_, index) => {
      const date = new Date(first.getTime() + index * 86_400_000).toISOString().slice(0, 10)
      return byDate.get(date) ?? { date, requests: 0, refused: 0 }
    })
  }
  return { first, fill }
}
