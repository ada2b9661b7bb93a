import 'server-only'
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { sessions } from '@/db/schema'
import type { Origin } from '@/lib/actor'

/**
 * Whether an account was signed in to from this address before, to the end. Asked for unknown accounts too (an empty
 * id), so that both kinds cost the same.
 */
export async function isKnownAddress(userId: string, origin: Origin): Promise<boolean> {
  const [session] = await db()
    .select({ one: sql`1` })
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, userId),
        eq(sessions.address, origin.address ?? ''),
        isNotNull(sessions.address),
        eq(sessions.awaitsSecondStep, false),
      ),
    )
    .limit(1)
  return session !== undefined
}
