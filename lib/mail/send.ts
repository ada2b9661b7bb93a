import 'server-only'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, asc, count, eq, gt, inArray, isNull, lt, lte, sql } from 'drizzle-orm'
import { db, handle } from '@/db'
import { outbox } from '@/db/schema'
import { unseal } from '@/lib/credentials/seal'
import { log } from '@/lib/log'
import { once } from '@/lib/runtime'
import { forgetIfDeleted } from './forget'
import { deliver, isFinal, type Outgoing } from './transport'
import { senderBell } from './wake'

/** How often an instance looks for mail, in ms, when nobody has rung; mail of other instances and of retries waits this long. */
const EVERY_MS = 3_000
/** How soon it looks when somebody has: the act of the mail is about to commit. */
const SOON_MS = 50
/** How many are sent side by side. */
const BATCH = 5
/** How long one attempt may take, in ms. */
const ATTEMPT_MS = 60_000
/** How long a mail is left to whoever took it, in seconds: longer than an attempt, and then it counts as lost. */
const LEASE_SECONDS = 120
/** The first wait after a failure, in seconds; each further one is twice as long, up to an hour. */
const FIRST_WAIT_SECONDS = 2
const GIVE_UP_DAYS = 3
/** How long a mail's row is kept after it was sent or given up, in days: longer than anything that is told once. */
const KEEP_DAYS = 60
/** How long a stop waits for what is being sent, in ms. */
const STOP_MS = 5_000

type Row = typeof outbox.$inferSelect

/**
 * Sends what is due. Each mail is taken by one instance, by pushing its next attempt into the future: nobody else sees
 * it until that time, and if the one who took it dies then it comes round again.
 *
 * @returns how many were tried
 */
export async function sendMail(deliverOne: (mail: Outgoing) => Promise<void> = deliver): Promise<number> {
  let tried = 0
  for (let taken = await takeDue(); taken.length > 0; taken = await takeDue()) {
    await Promise.all(taken.map((row) => sendOne(row, deliverOne)))
    tried += taken.length
  }
  return tried
}

const takeDue = (): Promise<Row[]> =>
  db()
    .update(outbox)
    .set({
      attempts: sql`${outbox.attempts} + 1`,
      nextAttemptAt: sql`now() + make_interval(secs => ${LEASE_SECONDS})`,
    })
    .where(
      inArray(
        outbox.id,
        db()
          .select({ id: outbox.id })
          .from(outbox)
          .where(and(lte(outbox.nextAttemptAt, sql`now()`), waiting))
          .orderBy(asc(outbox.nextAttemptAt))
          .limit(BATCH)
          .for('update', { skipLocked: true }),
      ),
    )
    .returning()

const waiting = and(isNull(outbox.sentAt), isNull(outbox.failedAt))

async function sendOne(row: Row, deliverOne: (mail: Outgoing) => Promise<void>): Promise<void> {
  const content = row.sealedContent && unseal(row.sealedContent, `mail ${row.id}`)
  if (!content) return fail(row, 'its content cannot be read: its pepper is gone')
  const { name, subject, text, html } = JSON.parse(content)
  const { id, kind, createdAt } = row
  try {
    await inTime(deliverOne({ id, kind, createdAt, to: { name, address: row.recipient }, subject, text, html }))
  } catch (error) {
    mailState().failures++
    const reason = describe(error)
    log().warn({ mail: id, kind, attempt: row.attempts, reason }, 'a mail could not be sent')
    return isFinal(error) ? fail(row, reason) : putOff(row, reason)
  }
  await db().update(outbox).set({ sentAt: sql`now()`, sealedContent: null, lastError: null }).where(eq(outbox.id, id))
  await forgetIfDeleted(row)
  mailState().sent++
}

async function inTime(work: Promise<void>): Promise<void> {
  const over = new AbortController()
  const late = sleep(ATTEMPT_MS, undefined, { signal: over.signal }).then(
    () => {
      throw new Error('the mail server took too long')
    },
    () => {},
  )
  await Promise.race([work, late]).finally(() => over.abort())
}

async function putOff(row: Row, reason: string): Promise<void> {
  const wait = Math.min(FIRST_WAIT_SECONDS * 2 ** (row.attempts - 1), 60 * 60)
  const [given] = await db()
    .update(outbox)
    .set({ nextAttemptAt: sql`now() + make_interval(secs => ${wait})`, lastError: reason })
    .where(eq(outbox.id, row.id))
    .returning({ up: sql<boolean>`${outbox.createdAt} < now() - make_interval(days => ${GIVE_UP_DAYS})` })
  if (given?.up) await fail(row, reason)
}

async function fail(row: Row, reason: string): Promise<void> {
  await db()
    .update(outbox)
    .set({ failedAt: sql`now()`, sealedContent: null, lastError: reason })
    .where(and(eq(outbox.id, row.id), waiting))
  await forgetIfDeleted(row)
  mailState().givenUp++
}

/** What a mail server says may run over lines, and may quote what it was sent; the first of it tells enough. */
const describe = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300)

/** What this process has done since it began, and how many mails waited when it last looked. */
export const mailState = () => once('mail-state', () => ({ waiting: 0, sent: 0, failures: 0, givenUp: 0 }))

/**
 * Makes due, at a start, what the process before this one had in hand or had put off. The embedded database belongs to
 * one process, so that one is gone, and what it could not send may go out with other settings. Of a shared one another
 * instance may have the mail in hand: there its time has to pass.
 */
export async function takeOverMail(): Promise<void> {
  if (handle().kind !== 'pglite') return
  await db()
    .update(outbox)
    .set({ nextAttemptAt: sql`now()` })
    // A digest that nobody has tried to send yet waits for its hour.
    .where(and(gt(outbox.nextAttemptAt, sql`now()`), gt(outbox.attempts, 0), waiting))
}

async function look(): Promise<void> {
  const [row] = await db().select({ rows: count() }).from(outbox).where(waiting)
  mailState().waiting = row?.rows ?? 0
}

/** Sends from now on, as long as this process runs. Returns what ends it, waiting a little for what is under way. */
export function startSending(): () => Promise<void> {
  let stopped = false
  let tookOver = false
  let running: Promise<void> | null = null
  let rung = false
  let timer: NodeJS.Timeout
  const plan = (ms: number) => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(() => void run(), ms)
  }
  const run = async () => {
    rung = false
    running = work()
    await running
    running = null
    plan(rung ? SOON_MS : EVERY_MS)
  }
  const work = async () => {
    try {
      if (!tookOver) await takeOverMail()
      tookOver = true
      await sendMail()
      await look()
    } catch (error) {
      log().warn({ err: error }, 'could not look for mail to send')
    }
  }
  senderBell().ring = () => {
    rung = true
    if (!running) plan(SOON_MS)
  }
  plan(0)
  return async () => {
    stopped = true
    senderBell().ring = null
    clearTimeout(timer)
    await Promise.race([running, sleep(STOP_MS, undefined, { ref: false })])
  }
}

/** Forgets mail that was sent or given up long ago. */
export async function pruneMail(): Promise<void> {
  await db()
    .delete(outbox)
    .where(
      and(
        sql`(${outbox.sentAt} is not null or ${outbox.failedAt} is not null)`,
        lt(outbox.createdAt, sql`now() - make_interval(days => ${KEEP_DAYS})`),
      ),
    )
}
