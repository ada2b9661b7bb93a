import 'server-only'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oneTimeTokens, users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { recordAudit } from '@/lib/audit/record'
import { Failure, invalidField } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { endTokens, issueToken } from '@/lib/one-time-tokens'
import { authorizeSelf } from '@/lib/projects/authorize'
import { mayAttempt, takeAttempt } from '@/lib/rate-limit'
import { placeOf } from '@/lib/sessions/device'
import { PROOF_MINUTES } from './verify-email'

/**
 * Asks for another address of the actor's account: a link goes to it, and with that it is theirs (`proveAddress`). Until
 * then nothing changes, and the address of now is told. Earlier links of this kind stop working, and so does this one with
 * whatever ends the actor's other sessions.
 *
 * Nobody is told whether an account has the address: then its owner is mailed instead, and the link that waits is one that
 * nobody has.
 *
 * @throws Failure `reauthentication_required`, `invalid_credentials` when the session has ended, `validation_failed` for
 *   the present address, `rate_limited` past five in a quarter of an hour
 */
export async function requestEmailChange(actor: SessionActor, email: string): Promise<void> {
  await requireRecentSignIn(actor)
  if (email === actor.email) throw invalidField('email', 'This is your address already.')
  await takeAttempt('mailsPerPerson', actor.userId)
  const mayMail = await mayAttempt('mailsPerAddress', email)
  await db().transaction(async (tx) => {
    await authorizeSelf(tx, actor)
    const [taken] = await tx
      .select({ id: users.id, name: users.name, disabledAt: users.disabledAt })
      .from(users)
      .where(eq(users.email, email))
    await endTokens(tx, 'change_email', actor.userId)
    const token = await issueToken(tx, 'change_email', PROOF_MINUTES, { userId: actor.userId, email })
    if (mayMail && !taken) {
      // Not to the person, whose choices count for their own address.
      await queueMail(tx, { kind: 'confirm_address', to: { email, name: actor.name }, token })
    } else if (mayMail && taken && !taken.disabledAt) {
      await queueMail(tx, { kind: 'address_known', to: { userId: taken.id, email, name: taken.name }, asked: 'change' })
    }
    const to = { userId: actor.userId, email: actor.email, name: actor.name }
    await queueMail(tx, { kind: 'address_change_requested', to, newEmail: email, ...placeOf(actor.origin) })
    await recordAudit(tx, actor, {
      action: 'user.email_change_requested',
      target: { kind: 'user', id: actor.userId, name: actor.name },
      changes: { email: [actor.email, email] },
    })
  })
}

/** The address that waits to become the actor's, by a link that works still; else null. */
export const readEmailChange = (actor: SessionActor): Promise<string | null> => waitingAddress(db(), actor.userId)

/**
 * Takes back what `requestEmailChange` asked for: the link no longer works.
 *
 * @throws Failure `conflict` when no address waits any more, `invalid_credentials` when the session has ended
 */
export async function cancelEmailChange(actor: SessionActor): Promise<void> {
  await db().transaction(async (tx) => {
    await authorizeSelf(tx, actor)
    const email = await waitingAddress(tx, actor.userId)
    if (email === null) throw new Failure('conflict', 'No change of address waits any more.')
    await endTokens(tx, 'change_email', actor.userId)
    await recordAudit(tx, actor, {
      action: 'user.email_change_cancelled',
      target: { kind: 'user', id: actor.userId, name: actor.name },
      changes: { email: [email, null] },
    })
  })
}

async function waitingAddress(tx: Database, userId: string): Promise<string | null> {
  const [waiting] = await tx
    .select({ email: oneTimeTokens.email })
    .from(oneTimeTokens)
    .where(
      and(
        eq(oneTimeTokens.userId, userId),
        eq(oneTimeTokens.purpose, 'change_email'),
        isNull(oneTimeTokens.usedAt),
        gt(oneTimeTokens.expiresAt, sql`now()`),
      ),
    )
  return waiting?.email ?? null
}
