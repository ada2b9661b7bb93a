import 'server-only'
import { asc, eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { anyOf } from '@/db/any-of'
import { auditEvents, auditHead, auditSeals, auditUnsealed } from '@/db/schema'
import { log } from '@/lib/log'
import { once } from '@/lib/runtime'
import { GENESIS, type Link, nextLink, sealHead } from './chain'

/** How often an instance looks for events to seal, in ms: a log is this far behind at most, and a batch's time. */
const EVERY_MS = 500
const BATCH = 1_000
/** Any number that no other program uses on this database. */
const SEALING_LOCK = 7_228_135_002

/**
 * Seals the events that wait into the hash chain, in the order in which they were written. Acts do not wait for it, and
 * of several instances one seals at a time.
 *
 * @returns how many were sealed; 0 too when another instance is at it
 */
export async function sealEvents(): Promise<number> {
  let sealed = 0
  for (let count = BATCH; count === BATCH; sealed += count) count = await sealBatch()
  return sealed
}

const sealBatch = (): Promise<number> =>
  db().transaction(async (tx) => {
    const [lock] = await tx
      .select({ ours: sql<boolean>`pg_try_advisory_xact_lock(${SEALING_LOCK})` })
      .from(sql`(select 1) as one`)
    if (!lock?.ours) return 0
    const waiting = await tx
      .select({ event: auditEvents })
      .from(auditUnsealed)
      .innerJoin(auditEvents, eq(auditEvents.id, auditUnsealed.eventId))
      .orderBy(asc(auditEvents.sequence))
      .limit(BATCH)
    if (waiting.length === 0) return 0
    const [head] = await tx.select().from(auditHead)
    let link: Link = head ?? GENESIS
    const seals = waiting.map(({ event }) => {
      link = nextLink(link, event)
      return { ...link, eventId: event.id }
    })
    await tx.insert(auditSeals).values(seals)
    const ids = seals.map(({ eventId }) => eventId)
    await tx.delete(auditUnsealed).where(anyOf(auditUnsealed.eventId, ids))
    const { number, hash } = link
    const sealed = { number, hash, ...sealHead(link) }
    await tx
      .insert(auditHead)
      .values({ id: 1, ...sealed })
      .onConflictDoUpdate({ target: auditHead.id, set: sealed })
    return seals.length
  })

/** Seals from now on, as long as this process runs. Returns what ends it, sealing what is left. */
export function startSealing(): () => Promise<void> {
  const state = once('audit-sealing', () => ({ last: Promise.resolve() }))
  const run = () => {
    state.last = state.last.then(async () => {
      try {
        await sealEvents()
      } catch (error) {
        log().warn({ err: error }, 'could not seal the audit log')
      }
    })
    return state.last
  }
  const timer = setInterval(() => void run(), EVERY_MS)
  return async () => {
    clearInterval(timer)
    await run()
  }
}
