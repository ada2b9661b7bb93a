import 'server-only'
import type { Awaitable } from '@/lib/awaitable'
import { env } from '@/lib/env'
import { type Failure, isFailure } from '@/lib/errors'
import { matches } from './hash'
import type { Lease, Leased } from './lease'

/** What is stored of a credential, in whatever row. */
interface Stored {
  secretHash: string | null
  pepperId: string | null
}

/**
 * Judges a credential by the record held of it, at once, or by one that is read now. The judgement is made anew for each
 * request.
 *
 * @param beforeRead runs before the database is asked about a credential that was not good a moment ago; may throw
 * @param judge the verdict on a record, or on there being none
 * @throws the Failure that `judge` returned
 */
export function verifyLeased<R extends Stored, V extends object>(
  lease: Lease<R>,
  publicId: string,
  credential: string,
  beforeRead: () => Promise<void>,
  judge: (leased: Leased<R>) => V | Failure,
): Awaitable<V> {
  const held = lease.held(publicId)
  if (!held) return verifyRead(lease, publicId, credential, beforeRead, judge)
  const verdict = judge(held)
  return isFailure(verdict) ? refuse(lease, publicId, beforeRead, verdict) : verdict
}

async function verifyRead<R extends Stored, V extends object>(
  lease: Lease<R>,
  publicId: string,
  credential: string,
  beforeRead: () => Promise<void>,
  judge: (leased: Leased<R>) => V | Failure,
): Promise<V> {
  // Whoever was good a moment ago is not stopped by what others at the same address get wrong.
  if (!hasSecret(lease.stale(publicId), credential)) await beforeRead()
  const verdict = judge(await lease.get(publicId))
  if (isFailure(verdict)) throw verdict
  return verdict
}

/** A refusal costs one read, whether the id is unknown or the secret wrong: who guesses learns nothing by time. */
async function refuse<R>(
  lease: Lease<R>,
  publicId: string,
  beforeRead: () => Promise<void>,
  verdict: Failure,
): Promise<never> {
  if (verdict.code === 'invalid_credentials') {
    await beforeRead()
    await lease.read(publicId)
  }
  throw verdict
}

/** The same work whether there is a record or not. With a pepper that is no longer configured nothing matches. */
export function hasSecret(record: Stored | undefined, credential: string): boolean {
  const { peppers } = env()
  const pepper = peppers.find(({ id }) => id === record?.pepperId)
  return matches(credential, pepper && record ? record.secretHash : null, pepper ?? peppers[0])
}
