import 'server-only'
import { setTimeout as sleep } from 'node:timers/promises'
import { handle } from '@/db'
import type { Actor, Origin } from './actor'
import { isFailure } from './errors'
import { keyLease } from './keys/record'
import { tokenLease } from './oauth/record'

/** How long after its commit an act that ends or narrows a credential is answered, in ms: the longest lease and a bit. */
const WAIT_MS = 1_050

/**
 * Runs a write that may end or narrow a credential. What this process holds is forgotten after the commit and before
 * the answer; `settled` then waits until no other instance can hold what was true before. Why that is enough:
 * docs/decisions/0003-lease.md.
 *
 * @param narrowed whether what was written takes anything away; when it does not, nobody waits
 */
export async function narrowing<T>(
  actor: Actor,
  write: () => Promise<T>,
  narrowed: (result: T) => boolean = () => true,
): Promise<T> {
  try {
    const result = await write()
    if (narrowed(result)) actor.origin.narrowedAt = performance.now()
    return result
  } catch (error) {
    // A Failure is thrown before the commit. After any other error nobody knows whether there was one.
    if (!isFailure(error)) actor.origin.narrowedAt = performance.now()
    throw error
  } finally {
    forgetRecords()
  }
}

/** Ends every lease of this process. */
function forgetRecords(): void {
  keyLease().clear()
  tokenLease().clear()
}

/**
 * Waits, once per answer, until no instance accepts what a request ended or narrowed. The embedded database has one
 * process, which has forgotten already. Called by edges only: verbs build on each other, and must not wait in turn.
 */
export async function settled({ narrowedAt }: Origin): Promise<void> {
  if (narrowedAt === undefined || handle().kind === 'pglite') return
  const left = narrowedAt + WAIT_MS - performance.now()
  if (left > 0) await sleep(left)
}
