import 'server-only'
import { and, eq, isNotNull } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { authenticators, passkeys, recoveryCodes } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { Failure, invalidField, notFound } from '@/lib/errors'
import { authorizeSelf } from '@/lib/projects/authorize'
import { countFactors, type Factor } from '@/lib/sessions/second-factor'
import { provePassword } from '@/lib/users/confirm'
import { checkPassword } from '@/lib/users/passwords'
import { tellRemoved } from './tell'

/**
 * Removes one of the actor's passkeys.
 *
 * @param password the actor's, which the last second factor takes: see `removing`
 * @throws Failure `not_found` for one that is not theirs, and what `removing` throws
 */
export async function removePasskey(actor: SessionActor, id: string, password?: string): Promise<void> {
  await removing(actor, id, password, async (tx) => {
    const [removed] = await tx
      .delete(passkeys)
      .where(and(eq(passkeys.userId, actor.userId), eq(passkeys.id, id)))
      .returning({ name: passkeys.name })
    if (!removed) throw notFound('passkey')
    return { factor: 'passkey', what: `A passkey was removed: ${removed.name}.` }
  })
}

/**
 * Removes the actor's authenticator app.
 *
 * @param password the actor's, which the last second factor takes: see `removing`
 * @throws Failure `not_found` when there is none, and what `removing` throws
 */
export async function removeAuthenticator(actor: SessionActor, password?: string): Promise<void> {
  await removing(actor, actor.userId, password, async (tx) => {
    const removed = await tx
      .delete(authenticators)
      .where(and(eq(authenticators.userId, actor.userId), isNotNull(authenticators.confirmedAt)))
      .returning({ userId: authenticators.userId })
    if (removed.length === 0) throw notFound('authenticator app')
    return { factor: 'authenticator app', what: 'The authenticator app was removed.' }
  })
}

/**
 * Removes a factor. With the last one the recovery codes go too, and the password must be one that does alone: so it is
 * asked for then, since nobody else knows how long it is.
 *
 * @throws Failure `reauthentication_required`, `validation_failed` for a wrong password, one that is missing or too weak
 *   to do alone, `rate_limited`, `conflict` when it changed meanwhile, `invalid_credentials` when the session has ended
 */
async function removing(
  actor: SessionActor,
  id: string,
  password: string | undefined,
  remove: (tx: Database) => Promise<{ factor: Factor; what: string }>,
): Promise<void> {
  await attempt(actor, { action: 'user.second_factor_removed', target: { kind: 'user', id } }, async () => {
    await requireRecentSignIn(actor)
    const provedHash = password === undefined ? null : await judgeAlone(actor, password)
    await db().transaction(async (tx) => {
      const self = await authorizeSelf(tx, actor)
      const { factor, what } = await remove(tx)
      if ((await countFactors(tx, actor.userId)) === 0) {
        if (self.passwordHash && provedHash === null) {
          throw invalidField('password', 'This is your last second factor. Enter your password to remove it.')
        }
        if (self.passwordHash && self.passwordHash !== provedHash) {
          throw new Failure('conflict', 'The password was changed elsewhere meanwhile. Try again.')
        }
        await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, actor.userId))
      }
      await tellRemoved(tx, actor, factor, what)
    })
  })
}

async function judgeAlone(actor: SessionActor, password: string): Promise<string> {
  const hash = await provePassword(actor, password, 'password')
  if (checkPassword(password, actor) !== null) {
    throw invalidField('password', 'Your password is too short or too plain to sign in with alone. Change it first.')
  }
  return hash
}
