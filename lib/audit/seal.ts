import 'server-only'
import { asc, eq, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { auditEvents, auditHead, auditSeals, auditUnsealed } from '@/db/schema'
import { env } from '@/lib/env'
import { log } from '@/lib/log'
import { once } from '@/lib/runtime'
import { GENESIS, type Link, nextLink, sealHead } from './chain'
import { type End, problemOf, readEnd } from './end'

/** How often an instance looks for events to seal, in ms: a log is this far behind at most, and a batch's time. */
const EVERY_MS = 500
const BATCH = 1_000
/** Any number that no other program uses on this database. */
export const SEALING_LOCK = 7_228_135_002

/**
 * Seals the events that wait into the hash chain, in the order in which they were written. Acts do not wait for it, and
 * of several instances one seals at a time.
 *
 * @returns how many were sealed; 0 too when another instance is at it, or when the log does not end as this site left it:
 *   events then wait, and acts go on
 */
export async function sealEvents(): Promise<number> {
  let sealed = 0
  for (let count = BATCH; count === BATCH; sealed += count) count = await sealBatch()
  return sealed
}

/**
 * What this process knows of the log. A superuser can put an earlier head back, which was signed here too: what was seen
 * once must not be gone.
 */
export const sealing = () =>
  once('audit-sealing', () => ({
    head: GENESIS as Link,
    /** Why events are not sealed, in words; null as long as they are. */
    problem: null as string | null,
    begun: false,
  }))

/** Seals what waits behind the head, if that is the one that was left here; to extend another would be to sign it. */
async function sealBatch(): Promise<number> {
  const state = sealing()
  const done = await db().transaction(async (tx) => {
    const [lock] = await tx
      .select({ ours: sql<boolean>`pg_try_advisory_xact_lock(${SEALING_LOCK})` })
      .from(sql`(select 1) as one`)
    if (!lock?.ours) return null
    const end = await readEnd(tx)
    const problem = problemOf(end) ?? (await changedSince(tx, state.head, end.head ?? GENESIS))
    return { sealed: 0, head: GENESIS, problem, ...(problem === null && (await extend(tx, end.head))) }
  })
  if (!done) return 0
  const { sealed, head, problem } = done
  if (problem !== null && problem !== state.problem) {
    log().error({ problem }, 'the audit log is not sealed: what is there is not what this site left')
  }
  state.problem = problem
  if (problem === null) state.head = head
  if (sealed > 0 && !state.begun) {
    // Not within the transaction: it would stay used if that one failed, and a new log look like one that was removed.
    await db().execute(sql`select nextval('audit_sealings')`)
    state.begun = true
  }
  return sealed
}

/** What became of the log since this process knew it to end with `known`, in words; null when it only grew. */
async function changedSince(tx: Database, known: Link, head: Link): Promise<string | null> {
  if (head.number < known.number) {
    return `The log was put back: it ends with number ${head.number}, and this process has seen number ${known.number}.`
  }
  if (known.number === 0 || head.hash === known.hash) return null
  const [seal] = await tx.select().from(auditSeals).where(eq(auditSeals.number, known.number))
  return seal?.hash === known.hash ? null : `Event number ${known.number} is another one than this process has seen.`
}

/** Seals a batch behind `head`, and signs where it ends; with nothing to seal, a head of an earlier pepper is signed anew. */
async function extend(tx: Database, head: End['head']): Promise<{ sealed: number; head: Link }> {
  const waiting = await tx
    .select({ event: auditEvents })
    .from(auditUnsealed)
    .innerJoin(auditEvents, eq(auditEvents.id, auditUnsealed.eventId))
    .orderBy(asc(auditEvents.sequence))
    .limit(BATCH)
  let link: Link = head ? { number: head.number, hash: head.hash } : GENESIS
  if (waiting.length === 0 && (!head || head.pepperId === env().peppers[0].id)) return { sealed: 0, head: link }
  const seals = waiting.map(({ event }) => {
    link = nextLink(link, event)
    return { ...link, eventId: event.id }
  })
  if (seals.length > 0) await tx.insert(auditSeals).values(seals)
  const ids = seals.map(({ eventId }) => eventId)
  await tx.delete(auditUnsealed).where(anyOf(auditUnsealed.eventId, ids))
  const sealed = { ...link, ...sealHead(link) }
  await tx
    .insert(auditHead)
    .values({ id: 1, ...sealed })
    .onConflictDoUpdate({ target: auditHead.id, set: sealed })
  return { sealed: seals.length, head: link }
}

/** Seals from now on, as long as this process runs. Returns what ends it, sealing what is left. */
export function startSealing(): () => Promise<void> {
  const state = once('audit-sealing-turns', () => ({ last: Promise.resolve() }))
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
