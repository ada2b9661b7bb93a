import 'server-only'
import { sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { auditEvents } from '@/db/schema'
import type { Actor, ClientActor } from '@/lib/actor'
import { randomId } from '@/lib/credentials/random'
import { Failure } from '@/lib/errors'
import { log } from '@/lib/log'
import type { AuditAction } from './actions'
import type { Circumstances } from './gravity'
import { requireRecentFor } from './recent'

export type { AuditAction } from './actions'

export interface AuditEntry {
  action: AuditAction
  target: {
    kind: 'user' | 'session' | 'project' | 'invitation' | 'third_party' | 'key' | 'grant' | 'app' | 'site' | 'route'
    id: string
    name: string
  }
  projectId?: string | null
  /** Default: allowed. */
  result?: 'allowed' | 'refused'
  /** Field → [old, new] of plain fields. Never a secret, never a hash. */
  changes?: Record<string, [unknown, unknown]>
  /** What else makes the act grave; not stored. */
  circumstances?: Circumstances
}

/**
 * Writes the audit rows of an act inside the act's own transaction: if they cannot be written, the act does not happen.
 * Nor does a grave act (`gravity`) of a session without a recent proof of identity: every act passes here.
 *
 * @throws Failure `reauthentication_required`, `unavailable`
 */
export async function recordAudit(tx: Database, actor: Actor | ClientActor, ...entries: AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  await requireRecentFor(tx, actor, entries)
  const { address, userAgent, requestId } = actor.origin
  const rows = entries.map((entry) => ({
    id: randomId(),
    ...nameOf(actor),
    action: entry.action,
    targetKind: entry.target.kind,
    targetId: entry.target.id,
    targetName: entry.target.name,
    projectId: entry.projectId ?? null,
    result: entry.result ?? 'allowed',
    address,
    userAgent,
    requestId,
    changes: entry.changes ?? {},
  }))
  try {
    await (rows.length > 1 ? insertMany(tx, rows) : tx.insert(auditEvents).values(rows))
  } catch (cause) {
    log().error({ err: cause, requestId, action: entries[0]?.action }, 'the audit log cannot be written')
    throw new Failure('unavailable', 'This cannot be written to the audit log, so nothing was done. Try again later.', {
      retryAfter: 1,
      cause,
    })
  }
}

/** As one parameter: to build a statement that names each value takes longer than the database needs for the rows. */
async function insertMany(tx: Database, rows: readonly (typeof auditEvents.$inferInsert)[]): Promise<void> {
  await tx.execute(sql`insert into audit_events (id, actor_kind, actor_id, actor_name, action, target_kind, target_id,
      target_name, project_id, result, address, user_agent, request_id, changes)
    select "id", "actorKind", "actorId", "actorName", "action", "targetKind", "targetId",
      "targetName", "projectId", "result", "address", "userAgent", "requestId", "changes"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row ("id" text, "actorKind" text, "actorId" text,
      "actorName" text, "action" text, "targetKind" text, "targetId" text, "targetName" text, "projectId" text,
      "result" text, "address" text, "userAgent" text, "requestId" text, "changes" jsonb)`)
}

function nameOf(
  actor: Actor | ClientActor,
): Pick<typeof auditEvents.$inferInsert, 'actorKind' | 'actorId' | 'actorName'> {
  switch (actor.kind) {
    case 'user':
      return { actorKind: 'user', actorId: actor.userId, actorName: actor.name }
    case 'key':
      return { actorKind: 'key', actorId: actor.keyId, actorName: actor.label }
    case 'token': {
      const name = actor.user ? `${actor.clientName} (for ${actor.user.name})` : actor.clientName
      return { actorKind: 'app', actorId: actor.clientId, actorName: name }
    }
    case 'client':
      return { actorKind: 'app', actorId: actor.clientId, actorName: actor.clientName }
    case 'system':
      return { actorKind: 'system', actorId: actor.asUserId ?? null, actorName: actor.name }
  }
}

/** The fields of `after` that differ from `before`, as an audit row wants them. */
export function changesBetween(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Record<string, [unknown, unknown]> {
  const changes: Record<string, [unknown, unknown]> = {}
  for (const [field, value] of Object.entries(after)) {
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(before[field])) {
      changes[field] = [before[field] ?? null, value]
    }
  }
  return changes
}
