import 'server-only'
import { isIPv6 } from 'node:net'
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { sessions } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'

/**
 * Whether an account was signed in to from this address before, to the end; of IPv6 it is the /64 that counts, as for
 * the limits, since a device changes the rest by itself. Asked for unknown accounts too (an empty id), so that both kinds
 * cost the same.
 */
export async function isKnownAddress(userId: string, origin: Origin): Promise<boolean> {
  const [session] = await db()
    .select({ one: sql`1` })
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, userId),
        isIPv6(origin.address ?? '')
          ? sql`${sessions.address}::inet <<= ${limitKeyOf(origin.address)}::inet`
          : eq(sessions.address, origin.address ?? ''),
        isNotNull(sessions.address),
        eq(sessions.awaitsSecondStep, false),
      ),
    )
    .limit(1)
  return session !== undefined
}
