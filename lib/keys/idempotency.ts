import 'server-only'
import { createHash } from 'node:crypto'
import { and, eq, lt, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { idempotencyKeys } from '@/db/schema'
import type { Actor, SystemActor } from '@/lib/actor'
import { Failure, invalidField } from '@/lib/errors'

/** A client's promise that two requests with this key are one and the same act. */
export interface Idempotency {
  key: string
  requestHash: string
}

/**
 * What an `Idempotency-Key` header says, or undefined without one.
 *
 * @param request what makes two requests the same: the route and the parsed body
 * @throws Failure `validation_failed` when the key is not 1 to 255 printable ASCII characters
 */
export function idempotencyOf(key: string | undefined, request: unknown): Idempotency | undefined {
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidField('Idempotency-Key', 'Must be 1 to 255 printable characters without spaces.')
  }
  return { key, requestHash: createHash('sha256').update(JSON.stringify(request)).digest('base64url') }
}

/**
 * Claims the idempotency key for an act on `keyId`, in the act's own transaction: of two at once, the second waits for
 * the first and then finds the claim. What is kept never holds a secret, so a repeat is told which key it made instead.
 *
 * @throws Failure `idempotency_conflict`: 409 with `keyId` for the same request, 422 for another one
 */
export async function claimIdempotency(
  tx: Database,
  actor: Actor,
  claim: Idempotency | undefined,
  keyId: string,
): Promise<void> {
  if (!claim || actor.kind === 'system') return
  const credentialId = credentialOf(actor)
  const own = and(eq(idempotencyKeys.credentialId, credentialId), eq(idempotencyKeys.key, claim.key))
  await tx.delete(idempotencyKeys).where(and(own, lt(idempotencyKeys.createdAt, sql`now() - interval '24 hours'`)))
  const claimed = await tx
    .insert(idempotencyKeys)
    .values({ credentialId, key: claim.key, requestHash: claim.requestHash, keyId })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key })
  if (claimed.length > 0) return
  const [earlier] = await tx.select().from(idempotencyKeys).where(own)
  if (earlier?.requestHash === claim.requestHash) {
    throw new Failure(
      'idempotency_conflict',
      'This was done already. The secret was shown only then; regenerate the key if it was lost.',
      {
        extra: { keyId: earlier.keyId },
      },
    )
  }
  throw new Failure('idempotency_conflict', 'This Idempotency-Key was used for another request. Use a new one.', {
    status: 422,
  })
}

/** What the promise was made by. Tokens change every hour; what they were issued for does not. */
function credentialOf(actor: Exclude<Actor, SystemActor>): string {
  if (actor.kind === 'key') return actor.keyId
  return actor.kind === 'token' ? (actor.grantId ?? actor.clientId) : actor.userId
}
