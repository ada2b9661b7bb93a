import 'server-only'
import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { sessions, users } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { Failure } from '@/lib/errors'
import { type LimitName, returnAttempt, takeAttempt } from '@/lib/rate-limit'
import { startSession } from '@/lib/sessions/start'
import { normalizeEmail } from './email'
import { verifyPassword } from './passwords'

/**
 * Signs a person in by address and password.
 *
 * Unknown addresses, wrong passwords and disabled accounts get the same answer after the same work. Attempts are
 * limited by account and by client address; guesses from elsewhere cannot shut out somebody who comes from an address
 * they have signed in from before.
 *
 * @returns the session's id
 * @throws Failure `invalid_credentials`, `rate_limited`
 */
export async function signIn(
  origin: Origin,
  input: { email: string; password: string },
): Promise<{ userId: string; sessionId: string }> {
  const email = normalizeEmail(input.email) ?? ''
  const [user] = await db()
    .select({ id: users.id, name: users.name, passwordHash: users.passwordHash, disabledAt: users.disabledAt })
    .from(users)
    .where(eq(users.email, email))
  const attempts = await takeAttempts(email, origin, await isKnownAddress(user?.id ?? '', origin))
  const right = await verifyPassword(user?.passwordHash ?? null, input.password)
  if (!user?.passwordHash || !right || user.disabledAt) throw refusal()
  await Promise.all(attempts.map(([limit, key]) => returnAttempt(limit, key)))
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

async function takeAttempts(email: string, origin: Origin, known: boolean): Promise<[LimitName, string][]> {
  const address = limitKeyOf(origin.address)
  const wanted: [LimitName, string][] = [
    ['failuresPerAddress', address],
    ['signInPerAccountAndAddress', `${email} ${address}`],
  ]
  if (!known) wanted.push(['signInPerAccount', email])
  for (const [limit, key] of wanted) await takeAttempt(limit, key)
  return wanted
}

/** Asked for unknown accounts too, so that both kinds cost the same. */
async function isKnownAddress(userId: string, origin: Origin): Promise<boolean> {
  const [session] = await db()
    .select({ one: sql`1` })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.address, origin.address ?? ''), isNotNull(sessions.address)))
    .limit(1)
  return session !== undefined
}
