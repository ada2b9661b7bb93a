import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { Failure, invalidField } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { endTokens } from '@/lib/one-time-tokens'
import { authorizeSelf } from '@/lib/projects/authorize'
import { placeOf } from '@/lib/sessions/device'
import { endOtherSessions } from '@/lib/sessions/end'
import { renewWithin } from '@/lib/sessions/renew'
import { hasSecondFactor } from '@/lib/sessions/second-factor'
import { provePassword } from './confirm'
import { checkPassword, hashPassword } from './passwords'

/**
 * Changes the actor's own password, and ends their other sessions: whoever knew the old one is out,
 * and links to reset it or to change the address are dead. Their own session goes on under another id, so that a copy of
 * its cookie is out too. The person is told by mail.
 *
 * @returns the id of the session from now on, and how many others ended
 * @throws Failure `validation_failed` for a wrong current or a weak new password, `rate_limited`, `conflict` when the
 *   password was changed meanwhile, `invalid_credentials` when the session has ended
 */
export async function changePassword(
  actor: SessionActor,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<{ sessionId: string; ended: number }> {
  const currentHash = await provePassword(actor, currentPassword, 'currentPassword')
  const steps = { secondFactor: await hasSecondFactor(db(), actor.userId) }
  const reason = checkPassword(newPassword, actor, steps)
  if (reason) throw invalidField('newPassword', reason)
  const passwordHash = await hashPassword(newPassword, steps)
  return db().transaction(async (tx) => {
    const self = await authorizeSelf(tx, actor)
    if (self.passwordHash !== currentHash) {
      throw new Failure('conflict', 'The password was changed elsewhere meanwhile. Try again.')
    }
    await tx.update(users).set({ passwordHash }).where(eq(users.id, actor.userId))
    await recordAudit(tx, actor, {
      action: 'user.password_changed',
      target: { kind: 'user', id: actor.userId, name: actor.name },
    })
    // What was sent while the old password was good proves nothing for the new one.
    for (const purpose of ['reset_password', 'verify_email'] as const) await endTokens(tx, purpose, actor.userId)
    const to = { userId: actor.userId, email: actor.email, name: actor.name }
    await queueMail(tx, { kind: 'password_changed', to, byReset: false, ...placeOf(actor.origin) })
    const ended = await endOtherSessions(tx, actor)
    const sessionId = await renewWithin(tx, actor)
    if (!sessionId) throw new Error('a session that is held has ended')
    return { sessionId, ended }
  })
}
