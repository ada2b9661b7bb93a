import 'server-only'
import { and, desc, eq, type SQL } from 'drizzle-orm'
import { db } from '@/db'
import { auditEvents } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { visibleTo } from '@/lib/visible'
import type { AuditAction, AuditEntry } from './record'

/** What was done to a thing, by whom and from where. */
export interface AuditEvent {
  id: string
  at: string
  actor: { kind: 'user' | 'key' | 'app' | 'system'; id: string | null; name: string }
  action: AuditAction
  target: { kind: string; id: string; name: string }
  result: 'allowed' | 'refused'
  address: string | null
  userAgent: string | null
  changes: Record<string, [unknown, unknown]>
}

/** The latest 100 events about one thing of a project that `actor` may see, newest first. */
export async function listTargetEvents(
  actor: Actor,
  target: { kind: AuditEntry['target']['kind']; id: string },
): Promise<AuditEvent[]> {
  return selectEvents(
    and(
      eq(auditEvents.targetKind, target.kind),
      eq(auditEvents.targetId, target.id),
      visibleTo(actor, auditEvents.projectId, 'keys:read'),
    ),
  )
}

/** The latest 100 events that meet `condition`, newest first. The condition is where the caller's authority stands. */
export async function selectEvents(condition: SQL | undefined): Promise<AuditEvent[]> {
  const rows = await db().select().from(auditEvents).where(condition).orderBy(desc(auditEvents.sequence)).limit(100)
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    action: row.action as AuditAction,
    target: { kind: row.targetKind, id: row.targetId, name: row.targetName },
    result: row.result,
    address: row.address,
    userAgent: row.userAgent,
    changes: row.changes,
  }))
}
