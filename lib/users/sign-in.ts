import 'server-only'
import { and, eq, isNull } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { Origin, UserActor } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { recordRefusal } from '@/lib/audit/attempt'
import { normalizeEmail } from '@/lib/email'
import { Failure, isFailure } from '@/lib/errors'
import { type LimitName, returnAttempt, takeAttempt } from '@/lib/rate-limit'
import { lacksRequiredFactor } from '@/lib/session'
import { isKnownAddress } from '@/lib/sessions/known-address'
import { hasSecondFactor } from '@/lib/sessions/second-factor'
import { startSession } from '@/lib/sessions/start'
import { verifyPassword } from './passwords'

interface Credentials {
  email: string
  password: string
}

/**
 * Signs a person in by address and password, and starts their session; with a second factor it awaits that step.
 *
 * @throws Failure `invalid_credentials`, `rate_limited`
 */
export async function signIn(origin: Origin, input: Credentials): Promise<{ userId: string; sessionId: string }> {
  const user = await judgePassword(origin, input)
  const judged = and(eq(users.id, user.id), eq(users.passwordHash, user.passwordHash), isNull(users.disabledAt))
  const sessionId = await db().transaction(async (tx) => {
    // Held as it was judged, or else this session would outlive a change of password that ended all the others.
    const held = await tx.select({ id: users.id }).from(users).where(judged).for('share')
    if (held.length === 0) throw refusal()
    return startSession(tx, user, origin)
  })
  return { userId: user.id, sessionId }
}

const refusal = () => new Failure('invalid_credentials', 'The e-mail address or the password is wrong.')

/**
 * The person whom address and password prove, for one request: HTTP Basic, where that is on. No session comes of it.
 * Accounts with a second factor are refused: here nothing can ask for it.
 *
 * @throws Failure `invalid_credentials`, `rate_limited`
 */
export async function verifyPerson(origin: Origin, input: Credentials): Promise<UserActor> {
  const { id, name, email, isAdmin } = await judgePassword(origin, input)
  if (await hasSecondFactor(db(), id)) {
    throw new Failure(
      'invalid_credentials',
      'This account signs in in two steps. Use an API key in place of a password.',
    )
  }
  const actsAsAdmin = isAdmin && !(await lacksRequiredFactor(id))
  return { kind: 'user', userId: id, sessionId: null, expiresAt: null, name, email, isAdmin: actsAsAdmin, origin }
}

/** What is refused is written down, known address or not, as much as the limits let through. */
const judgePassword = (origin: Origin, input: Credentials) =>
  judge(origin, input).catch((error: unknown) => writeDown(origin, input, error))

/**
 * Unknown addresses, wrong passwords and disabled accounts get the same answer after the same work. Attempts are
 * limited by client address and by account; guesses from elsewhere cannot shut out somebody who comes from an address
 * they have signed in from before.
 */
async function judge(origin: Origin, input: Credentials) {
  const email = normalizeEmail(input.email) ?? ''
  const address = limitKeyOf(origin.address)
  const taken: [LimitName, string][] = []
  const take = async (limit: LimitName, key: string) => {
    await takeAttempt(limit, key)
    taken.push([limit, key])
  }
  await take('signInPerAddress', address)
  await take('signInPerAccountAndAddress', `${email} ${address}`)
  const [user] = await db().select().from(users).where(eq(users.email, email))
  if (!(await isKnownAddress(user?.id ?? '', origin))) await take('signInPerAccount', email)
  const right = await verifyPassword(user?.passwordHash ?? null, input.password)
  if (!user?.passwordHash || !right || user.disabledAt) throw refusal()
  await Promise.all(taken.map(([limit, key]) => returnAttempt(limit, key)))
  return { ...user, passwordHash: user.passwordHash }
}

async function writeDown(origin: Origin, input: Credentials, error: unknown): Promise<never> {
  if (isFailure(error) && error.code === 'invalid_credentials') {
    const email = normalizeEmail(input.email) ?? 'no address'
    const target = { kind: 'session', id: email, name: email } as const
    await recordRefusal({ kind: 'system', name: 'server', origin }, { action: 'session.started', target }, error)
  }
  throw error
}
