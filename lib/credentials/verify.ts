import 'server-only'
import type { Awaitable } from '@/lib/awaitable'
import { env } from '@/lib/env'
import { type Failure, isFailure } from '@/lib/errors'
import { once } from '@/lib/runtime'
import { matches } from './hash'
import type { Lease, Leased } from './lease'
import { fingerprint, recallRefusal, rememberRefusal } from './refusals'
import { makeSlowLane, type SlowLane } from './slow-lane'

/** Says in which slow lane a client's reads wait; null if it has not sent too many wrong credentials. */
export type LaneOf = () => Promise<string | null>

/** What is stored of a credential, in whatever row. */
interface Stored {
  secretHash: string | null
  pepperId: string | null
  /** Reads what else a verdict on the right secret depends on; undefined if nothing is missing. */
  complete?: (() => Promise<void>) | undefined
}

/**
 * Judges a credential by the record held of it, at once, or by one that is read now. The judgement is made anew for each
 * request.
 *
 * @param laneOf the client whose reads wait in the slow lane, since it sent too many wrong credentials; null for others
 * @param judge the verdict on a record, or on there being none
 * @throws the Failure that `judge` returned; `rate_limited` if the slow lane is full
 */
export function verifyLeased<R extends Stored, V extends object>(
  lease: Lease<R>,
  publicId: string,
  credential: string,
  laneOf: LaneOf,
  judge: (leased: Leased<R>) => V | Failure,
): Awaitable<V> {
  const held = lease.held(publicId)
  if (!held || held.record?.complete) return verifyRead(lease, publicId, credential, laneOf, judge)
  const verdict = judge(held)
  return isFailure(verdict) ? refuse(lease, publicId, credential, laneOf, verdict) : verdict
}

async function verifyRead<R extends Stored, V extends object>(
  lease: Lease<R>,
  publicId: string,
  credential: string,
  laneOf: LaneOf,
  judge: (leased: Leased<R>) => V | Failure,
): Promise<V> {
  const refusal = recallRefusal(credential)
  if (refusal) throw refusal
  // A credential that was good a moment ago does not wait for what others at the same address get wrong.
  const lane = hasSecret(lease.stale(publicId), credential) ? null : await laneOf()
  const leased = lane === null ? await lease.get(publicId) : await readSlowly(lease, lane, publicId, credential)
  if (leased.record?.complete && hasSecret(leased.record, credential)) await leased.record.complete()
  const verdict = judge(leased)
  if (!isFailure(verdict)) return verdict
  rememberRefusal(credential, verdict)
  throw verdict
}

const readSlowly = <R>(lease: Lease<R>, lane: string, publicId: string, credential: string): Promise<Leased<R>> =>
  slowLane().read(lease, lane, fingerprint(credential), publicId)

/** The slow lane of this process, for all kinds of credentials. */
export const slowLane = (): SlowLane => once('slow-lane', () => makeSlowLane())

/** A refusal costs one read, whether the id is unknown or the secret wrong: who guesses learns nothing by time. */
async function refuse<R>(
  lease: Lease<R>,
  publicId: string,
  credential: string,
  laneOf: LaneOf,
  verdict: Failure,
): Promise<never> {
  rememberRefusal(credential, verdict)
  if (verdict.code === 'invalid_credentials') {
    const lane = await laneOf()
    await (lane === null ? lease.read(publicId) : readSlowly(lease, lane, publicId, credential))
  }
  throw verdict
}

/** The same work whether there is a record or not. With a pepper that is no longer configured nothing matches. */
export function hasSecret(record: Stored | undefined, credential: string): boolean {
  const { peppers } = env()
  const pepper = peppers.find(({ id }) => id === record?.pepperId)
  return matches(credential, pepper && record ? record.secretHash : null, pepper ?? peppers[0])
}
