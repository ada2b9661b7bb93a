import 'server-only'
import { eq, sql } from 'drizzle-orm'
import { type Database, db, isUniqueViolation } from '@/db'
import { users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { endTokens, issueToken, readToken, spendToken } from '@/lib/one-time-tokens'
import { authorizeSelf } from '@/lib/projects/authorize'
import { takeAttempt } from '@/lib/rate-limit'

/** How long a link that proves an address works, in minutes: mails may wait for a day. */
export const PROOF_MINUTES = 24 * 60

/** Sends a person the link that proves their address, in the act that made it theirs. Earlier links stop working. */
export async function sendVerification(
  tx: Database,
  { id, email, name }: { id: string; email: string; name: string },
): Promise<void> {
  await endTokens(tx, 'verify_email', id)
  const token = await issueToken(tx, 'verify_email', PROOF_MINUTES, { userId: id, email })
  await queueMail(tx, { kind: 'verify_email', to: { userId: id, email, name }, token })
}

/**
 * Sends the actor another link that proves their address.
 *
 * @throws Failure `conflict` when it is proved already, `invalid_credentials` when the session has ended, `rate_limited` past five in a quarter of an hour
 */
export async function resendVerification(actor: SessionActor): Promise<void> {
  await takeAttempt('mailsPerPerson', actor.userId)
  await db().transaction(async (tx) => {
    const user = await authorizeSelf(tx, actor)
    if (user.emailVerifiedAt) throw new Failure('conflict', 'Your address is verified already.')
    await sendVerification(tx, user)
    await recordAudit(tx, actor, {
      action: 'user.verification_sent',
      target: { kind: 'user', id: user.id, name: user.name },
    })
  })
}

/** Whether the actor has proved their address. */
export async function isAddressProved(actor: SessionActor): Promise<boolean> {
  const [user] = await db().select({ at: users.emailVerifiedAt }).from(users).where(eq(users.id, actor.userId))
  return Boolean(user?.at)
}

/** Which address a link would prove, for which account, and whether it is a new one; null when it no longer works. */
export async function readProof(token: string): Promise<{ userId: string; email: string; isNew: boolean } | null> {
  const verify = await readToken('verify_email', token)
  const row = verify ?? (await readToken('change_email', token))
  return row?.email && row.userId ? { userId: row.userId, email: row.email, isNew: verify === null } : null
}

/**
 * Proves an address by a link that was sent to it: the one of the account, or a new one, which then takes its place. The
 * link alone proves nothing: somebody may have signed up with the address of another person, who must not bless what was
 * made there by opening it. It takes a session of the account too, under the password that was set when the link was
 * sent (a new password ends the link). Of two at once one wins.
 *
 * @returns whether the address is a new one
 * @throws Failure `not_found` for a link that was used, is too old or of an account that is gone, `forbidden` for a link
 *   of another account, `invalid_credentials` when the session has ended, `conflict` when another account has taken the
 *   new address meanwhile
 */
export async function proveAddress(actor: SessionActor, token: string): Promise<{ isNew: boolean }> {
  return db()
    .transaction(async (tx) => {
      // Before the token, which whoever ends the account's links waits for.
      const user = await authorizeSelf(tx, actor)
      const sent = (await readToken('verify_email', token, tx)) ?? (await readToken('change_email', token, tx))
      if (!sent) throw dead()
      if (sent.userId !== actor.userId) {
        throw new Failure(
          'forbidden',
          'This link is for another account. Sign in to that one, then open the link again.',
        )
      }
      const verified = await spendToken(tx, 'verify_email', token)
      const row = verified ?? (await spendToken(tx, 'change_email', token))
      if (!row?.email) throw dead()
      if (!verified) return changeAddress(tx, actor, user, row.email)
      // The account may have another address by now.
      if (user.email !== row.email) throw dead()
      await tx
        .update(users)
        .set({ emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, now())` })
        .where(eq(users.id, user.id))
      await recordAudit(tx, actor, {
        action: 'user.email_verified',
        target: { kind: 'user', id: user.id, name: user.name },
      })
      return { isNew: false }
    })
    .catch((error: unknown) => {
      if (!isUniqueViolation(error)) throw error
      throw new Failure('conflict', 'Another account has this address. Yours stays as it was.')
    })
}

type User = typeof users.$inferSelect

async function changeAddress(
  tx: Database,
  actor: SessionActor,
  user: User,
  email: string,
): Promise<{ isNew: boolean }> {
  await tx.update(users).set({ email, emailVerifiedAt: sql`now()` }).where(eq(users.id, user.id))
  // They lead to the old address, or were sent to it.
  for (const purpose of ['verify_email', 'change_email', 'reset_password'] as const) {
    await endTokens(tx, purpose, user.id)
  }
  await recordAudit(tx, actor, {
    action: 'user.email_changed',
    target: { kind: 'user', id: user.id, name: user.name },
    changes: { email: [user.email, email] },
  })
  await queueMail(tx, {
    kind: 'address_changed',
    to: { userId: user.id, email: user.email, name: user.name },
    newEmail: email,
  })
  return { isNew: true }
}

const dead = () => new Failure('not_found', 'This link was used already or is too old. Sign in and ask for a new one.')
