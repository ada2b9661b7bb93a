import 'server-only'
import { and, asc, eq, gt, gte, lt, type SQL } from 'drizzle-orm'
import { z } from 'zod'
import { db } from '@/db'
import { auditEvents, auditHead, auditSeals, projects } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { Failure } from '@/lib/errors'
import { refuseSmallerRole, visibleTo } from '@/lib/visible'
import { timeOf } from './chain'
import { isInReach, OUT_OF_REACH } from './dates'

/** An event as log shippers get it. */
export interface FollowedEvent {
  /** Its place in the log, without gaps over the whole site. */
  number: number
  id: string
  at: string
  actor: { kind: string; id: string | null; name: string }
  action: string
  target: { kind: string; id: string; name: string }
  project: { id: string; slug: string; name: string } | null
  result: 'allowed' | 'refused'
  address: string | null
  userAgent: string | null
  requestId: string | null
  changes: Record<string, [unknown, unknown]>
}

/** What a log shipper may ask for. Unknown members are refused. */
export const followAuditSchema = z.strictObject({
  actor: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  target: z.string().max(100).optional(),
  result: z.enum(['allowed', 'refused']).optional(),
  from: z.iso.datetime({ offset: true }).refine(isInReach, OUT_OF_REACH).optional(),
  to: z.iso.datetime({ offset: true }).refine(isInReach, OUT_OF_REACH).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'Is not a cursor of this list.')
    .optional(),
})

export type FollowAudit = z.output<typeof followAuditSchema>

/**
 * The log in the order in which it was sealed, oldest first: an event that was written later never comes before one that
 * was handed out already, whatever was committed when. `nextCursor` is there at the end too: asked again with it, the
 * list goes on with what has come since.
 *
 * @param projectId one project's events, none of a foreign one; null for the whole site
 * @throws Failure `forbidden` for a member whose role does not allow it, and for the whole site; `conflict` for a cursor
 *   behind the end of the log
 */
export async function followAudit(
  actor: Actor,
  projectId: string | null,
  { actor: actorId, action, target, result, from, to, limit, cursor = '0' }: FollowAudit,
): Promise<{ data: FollowedEvent[]; nextCursor: string }> {
  if (projectId === null && !mayFollowSite(actor)) {
    throw new Failure('forbidden', 'The log of the whole site is for its admins. Name a project.')
  }
  // An empty list would tell a viewer that nothing was ever done.
  if (projectId !== null) await refuseSmallerRole(actor, projectId, 'audit:read')
  const conditions: (SQL | undefined)[] = [
    gt(auditSeals.number, Number(cursor)),
    projectId === null
      ? undefined
      : and(eq(auditEvents.projectId, projectId), visibleTo(actor, auditEvents.projectId, 'audit:read')),
    actorId ? eq(auditEvents.actorId, actorId) : undefined,
    action ? eq(auditEvents.action, action) : undefined,
    target ? eq(auditEvents.targetId, target) : undefined,
    result ? eq(auditEvents.result, result) : undefined,
    from ? gte(auditEvents.at, new Date(from)) : undefined,
    to ? lt(auditEvents.at, new Date(to)) : undefined,
  ]
  const rows = await db()
    .select({
      number: auditSeals.number,
      event: auditEvents,
      project: { id: projects.id, slug: projects.slug, name: projects.name },
    })
    .from(auditSeals)
    .innerJoin(auditEvents, eq(auditEvents.id, auditSeals.eventId))
    .leftJoin(projects, eq(projects.id, auditEvents.projectId))
    .where(and(...conditions))
    .orderBy(asc(auditSeals.number))
    .limit(limit)
  if (rows.length === 0 && cursor !== '0') await refuseBehindHead(Number(cursor))
  const data = rows.map(({ number, event, project }) => ({ number, ...eventOf(event, project) }))
  return { data, nextCursor: String(data.at(-1)?.number ?? cursor) }
}

/** Nothing would come until the log is as long again, and what came until then would be skipped. */
async function refuseBehindHead(number: number): Promise<void> {
  const [row] = await db().select({ end: auditHead.number }).from(auditHead).where(eq(auditHead.id, 1))
  const end = row?.end ?? 0
  if (number <= end) return
  const why = 'It was put back to an earlier state, or the cursor is of another site.'
  throw new Failure('conflict', `The log ends with number ${end}. ${why} Start again with ${end}, or without one.`)
}

/** Whether the log of the whole site is for `actor`: the command line, site admins, and credentials that an admin made so. */
export function mayFollowSite(actor: Actor): boolean {
  if (actor.kind === 'system') return true
  return actor.kind === 'user' ? actor.isAdmin : actor.scopes.includes('site:audit')
}

/** An event as everybody may see it who may see it at all; its number is for the caller to know. */
export const eventOf = (
  event: typeof auditEvents.$inferSelect,
  project: FollowedEvent['project'],
): Omit<FollowedEvent, 'number'> => ({
  id: event.id,
  at: timeOf(event.at),
  actor: { kind: event.actorKind, id: event.actorId, name: event.actorName },
  action: event.action,
  target: { kind: event.targetKind, id: event.targetId, name: event.targetName },
  project,
  result: event.result,
  address: event.address,
  userAgent: event.userAgent,
  requestId: event.requestId,
  changes: event.changes,
})
