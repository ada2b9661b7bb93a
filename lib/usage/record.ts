import 'server-only'
import type { Origin } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { log } from '@/lib/log'
import { once } from '@/lib/runtime'
import { agentFamily } from './agent'
import { type PendingUse, writeUsage } from './write'

/** Last use is exact to this, and written at most this often for each secret. */
const EXACT_TO_MS = 60_000
/** A use that shows in the table of keys is written this soon after the answer; mere counts wait longer. */
const SOON_MS = 100
const LATER_MS = 3_000
/** Distinct routes and sources of one secret that are kept apart between two writes; the rest are counted as one. */
const MOST_APART = 100
const MOST_REMEMBERED = 50_000

/** Which secret of which key a request came with. */
export interface UsedSecret {
  secretId: string
  keyId: string
  projectId: string
}

interface Buffer {
  /** Secret → when its use was last noted, on this process's monotonic clock. */
  noted: Map<string, number>
  pending: Map<string, PendingUse>
  flushing: Promise<void>
  timer?: NodeJS.Timeout
  due: number
  /** For the metrics: when and how much was written last. */
  written: { at: number; rows: number; failures: number }
}

const buffer = () =>
  once<Buffer>('usage', () => ({
    noted: new Map(),
    pending: new Map(),
    flushing: Promise.resolve(),
    due: Number.POSITIVE_INFINITY,
    written: { at: performance.now(), rows: 0, failures: 0 },
  }))

/**
 * Counts a request by a secret that was right. Costs the request nothing: everything is written after the answer, in
 * one statement for all keys, so that a busy key touches one row an hour and not one a request.
 *
 * @param status what was answered; a refusal (401, 403, 429) is counted as such and is no use of the key
 */
export function recordUse(used: UsedSecret, origin: Origin, route: string, status: number): void {
  const state = buffer()
  const refused = status === 401 || status === 403 || status === 429
  const entry = pendingOf(state, used)
  const hour = Math.floor(Date.now() / 3_600_000)
  const counts = entry.hours.get(hour) ?? { requests: 0, refused: 0, routes: new Map<string, number>() }
  entry.hours.set(hour, counts)
  if (refused) counts.refused++
  else counts.requests++
  increment(counts.routes, `${route} ${Math.floor(status / 100)}xx`)
  increment(entry.sources, `${limitKeyOf(origin.address)} ${agentFamily(origin.userAgent)}`)
  schedule(state, !refused && noteUse(state, entry, origin, route) ? SOON_MS : LATER_MS)
}

/** Writes what was counted and not yet written. Called by a timer and at shutdown; never throws. */
export function flushUsage(): Promise<void> {
  const state = buffer()
  clearTimeout(state.timer)
  state.timer = undefined
  state.due = Number.POSITIVE_INFINITY
  const batch = [...state.pending.values()]
  state.pending.clear()
  if (batch.length > 0) state.flushing = state.flushing.then(() => write(state, batch))
  return state.flushing
}

/** How full the buffer is and how the last write went, for the metrics. */
export function usageState(): { pending: number; lastRows: number; ageSeconds: number; failures: number } {
  const { pending, written } = buffer()
  const ageSeconds = (performance.now() - written.at) / 1000
  return { pending: pending.size, lastRows: written.rows, ageSeconds, failures: written.failures }
}

function pendingOf(state: Buffer, used: UsedSecret): PendingUse {
  const known = state.pending.get(used.secretId)
  if (known) return known
  const entry: PendingUse = { ...used, hours: new Map(), sources: new Map() }
  state.pending.set(used.secretId, entry)
  return entry
}

/** True when this use is to be shown: the first one ever seen here, then one a minute. */
function noteUse(state: Buffer, entry: PendingUse, origin: Origin, route: string): boolean {
  const now = performance.now()
  if (now - (state.noted.get(entry.secretId) ?? Number.NEGATIVE_INFINITY) < EXACT_TO_MS) return false
  if (state.noted.size >= MOST_REMEMBERED) state.noted.clear() // Costs a few writes too many, and no memory.
  state.noted.set(entry.secretId, now)
  entry.lastUse = { at: now, address: origin.address, userAgent: origin.userAgent?.slice(0, 500) ?? null, route }
  return true
}

function increment(counts: Map<string, number>, name: string): void {
  const key = counts.has(name) || counts.size < MOST_APART ? name : 'others others'
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function schedule(state: Buffer, delay: number): void {
  const due = performance.now() + delay
  if (due >= state.due) return
  clearTimeout(state.timer)
  state.due = due
  state.timer = setTimeout(() => void flushUsage(), delay)
}

async function write(state: Buffer, batch: PendingUse[]): Promise<void> {
  try {
    await writeUsage(batch)
    state.written = { ...state.written, at: performance.now(), rows: batch.length }
  } catch (error) {
    for (const use of batch) state.noted.delete(use.secretId) // The next use tries again; these counts are lost.
    state.written.failures++
    log().warn({ err: error }, 'could not write the usage of keys')
  }
}
