import 'server-only'
import { and, asc, eq, gt, isNull, lte } from 'drizzle-orm'
import { db } from '@/db'
import { auditEvents, auditSeals, auditUnsealed } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { GENESIS, type Link, nextLink } from './chain'
import { problemOf, readEnd } from './end'

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
      if (anchor?.number === number) anchored = anchor.hash === next.hash
      if (anchor?.number === number && !anchored) {
        return verdict(`Event number ${number} (${event.id}) is another one than the given head names.`)
      }
    }
    if (rows.length < BATCH) break
  }
  const problem = problemOf(end)
  if (problem) return verdict(problem)
  if (!anchored) return verdict(`The tail was cut: the given head is number ${anchor?.number}.`)
  const [stray] = await db()
    .select({ id: auditEvents.id })
    .from(auditEvents)
    .leftJoin(auditSeals, eq(auditSeals.eventId, auditEvents.id))
    .leftJoin(auditUnsealed, eq(auditUnsealed.eventId, auditEvents.id))
    .where(and(isNull(auditSeals.number), isNull(auditUnsealed.eventId)))
    .orderBy(asc(auditEvents.sequence))
    .limit(1)
  if (stray) return verdict(`The event ${stray.id} was inserted past the application.`)
  return verdict(null, await db().$count(auditUnsealed))
}
