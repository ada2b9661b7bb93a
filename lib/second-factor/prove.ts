import 'server-only'
import { type Database, db } from '@/db'
import { limitKeyOf } from '@/lib/addresses'
import { attempt } from '@/lib/audit/attempt'
import { Failure } from '@/lib/errors'
import { returnAttempt, takeAttempt } from '@/lib/rate-limit'
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
  return countingGuesses(half, () =>
    proving(half, async (tx) => {
      if (await takeAuthenticatorCode(tx, half.userId, code)) return 'authenticator app'
      const left = await spendRecoveryCode(tx, half.userId, code)
      if (left === null) return null
      await tellChange(tx, half, `A recovery code was used to sign in. ${left} of them still work.`)
      return 'recovery code'
    }),
  )
}

/** Finishes signing in when `prove` says by what; what is refused is written down, since the password was right. */
export const proving = (half: HalfSession, prove: (tx: Database) => Promise<Factor | null>): Promise<string> =>
  attempt(
    { kind: 'system', name: 'server', asUserId: half.userId, origin: half.origin },
    { action: 'session.started', target: { kind: 'user', id: half.userId } },
    () =>
      db().transaction(async (tx) => {
        const factor = await prove(tx)
        if (!factor) throw new Failure('invalid_credentials', 'This code is wrong or was used before. Enter another.')
        return finishSession(tx, half, factor)
      }),
  )

/** Limits guesses as those of passwords are, so that the person is not shut out by whoever knows their password. */
async function countingGuesses(half: HalfSession, work: () => Promise<string>): Promise<string> {
  const ofBoth = `${half.userId} ${limitKeyOf(half.origin.address)}`
  await takeAttempt('secondStepPerAccountAndAddress', ofBoth)
  const known = await isKnownAddress(half.userId, half.origin)
  if (!known) await takeAttempt('secondStepPerAccount', half.userId)
  const done = await work()
  await returnAttempt('secondStepPerAccountAndAddress', ofBoth)
  if (!known) await returnAttempt('secondStepPerAccount', half.userId)
  return done
}
