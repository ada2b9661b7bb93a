import 'server-only'
import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import { db } from '@/db'
import { auditEvents, auditHead, auditSeals, auditUnsealed } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { GENESIS, isOurHead, type Link, nextLink } from './chain'

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
      .where(gt(auditSeals.number, link.number))
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
  const [head] = await db().select().from(auditHead)
  if (head && !isOurHead(head)) return verdict('The head was changed by somebody without the secrets of this site.')
  if ((head?.number ?? 0) > link.number) {
    return verdict(`The tail was cut: events ${link.number + 1} to ${head?.number} are gone.`)
  }
  if (head && (head.number < link.number || head.hash !== link.hash)) {
    return verdict(`Events were added behind number ${head.number} by somebody without the secrets of this site.`)
  }
  if (!head && link.number > 0) return verdict('The head was removed.')
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
