import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { invalidField } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { endTokens, issueToken } from '@/lib/one-time-tokens'
import { authorizeSelf } from '@/lib/projects/authorize'
import { takeAttempt } from '@/lib/rate-limit'
import { requireRecentSignIn } from '@/lib/sessions/recent'
import { PROOF_MINUTES } from './verify-email'

/**
 * Asks for another address of the actor's account: a link goes to it, and with that it is theirs (`proveAddress`). Until
 * then nothing changes. Earlier links of this kind stop working.
 *
 * @throws Failure `reauthentication_required`, `invalid_credentials` when the session has ended, `validation_failed` for the present address and for one that another
 *   account has, `rate_limited` past five in a quarter of an hour
 */
export async function requestEmailChange(actor: SessionActor, email: string): Promise<void> {
  await requireRecentSignIn(actor)
  if (email === actor.email) throw invalidField('email', 'This is your address already.')
  await takeAttempt('mailsPerPerson', actor.userId)
  await db().transaction(async (tx) => {
    await authorizeSelf(tx, actor)
    const [taken] = await tx.select({ id: users.id }).from(users).where(eq(users.email, email))
    if (taken) throw invalidField('email', 'Another account has this address.')
    await endTokens(tx, 'change_email', actor.userId)
    const token = await issueToken(tx, 'change_email', PROOF_MINUTES, { userId: actor.userId, email })
    // Not to the person, whose choices count for their own address.
    await queueMail(tx, { kind: 'confirm_address', to: { email, name: actor.name }, token })
    await recordAudit(tx, actor, {
      action: 'user.email_change_requested',
      target: { kind: 'user', id: actor.userId, name: actor.name },
      changes: { email: [actor.email, email] },
    })
  })
}
