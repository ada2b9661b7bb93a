import 'server-only'
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
 * Judges a credential by the record held of it, or by one that is read now. The judgement is made anew for each request.
 *
 * @param beforeRead runs before the database is asked about a credential that was not good a moment ago; may throw
 * @param judge the verdict on a record, or on there being none
 * @throws the Failure that `judge` returned
 */
export async function verifyLeased<R extends Stored, V extends object>(
  lease: Lease<R>,
  publicId: string,
  credential: string,
  beforeRead: () => Promise<void>,
  judge: (leased: Leased<R>) => V | Failure,
): Promise<V> {
  const held = lease.held(publicId)
  // Whoever was good a moment ago is not stopped by what others at the same address get wrong.
  if (!held && !hasSecret(lease.stale(publicId), credential)) await beforeRead()
  const verdict = judge(held ?? (await lease.get(publicId)))
  if (!isFailure(verdict)) return verdict
  if (held && verdict.code === 'invalid_credentials') {
    // A refusal costs one read, whether the id is unknown or the secret wrong: who guesses learns nothing by time.
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
