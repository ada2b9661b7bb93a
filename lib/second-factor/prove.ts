import 'server-only'
import { type Database, db } from '@/db'
import { limitKeyOf } from '@/lib/addresses'
import { attempt } from '@/lib/audit/attempt'
import { Failure } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { returnAttempt, takeAttempt } from '@/lib/rate-limit'
import { placeOf } from '@/lib/sessions/device'
import { finishSession, type HalfSession } from '@/lib/sessions/finish'
import { isKnownAddress } from '@/lib/sessions/known-address'
import type { Factor } from '@/lib/sessions/second-factor'
import { takeAuthenticatorCode } from './authenticator'
import { spendRecoveryCode } from './recovery-codes'
import { tellChange } from './tell'

/**
 * The second step by a code of the authenticator app or a recovery code. Each works once.
 *
 * @returns the id of the whole session, which takes the place of the half-done one
 * @throws Failure `invalid_credentials`, `rate_limited`, `conflict` when the half-done session is over
 */
export async function finishByCode(half: HalfSession, code: string): Promise<string> {
  return countingGuesses(half, () => noted(half, () => finishSession(half, (tx) => takeCode(tx, half, code))))
}

async function takeCode(tx: Database, half: HalfSession, code: string): Promise<Factor> {
  if (await takeAuthenticatorCode(tx, half.userId, code)) return 'authenticator app'
  const left = await spendRecoveryCode(tx, half.userId, code)
  if (left === null) {
    throw new Failure('invalid_credentials', 'This code is wrong or was used before. Enter another.')
  }
  await tellChange(tx, half, `A recovery code was used to sign in. ${left} of them still work.`)
  return 'recovery code'
}

/** Writes down a second step that was refused: whoever tried it knew the password. */
export const noted = (half: HalfSession, work: () => Promise<string>): Promise<string> =>
  attempt(
    { kind: 'system', name: 'server', asUserId: half.userId, origin: half.origin },
    { action: 'session.started', target: { kind: 'user', id: half.userId } },
    work,
  )

/** Limits guesses as those of passwords are, so that the person is not shut out by whoever knows their password. */
async function countingGuesses(half: HalfSession, work: () => Promise<string>): Promise<string> {
  const ofBoth = `${half.userId} ${limitKeyOf(half.origin.address)}`
  const known = await isKnownAddress(half.userId, half.origin)
  const quotas = [await takeAttempt('secondStepPerAccountAndAddress', ofBoth)]
  if (!known) quotas.push(await takeAttempt('secondStepPerAccount', half.userId))
  const done = await work().catch(async (error: unknown) => {
    if (quotas.some(({ limit, remaining }) => limit - remaining === TOLD_AFTER)) await tellOfGuesses(half)
    throw error
  })
  await returnAttempt('secondStepPerAccountAndAddress', ofBoth)
  if (!known) await returnAttempt('secondStepPerAccount', half.userId)
  return done
}

/** Wrong codes after a right password, of which people hear: once they may have mistyped, and not of each. */
const TOLD_AFTER = 5

/** At most once a day. */
async function tellOfGuesses({ userId, email, name, origin }: HalfSession): Promise<void> {
  await queueMail(db(), {
    kind: 'second_step_refused',
    to: { userId, email, name },
    codes: TOLD_AFTER,
    onceKey: `second-step ${userId} ${new Date().toISOString().slice(0, 10)}`,
    ...placeOf(origin),
  })
}
