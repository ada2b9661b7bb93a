import 'server-only'
import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm'
import { db } from '@/db'
import { auditEvents, auditSeals, auditUnsealed } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { GENESIS, type Link, nextLink, timeOf } from './chain'
import { problemOf, readEnd } from './end'
import { LATE_SECONDS } from './seal'

/** What became of the audit log. */
export interface Verdict {
  intact: boolean
  /** How many sealed events were found in order, and the last of them. */
  events: number
  head: Link
  /** Written and not yet in the chain. */
  unsealed: number
  /** The first thing that is wrong, in words; null when nothing is. */
  problem: string | null
}

const BATCH = 2_000
/** Events of one look for those that are not in the chain: each takes a look at two indexes. */
const PART = 5_000
/** More than any transaction lasts, and clocks of instances differ by. */
const SLACK_MS = 60_000

/**
 * Reads the whole audit log and holds it against its hash chain. Changes nothing and seals nothing.
 *
 * @param anchor a head that was kept elsewhere: the chain must still contain it
 */
export async function verifyAudit(_actor: SystemActor, anchor?: Link): Promise<Verdict> {
  // Read first, so that what is sealed meanwhile is neither walked nor missed.
  const end = await readEnd(db())
  let link: Link = GENESIS
  const verdict = (problem: string | null, unsealed = 0): Verdict => ({
    intact: problem === null,
    events: link.number,
    head: link,
    unsealed,
    problem,
  })
  const isMisplaced = makePlaceTest()
  let misplaced: string | null = null
  let anchored = anchor === undefined || anchor.number === 0
  for (;;) {
    const rows = await db()
      .select({ seal: auditSeals, event: auditEvents })
      .from(auditSeals)
      .leftJoin(auditEvents, eq(auditEvents.id, auditSeals.eventId))
      .where(and(gt(auditSeals.number, link.number), lte(auditSeals.number, end.last?.number ?? 0)))
      .orderBy(asc(auditSeals.number))
      .limit(BATCH)
    for (const { seal, event } of rows) {
      const number = link.number + 1
      if (seal.number !== number) return verdict(`Event number ${number} was removed, and its seal with it.`)
      if (!event) return verdict(`Event number ${number} (${seal.eventId}) was removed.`)
      const next = nextLink(link, event)
      if (next.hash !== seal.hash) return verdict(`Event number ${number} (${event.id}) was changed, or its seal was.`)
      link = next
      // Told last: a clock that was put back looks like this too, and must not hide anything else.
      if (isMisplaced(event)) {
        misplaced ??= `Event number ${number} (${event.id}) was inserted or misdated, or the clock was put back before it: it bears the time ${timeOf(event.at)}.`
      }
      if (anchor?.number === number) anchored = anchor.hash === next.hash
      if (anchor?.number === number && !anchored) {
        return verdict(`Event number ${number} (${event.id}) is another one than the given head names.`)
      }
    }
    if (rows.length < BATCH) break
  }
  const gone =
    link.number < (end.last?.number ?? 0) && `Event number ${link.number + 1} was removed, and its seal with it.`
  const problem = gone || problemOf(end)
  if (problem) return verdict(problem)
  if (!anchored) return verdict(`The tail was cut: the given head is number ${anchor?.number}.`)
  const late = (await stray()) ?? (await lost()) ?? misplaced ?? (await waiting())
  return verdict(late, await db().$count(auditUnsealed))
}

/** An event that neither has a seal nor waits for one, in words: the application's own always do. */
async function stray(): Promise<string | null> {
  // In parts, since statements have a deadline.
  for (let part = await lookForStray(null); part.last !== null; part = await lookForStray(part.last)) {
    if (part.id !== null) return `The event ${part.id} was inserted past the application.`
  }
  return null
}

/** The first stray among the next events, and the last of them; as text, since JavaScript has not got all such numbers. */
async function lookForStray(after: string | null): Promise<{ id: string | null; last: string | null }> {
  const { sequence, id } = auditEvents
  const part = db()
    .select({ sequence, id })
    .from(auditEvents)
    .where(after === null ? undefined : sql`${sequence} > ${after}::bigint`)
    .orderBy(asc(sequence))
    .limit(PART)
    .as('part')
  const [found] = await db()
    .select({
      id: sql<string | null>`(array_agg(${part.id} order by ${part.sequence})
        filter (where ${auditSeals.eventId} is null and ${auditUnsealed.eventId} is null))[1]`,
      last: sql<string | null>`max(${part.sequence})::text`,
    })
    .from(part)
    .leftJoin(auditSeals, eq(auditSeals.eventId, part.id))
    .leftJoin(auditUnsealed, eq(auditUnsealed.eventId, part.id))
  return found ?? { id: null, last: null }
}

/** An event that was taken away while it waited to be sealed, in words. */
async function lost(): Promise<string | null> {
  const [row] = await db()
    .select({ id: auditUnsealed.eventId })
    .from(auditUnsealed)
    .leftJoin(auditEvents, eq(auditEvents.id, auditUnsealed.eventId))
    .where(isNull(auditEvents.id))
    .orderBy(asc(auditUnsealed.eventId))
    .limit(1)
  return row ? `The event ${row.id} was removed before it was sealed.` : null
}

/** The event that has waited for too long to be sealed, in words: a server that runs leaves none. */
async function waiting(): Promise<string | null> {
  const [row] = await db()
    .select({ id: auditEvents.id, at: auditEvents.at })
    .from(auditUnsealed)
    .innerJoin(auditEvents, eq(auditEvents.id, auditUnsealed.eventId))
    .where(sql`${auditEvents.at} < now() - make_interval(secs => ${LATE_SECONDS})`)
    .orderBy(asc(auditEvents.sequence))
    .limit(1)
  return row
    ? `Nothing was changed, but the event ${row.id} of ${timeOf(row.at)} is not sealed yet. Check that a server runs; its log says what holds sealing up.`
    : null
}

/**
 * Says of each event, in the order of the chain, whether its place belies its time. Both grow, give or take how long a
 * transaction lasts: what has an earlier time or a lower place than others before it is about as old as they are.
 */
function makePlaceTest(): (event: typeof auditEvents.$inferSelect) => boolean {
  let latest = Number.NEGATIVE_INFINITY
  let furthest = { sequence: Number.NEGATIVE_INFINITY, at: 0 }
  return (event) => {
    const at = event.at.getTime()
    const backdated = at < latest - SLACK_MS
    const putBefore = event.sequence < furthest.sequence && at > furthest.at + SLACK_MS
    if (at > latest) latest = at
    if (event.sequence > furthest.sequence) furthest = { sequence: event.sequence, at }
    return backdated || putBefore
  }
}
