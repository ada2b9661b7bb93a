import 'server-only'
import { and, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import { generateSecret, generateURI, verifySync } from 'otplib'
import { type Database, db } from '@/db'
import { authenticators } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { seal, unseal } from '@/lib/credentials/seal'
import { Failure, invalidField } from '@/lib/errors'
import { authorizeSelf } from '@/lib/projects/authorize'
import { takeAttempt } from '@/lib/rate-limit'
import { firstCodes } from './recovery-codes'
import { tellAdded } from './tell'

/** RFC 6238, 4 and 5.2: codes of 30 seconds, and one step either way for clocks that differ. */
const STEP_SECONDS = 30

/**
 * Makes the secret of an authenticator app, which counts once a code of it was entered. Asked again, an unconfirmed one
 * is replaced.
 *
 * @returns the secret in base32, and the URI that apps read from a QR code
 * @throws Failure `reauthentication_required`, `invalid_credentials` when the session has ended, `conflict` when there is
 *   a confirmed one
 */
export async function beginAuthenticator(actor: SessionActor): Promise<{ secret: string; uri: string }> {
  await requireRecentSignIn(actor)
  const secret = generateSecret()
  const sealedSecret = seal(secret, place(actor.userId))
  const [begun] = await db().transaction(async (tx) => {
    await authorizeSelf(tx, actor)
    return tx
      .insert(authenticators)
      .values({ userId: actor.userId, sealedSecret })
      .onConflictDoUpdate({
        target: authenticators.userId,
        set: { sealedSecret, createdAt: sql`now()`, lastStep: 0 },
        setWhere: isNull(authenticators.confirmedAt),
      })
      .returning({ userId: authenticators.userId })
  })
  if (!begun) throw new Failure('conflict', 'You have an authenticator app already. Remove it first.')
  return { secret, uri: generateURI({ issuer: 'Latchkey', label: actor.email, secret }) }
}

/**
 * Makes an authenticator app count, by a first code of it.
 *
 * @returns recovery codes when this is the first second factor, else null
 * @throws Failure `validation_failed` for a wrong code, `conflict` when there is nothing to confirm, `rate_limited`,
 *   `reauthentication_required`, `invalid_credentials` when the session has ended
 */
export async function confirmAuthenticator(actor: SessionActor, code: string): Promise<string[] | null> {
  await requireRecentSignIn(actor)
  await takeAttempt('secondStepPerAccountAndAddress', `${actor.userId} new`)
  return db().transaction(async (tx) => {
    // One change of a person's factors at a time: how many there are stays so, also for those who sign in meanwhile.
    await authorizeSelf(tx, actor)
    const [waiting] = await tx
      .select({ sealedSecret: authenticators.sealedSecret })
      .from(authenticators)
      .where(and(eq(authenticators.userId, actor.userId), isNull(authenticators.confirmedAt)))
    if (!waiting) throw new Failure('conflict', 'There is no authenticator app to confirm. Begin again.')
    const step = stepOf(actor.userId, waiting.sealedSecret, code)
    if (step === null) throw invalidField('code', 'This is not the code that the app shows now. Enter the next one.')
    const codes = await firstCodes(tx, actor)
    await tx
      .update(authenticators)
      .set({ confirmedAt: sql`now()`, lastStep: step })
      .where(eq(authenticators.userId, actor.userId))
    await tellAdded(tx, actor, 'authenticator app', 'An authenticator app was added.')
    return codes
  })
}

/**
 * Takes a code of a person's authenticator app. Each works once: of two at once one is taken.
 *
 * @returns whether it was good
 */
export async function takeAuthenticatorCode(tx: Database, userId: string, code: string): Promise<boolean> {
  const [row] = await tx
    .select({ sealedSecret: authenticators.sealedSecret })
    .from(authenticators)
    .where(and(eq(authenticators.userId, userId), isNotNull(authenticators.confirmedAt)))
  const step = row ? stepOf(userId, row.sealedSecret, code) : null
  if (step === null) return false
  const taken = await tx
    .update(authenticators)
    .set({ lastStep: step })
    .where(
      and(eq(authenticators.userId, userId), isNotNull(authenticators.confirmedAt), lt(authenticators.lastStep, step)),
    )
    .returning({ userId: authenticators.userId })
  return taken.length > 0
}

/** The time step that a code belongs to; null when it is not one of this app's. */
function stepOf(userId: string, sealedSecret: string, code: string): number | null {
  const token = code.replace(/\s/g, '')
  const secret = unseal(sealedSecret, place(userId))
  if (!/^\d{6}$/.test(token) || secret === null) return null
  const result = verifySync({ secret, token, epochTolerance: STEP_SECONDS })
  return result.valid && 'timeStep' in result ? result.timeStep : null
}

const place = (userId: string) => `authenticator ${userId}`
