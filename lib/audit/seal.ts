import 'server-only'
import { asc, count, eq, isNull, min, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { auditEvents, auditHead, auditSealer, auditSeals, auditUnsealed } from '@/db/schema'
import { env } from '@/lib/env'
import { log } from '@/lib/log'
import { once } from '@/lib/runtime'
import { GENESIS, type Link, nextLink, sealHead } from './chain'
import { type End, problemOf, readEnd } from './end'

/** How often an instance looks for events to seal, in ms: a log is this far behind at most, and a batch's time. */
const EVERY_MS = 500
const BATCH = 1_000
/** Events wait half a second. If they wait longer than this, in seconds, then sealing is held up. */
export const LATE_SECONDS = 5
/** How many events that wait are looked at to tell how long they have waited. */
const LOOKED_AT = 1_000

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
    /** Up to when everything was sealed at the last look that the database answered, monotonic ms; null before the first. */
    doneUntil: null as number | null,
    /** How many looks in a row found sealing to be late. */
    lateLooks: 0,
    /** Whether an event was found to be gone while it waited to be sealed. */
    lost: false,
  }))

/**
 * How far sealing is behind, in seconds; 0 in a process that does not seal. It grows as long as events wait, whatever
 * holds them up, and as long as the database does not answer.
 */
export function secondsBehind(now = performance.now()): number {
  const { doneUntil } = sealing()
  return doneUntil === null ? 0 : Math.max(0, now - doneUntil) / 1000
}

/** Why nobody should rely on the end of the log now, in words; null as long as it is sealed in time. */
export function sealingProblem(): string | null {
  const { problem, lost } = sealing()
  if (problem !== null) return `The audit log is not sealed: ${problem}`
  if (lost) return 'An event was removed from the audit log before it was sealed.'
  const behind = secondsBehind()
  return behind > LATE_SECONDS ? `The audit log has not been sealed for ${Math.round(behind)} s.` : null
}

/**
 * Looks how long events have waited to be sealed. Writes one error when they have waited for more than five seconds, and
 * one line when sealing has caught up.
 */
export async function lookForDelay(now = performance.now()): Promise<void> {
  const state = sealing()
  const waiting = db().select().from(auditUnsealed).limit(LOOKED_AT).as('waiting')
  const [row] = await db()
    .select({
      seconds: sql<number>`coalesce(extract(epoch from clock_timestamp() - ${min(auditEvents.at)}), 0)`.mapWith(Number),
      gone: sql<number>`${count()} filter (where ${isNull(auditEvents.id)})`.mapWith(Number),
    })
    .from(waiting)
    .leftJoin(auditEvents, eq(auditEvents.id, waiting.eventId))
  state.doneUntil = now - (row?.seconds ?? 0) * 1000
  if (row?.gone && !state.lost) log().error('an event was removed from the audit log before it was sealed')
  state.lost = Boolean(row?.gone)
}

/** Says once that sealing is late, and once that it has caught up. Two looks, since a long transaction shows its events late. */
function tellOfDelay(): void {
  const state = sealing()
  const behind = secondsBehind()
  if (behind <= LATE_SECONDS) {
    if (state.lateLooks >= 2) log().info('the audit log is sealed in time again')
    state.lateLooks = 0
  } else if (++state.lateLooks === 2) {
    log().error({ seconds: Math.round(behind) }, 'the audit log is not sealed in time: look at what holds it up')
  }
}

/** Seals what waits behind the head, if that is the one that was left here; to extend another would be to sign it. */
async function sealBatch(): Promise<number> {
  const state = sealing()
  const done = await db().transaction(async (tx) => {
    const [turn] = await tx.select().from(auditSealer).for('update', { skipLocked: true })
    if (!turn) return null
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
        sealing().doneUntil ??= performance.now()
        await sealEvents()
        await lookForDelay()
      } catch (error) {
        log().warn({ err: error }, 'could not seal the audit log')
      }
      tellOfDelay()
    })
    return state.last
  }
  const timer = setInterval(() => void run(), EVERY_MS)
  return async () => {
    clearInterval(timer)
    await run()
  }
}
