import 'server-only'
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { auditEvents } from '@/db/schema'
import type { Actor, ClientActor } from '@/lib/actor'
import { type AuditEntry, recordAudit } from './record'

/** How many of a target's latest events are looked at. */
const LOOKED_AT = 200

/**
 * Records an event that repeats by itself, such as a program that asks for tokens all day: once an hour for each action
 * and target, so that it cannot fill the log.
 *
 * @param perAddress how many client addresses get an event of their own within the hour; without it, one event covers all
 */
export async function recordHourly(
  tx: Database,
  actor: Actor | ClientActor,
  entry: AuditEntry,
  { perAddress = 0 } = {},
): Promise<void> {
  const { target, action, result = 'allowed' } = entry
  const latest = tx
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.targetKind, target.kind), eq(auditEvents.targetId, target.id)))
    .orderBy(desc(auditEvents.sequence))
    .limit(LOOKED_AT)
    .as('latest')
  const rows = await tx
    .select({ address: latest.address })
    .from(latest)
    .where(
      and(
        eq(latest.action, action),
        eq(latest.result, result),
        sql`${latest.at} > clock_timestamp() - interval '1 hour'`,
      ),
    )
  const covered =
    perAddress === 0
      ? rows.length > 0
      : rows.length >= perAddress || rows.some(({ address }) => address === actor.origin.address)
  if (!covered) await recordAudit(tx, actor, entry)
}
