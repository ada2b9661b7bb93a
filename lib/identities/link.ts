import 'server-only'
import { and, asc, count, eq } from 'drizzle-orm'
import { db } from '@/db'
import { identities, passkeys } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { authorizeSelf } from '@/lib/projects/authorize'
import type { Claim } from './claim'
import { providerName } from './providers'

/** An account elsewhere that a person signs in with. */
export interface Identity {
  provider: string
  providerName: string
  subject: string
  email: string | null
  createdAt: string
  lastUsedAt: string | null
}

/** The actor's linked accounts, oldest first. */
export async function listIdentities(actor: SessionActor): Promise<Identity[]> {
  const rows = await db()
    .select()
    .from(identities)
    .where(eq(identities.userId, actor.userId))
    .orderBy(asc(identities.createdAt))
  return rows.map(({ provider, subject, email, createdAt, lastUsedAt }) => ({
    provider,
    providerName: providerName(provider),
    subject,
    email,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }))
}

/**
 * Links an account elsewhere to the actor's, who has just been shown it and said that it is theirs.
 *
 * @throws Failure `forbidden` unless the address is verified on both sides, `conflict` for an account elsewhere that is
 *   linked already, `reauthentication_required`, `invalid_credentials` when the session has ended
 */
export async function linkIdentity(actor: SessionActor, claim: Claim): Promise<void> {
  const { provider, subject, email } = claim
  await attempt(actor, { action: 'user.identity_linked', target: { kind: 'user', id: actor.userId } }, async () => {
    await requireRecentSignIn(actor)
    if (!email || !claim.emailVerified) {
      throw new Failure('forbidden', `${providerName(provider)} does not say that your address there is verified.`)
    }
    await db().transaction(async (tx) => {
      const self = await authorizeSelf(tx, actor)
      if (!self.emailVerifiedAt) {
        throw new Failure(
          'forbidden',
          'Your address here is not verified. Open the link that was sent to it, then link.',
        )
      }
      const linked = await tx
        .insert(identities)
        .values({ provider, subject, userId: actor.userId, email })
        .onConflictDoNothing()
        .returning({ userId: identities.userId })
      if (linked.length === 0) {
        throw new Failure(
          'conflict',
          `This ${providerName(provider)} account is linked already, to this or another account.`,
        )
      }
      await recordAudit(tx, actor, {
        action: 'user.identity_linked',
        target: { kind: 'user', id: actor.userId, name: actor.name },
        changes: { identity: [null, provider] },
      })
      const to = { userId: actor.userId, email: actor.email, name: actor.name }
      await queueMail(tx, { kind: 'identity_linked', to, provider: providerName(provider), account: email })
    })
  })
}

/**
 * Unlinks one of the actor's accounts elsewhere; it no longer signs in here.
 *
 * @throws Failure `not_found` for one that is not theirs, `conflict` for the last way in, `reauthentication_required`,
 *   `invalid_credentials` when the session has ended
 */
export async function unlinkIdentity(actor: SessionActor, provider: string, subject: string): Promise<void> {
  await attempt(actor, { action: 'user.identity_unlinked', target: { kind: 'user', id: actor.userId } }, async () => {
    await requireRecentSignIn(actor)
    await db().transaction(async (tx) => {
      const self = await authorizeSelf(tx, actor)
      const [unlinked] = await tx
        .delete(identities)
        .where(
          and(eq(identities.userId, actor.userId), eq(identities.provider, provider), eq(identities.subject, subject)),
        )
        .returning({ provider: identities.provider })
      if (!unlinked) throw notFound('linked account')
      const [others] = await tx.select({ left: count() }).from(identities).where(eq(identities.userId, actor.userId))
      const [keys] = await tx.select({ left: count() }).from(passkeys).where(eq(passkeys.userId, actor.userId))
      if (!self.passwordHash && !others?.left && !keys?.left) {
        throw new Failure('conflict', 'This is your last way in. Set a password or add a passkey first.')
      }
      await recordAudit(tx, actor, {
        action: 'user.identity_unlinked',
        target: { kind: 'user', id: actor.userId, name: actor.name },
        changes: { identity: [provider, null] },
      })
    })
  })
}
