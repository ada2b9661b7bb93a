import 'server-only'
import { and, asc, desc, eq, exists, gt, gte, inArray, lt, lte, max, min, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { db } from '@/db'
import { auditEvents, auditHead, auditSeals, memberships, projects, users } from '@/db/schema'
import type { Actor, UserActor } from '@/lib/actor'
import { normalizeEmail } from '@/lib/email'
import { invalidField, notFound } from '@/lib/errors'
import { visibleTo } from '@/lib/visible'
import { isInReach, OUT_OF_REACH } from './dates'
import { eventOf, type FollowedEvent } from './follow'

/** An event as the pages show it. `number` is its place in the chain; null for the moment until it is sealed. */
export interface LoggedEvent extends Omit<FollowedEvent, 'number'> {
  number: number | null
}

const id = z.string().max(100)
const idOrEmail = z.string().max(254)
const day = z.iso.date('Is not a day such as 2026-11-22.').refine(isInReach, OUT_OF_REACH)

/** What keeps the log to some of its events. Empty text means any. */
export const auditFilterSchema = z.strictObject({
  /** An id, or the e-mail address of a person. */
  actor: idOrEmail.default(''),
  action: id.default(''),
  target: idOrEmail.default(''),
  /** The slug of a project. */
  project: id.default(''),
  result: z.enum(['any', 'allowed', 'refused']).default('any'),
  /** From this day on, and up to the end of that one, in UTC. */
  from: z.union([z.literal(''), day]).default(''),
  to: z.union([z.literal(''), day]).default(''),
})

export type AuditFilter = z.output<typeof auditFilterSchema>

/** Every kind of thing that something can be done to: the index on targets begins with it. */
const kinds = ['user', 'session', 'project', 'invitation', 'third_party', 'key', 'grant', 'app', 'site', 'route']

interface Paging {
  /** As a page before has given it; `-` in front goes back towards the newest. */
  cursor?: string
  limit: number
}

/** Events, and where the pages before and after begin. */
export interface LogPage {
  data: LoggedEvent[]
  nextCursor: string | null
  previousCursor: string | null
}

/**
 * A page of the log of the whole site, newest first.
 *
 * @throws Failure `not_found` for who is no admin, `validation_failed` for a cursor that is not one
 */
export async function searchAudit(actor: Actor, input: AuditFilter & Paging): Promise<LogPage> {
  const admin = actor.kind === 'system' || (actor.kind === 'user' && actor.isAdmin && actor.sessionId !== null)
  if (!admin) throw notFound('page')
  return searchEvents(input)
}

/**
 * A page of a project's own history, newest first; empty for those whose role does not allow them to read it.
 *
 * @throws Failure `validation_failed` for a cursor that is not one
 */
export async function searchProjectAudit(
  actor: UserActor,
  projectId: string,
  input: Omit<AuditFilter, 'project'> & Paging,
): Promise<LogPage> {
  const own = and(eq(auditEvents.projectId, projectId), visibleTo(actor, auditEvents.projectId, 'audit:read'))
  return searchEvents({ ...input, project: '' }, own, projectId)
}

/**
 * The condition is where the caller's authority stands.
 *
 * @param members the project whose members alone are known by their addresses; without it, everybody is
 */
async function searchEvents(
  { cursor, limit, ...filter }: AuditFilter & Paging,
  condition?: SQL,
  members?: string,
): Promise<LogPage> {
  if (cursor !== undefined && !/^-?\d{1,15}$/.test(cursor)) {
    throw invalidField('cursor', 'Is not a cursor of this list. Start again without one.')
  }
  const backwards = cursor?.startsWith('-') ?? false
  const place = cursor === undefined ? null : Math.abs(Number(cursor))
  const conditions = [condition, ...(await conditionsOf(filter, members))]
  const { sequence } = auditEvents
  if (place !== null) conditions.push(backwards ? gt(sequence, place) : lt(sequence, place))
  const rows = await db()
    .select({
      event: auditEvents,
      number: auditSeals.number,
      project: { id: projects.id, slug: projects.slug, name: projects.name },
    })
    .from(auditEvents)
    .leftJoin(auditSeals, eq(auditSeals.eventId, auditEvents.id))
    .leftJoin(projects, eq(projects.id, auditEvents.projectId))
    .where(and(...conditions))
    .orderBy(backwards ? asc(sequence) : desc(sequence))
    .limit(limit + 1)
  const more = rows.length > limit
  const page = rows.slice(0, limit)
  if (backwards) page.reverse()
  const [first, last] = [page[0], page.at(-1)]
  return {
    data: page.map(({ event, number, project }) => ({ number, ...eventOf(event, project) })),
    nextCursor: last && (more || backwards) ? String(last.event.sequence) : null,
    previousCursor: first && (backwards ? more : place !== null) ? `-${first.event.sequence}` : null,
  }
}

/** Where the chain ends, to be kept elsewhere and given to `audit verify`; null before the first event is sealed. */
export async function auditHeadOf(actor: Actor): Promise<{ number: number; hash: string } | null> {
  if (actor.kind !== 'system' && !(actor.kind === 'user' && actor.isAdmin)) throw notFound('page')
  const [head] = await db().select({ number: auditHead.number, hash: auditHead.hash }).from(auditHead)
  return head ?? null
}

async function conditionsOf({ actor, action, target, project, result, from, to }: AuditFilter, members?: string) {
  const { sequence, at } = auditEvents
  const [actorId, targetId] = await Promise.all([idOf(actor, members), idOf(target, members)])
  const conditions: (SQL | undefined)[] = [
    actor ? eq(auditEvents.actorId, actorId) : undefined,
    action ? eq(auditEvents.action, action) : undefined,
    target ? and(inArray(auditEvents.targetKind, kinds), eq(auditEvents.targetId, targetId)) : undefined,
    // The literal is what lets the index of refusals be used.
    result === 'refused' ? sql`${auditEvents.result} = 'refused'` : undefined,
    result === 'allowed' ? eq(auditEvents.result, 'allowed') : undefined,
  ]
  if (project) {
    const [known] = await db().select({ id: projects.id }).from(projects).where(eq(projects.slug, project))
    conditions.push(eq(auditEvents.projectId, known?.id ?? ''))
  }
  // The log is read by sequence, so a time is turned into one first.
  if (from) {
    const start = new Date(from)
    const { first } = await placesAround(new Date(start.getTime() - MINUTE))
    conditions.push(sql`${at} >= ${start.toISOString()}`, first === null ? undefined : gte(sequence, first))
  }
  if (to) {
    const end = new Date(new Date(to).getTime() + DAY)
    const { last } = await placesAround(new Date(end.getTime() + MINUTE))
    conditions.push(sql`${at} < ${end.toISOString()}`, last === null ? undefined : lte(sequence, last))
  }
  return conditions
}

/**
 * The lowest and the highest place of the events around a time, of which what is later or earlier by a minute lies on the
 * one side or the other: a transaction writes its rows within seconds of the time that they bear. Of several events,
 * since a clock may have been put back before one, and it alone must not hide what others wrote.
 */
async function placesAround(time: Date): Promise<{ first: number | null; last: number | null }> {
  const { sequence, at } = auditEvents
  const before = db()
    .select({ sequence })
    .from(auditEvents)
    .where(lt(at, time))
    .orderBy(desc(at), desc(sequence))
    .limit(AROUND)
  const behind = db()
    .select({ sequence })
    .from(auditEvents)
    .where(gte(at, time))
    .orderBy(asc(at), asc(sequence))
    .limit(AROUND)
  const around = unionAll(before, behind).as('around')
  const [places] = await db()
    .select({ first: min(around.sequence), last: max(around.sequence) })
    .from(around)
  return places ?? { first: null, last: null }
}

/** The id of the person with an address; anything else is taken for an id. Events bear no addresses. */
async function idOf(text: string, members?: string): Promise<string> {
  if (!text.includes('@')) return text
  const byEmail = and(eq(users.email, normalizeEmail(text) ?? text), members ? isMember(members) : undefined)
  const [person] = await db().select({ id: users.id }).from(users).where(byEmail)
  return person?.id ?? text
}

const isMember = (projectId: string) =>
  exists(
    db()
      .select({ one: sql`1` })
      .from(memberships)
      .where(and(eq(memberships.projectId, projectId), eq(memberships.userId, users.id))),
  )

/** Events that are looked at on each side of a time. */
const AROUND = 20
const MINUTE = 60_000
const DAY = 86_400_000
