import 'server-only'
import { sql } from 'drizzle-orm'
import { db } from '@/db'
import { oauthUses } from '@/db/schema'
import type { Origin, TokenActor } from '@/lib/actor'
import { log } from '@/lib/log'
import { once } from '@/lib/runtime'

/** As for keys: exact to this, written at most this often, and this soon after the answer. */
const EXACT_TO_MS = 60_000
const SOON_MS = 100
const MOST_REMEMBERED = 50_000

interface Use {
  subjectId: string
  at: number
  address: string | null
  userAgent: string | null
  route: string
}

interface Buffer {
  /** What tokens were issued for → when a use of it was last noted, monotonic. */
  noted: Map<string, number>
  pending: Map<string, Use>
  flushing: Promise<void>
  timer?: NodeJS.Timeout
}

const buffer = () =>
  once<Buffer>('token-uses', () => ({ noted: new Map(), pending: new Map(), flushing: Promise.resolve() }))

/** Notes that a token was used: of its grant, or of the app where it acts for nobody. Written after the answer. */
export function recordTokenUse({ grantId, clientId }: TokenActor, origin: Origin, route: string): void {
  const state = buffer()
  const subjectId = grantId ?? clientId
  const now = performance.now()
  if (now - (state.noted.get(subjectId) ?? Number.NEGATIVE_INFINITY) < EXACT_TO_MS) return
  if (state.noted.size >= MOST_REMEMBERED) state.noted.clear()
  state.noted.set(subjectId, now)
  const userAgent = origin.userAgent?.slice(0, 500) ?? null
  state.pending.set(subjectId, { subjectId, at: now, address: origin.address, userAgent, route })
  state.timer ??= setTimeout(() => void flushTokenUses(), SOON_MS)
}

/** Writes what was noted and not yet written, in one statement. Called by a timer and at shutdown; never throws. */
export function flushTokenUses(): Promise<void> {
  const state = buffer()
  clearTimeout(state.timer)
  state.timer = undefined
  const batch = [...state.pending.values()].sort((a, b) => (a.subjectId < b.subjectId ? -1 : 1))
  state.pending.clear()
  if (batch.length > 0) state.flushing = state.flushing.then(() => write(state, batch))
  return state.flushing
}

async function write(state: Buffer, batch: readonly Use[]): Promise<void> {
  try {
    const now = performance.now()
    await db()
      .insert(oauthUses)
      // Ages, since the database's clock is the only one that all instances share.
      .values(
        batch.map(({ at, ...use }) => ({ ...use, usedAt: sql`now() - make_interval(secs => ${(now - at) / 1000})` })),
      )
      .onConflictDoUpdate({
        target: oauthUses.subjectId,
        set: {
          usedAt: sql`excluded.used_at`,
          address: sql`excluded.address`,
          userAgent: sql`excluded.user_agent`,
          route: sql`excluded.route`,
        },
        setWhere: sql`excluded.used_at > ${oauthUses.usedAt}`,
      })
  } catch (error) {
    for (const { subjectId } of batch) state.noted.delete(subjectId)
    log().warn({ err: error }, 'could not write the usage of tokens')
  }
}
