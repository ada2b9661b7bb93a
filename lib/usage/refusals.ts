import 'server-only'
import { sql } from 'drizzle-orm'
import { db } from '@/db'
import { refusedRequests } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { log } from '@/lib/log'
import { once } from '@/lib/runtime'

/** How long counts wait to be written, in ms. */
const LATER_MS = 10_000
/** Addresses that are kept apart between two writes; whoever has more of them than that is counted as one. */
const MOST_APART = 50
const OTHERS = 'others'

interface Buffer {
  /** "hour address" → refusals. */
  pending: Map<string, number>
  flushing: Promise<void>
  timer?: NodeJS.Timeout
}

const buffer = () => once<Buffer>('refused-requests', () => ({ pending: new Map(), flushing: Promise.resolve() }))

/**
 * Counts a request that was refused before anybody knew whose it was. It gets no row of its own anywhere: whoever
 * guesses could fill the log. Costs the request nothing, and no more than a few rows an address and hour.
 */
export function recordRefusedRequest(origin: Origin): void {
  const state = buffer()
  const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString()
  const place = `${hour} ${limitKeyOf(origin.address)}`
  const key = state.pending.has(place) || state.pending.size < MOST_APART ? place : `${hour} ${OTHERS}`
  state.pending.set(key, (state.pending.get(key) ?? 0) + 1)
  state.timer ??= setTimeout(() => void flushRefusedRequests(), LATER_MS)
}

/** Writes what was counted and not yet written. Called by a timer and at shutdown; never throws. */
export function flushRefusedRequests(): Promise<void> {
  const state = buffer()
  clearTimeout(state.timer)
  state.timer = undefined
  // In one order everywhere, so that two instances never wait for each other in a circle.
  const batch = [...state.pending].sort(([a], [b]) => (a < b ? -1 : 1))
  state.pending.clear()
  if (batch.length > 0) state.flushing = state.flushing.then(() => write(batch))
  return state.flushing
}

async function write(batch: readonly [string, number][]): Promise<void> {
  try {
    await db()
      .insert(refusedRequests)
      .values(
        batch.map(([place, refused]) => {
          const [hour = '', address = ''] = place.split(' ')
          return { hour: new Date(hour), address, refused }
        }),
      )
      .onConflictDoUpdate({
        target: [refusedRequests.hour, refusedRequests.address],
        set: { refused: sql`${refusedRequests.refused} + excluded.refused` },
      })
  } catch (error) {
    log().warn({ err: error }, 'could not write the count of refused requests')
  }
}
