import 'server-only'
import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { sessions } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { env } from '@/lib/env'

export interface Session {
  id: string
  createdAt: string
  lastSeenAt: string
  address: string | null
  userAgent: string | null
  /** The session that asks. */
  current: boolean
}

/** The actor's live sessions, last seen first, at most 100. */
export async function listSessions(actor: SessionActor): Promise<Session[]> {
  const rows = await db()
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, actor.userId),
        isNull(sessions.endedAt),
        eq(sessions.awaitsSecondStep, false),
        gt(sessions.lastSeenAt, sql`now() - make_interval(days => ${env().SESSION_IDLE_DAYS})`),
        gt(sessions.createdAt, sql`now() - make_interval(days => ${env().SESSION_MAX_DAYS})`),
      ),
    )
    .orderBy(desc(sessions.lastSeenAt))
    .limit(100)
  return rows.map((row) => ({
    id: row.id,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    address: row.address,
    userAgent: row.userAgent,
    current: row.id === actor.sessionId,
  }))
}
