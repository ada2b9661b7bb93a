import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { SessionActor, UserActor } from '@/lib/actor'
import { recordRefusal } from '@/lib/audit/attempt'
import { invalidField } from '@/lib/errors'
import { returnAttempt, takeAttempt } from '@/lib/rate-limit'
import { markRecent } from '@/lib/sessions/recent'
import { verifyPassword } from './passwords'

/** Whether the actor has a password, as people who sign in otherwise need not. */
export async function hasPassword(actor: UserActor): Promise<boolean> {
  const [user] = await db().select({ passwordHash: users.passwordHash }).from(users).where(eq(users.id, actor.userId))
  return Boolean(user?.passwordHash)
}

/**
 * Lets the actor prove by password that it is still them, so that grave acts are done again for a while.
 *
 * @throws Failure `validation_failed` for a wrong password, `rate_limited`, `conflict` when the session has ended
 */
export async function confirmByPassword(actor: SessionActor, password: string): Promise<void> {
  await provePassword(actor, password, 'password')
  await db().transaction((tx) => markRecent(tx, actor, 'password'))
}

/**
 * Judges a password that the actor types in the portal, with a limit of its own: guesses here must not shut out signing in.
 * A wrong one is written down: somebody may sit at a screen that is not theirs.
 *
 * @param field the field of the form that it was typed into
 * @returns the hash that it was judged by
 * @throws Failure `validation_failed`, `rate_limited`
 */
export async function provePassword(actor: SessionActor, password: string, field: string): Promise<string> {
  const limitKey = `${actor.email} account page`
  await takeAttempt('signInPerAccountAndAddress', limitKey)
  const [user] = await db().select({ passwordHash: users.passwordHash }).from(users).where(eq(users.id, actor.userId))
  if (!user?.passwordHash || !(await verifyPassword(user.passwordHash, password))) {
    const wrong = invalidField(field, 'This is not your current password.')
    const target = { kind: 'user', id: actor.userId, name: actor.name } as const
    await recordRefusal(actor, { action: 'session.confirmed', target }, wrong)
    throw wrong
  }
  await returnAttempt('signInPerAccountAndAddress', limitKey)
  return user.passwordHash
}
