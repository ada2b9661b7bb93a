import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { isOptional, type OptionalKind } from '@/lib/mail/templates'
import { authorizeSelf } from '@/lib/projects/authorize'

/** The kinds of mail that the actor does not want. */
export async function listUnwantedMail(actor: SessionActor): Promise<OptionalKind[]> {
  const [user] = await db().select({ kinds: users.unwantedMail }).from(users).where(eq(users.id, actor.userId))
  return user?.kinds.filter(isOptional) ?? []
}

/**
 * Sets the kinds of mail that the actor does not want. What is about getting in is not among them.
 *
 * @throws Failure `invalid_credentials` when the account or the session has ended
 */
export async function setUnwantedMail(actor: SessionActor, unwanted: readonly OptionalKind[]): Promise<void> {
  await db().transaction(async (tx) => {
    const before = await authorizeSelf(tx, actor)
    await tx
      .update(users)
      .set({ unwantedMail: [...unwanted] })
      .where(eq(users.id, actor.userId))
    await recordAudit(tx, actor, {
      action: 'user.mail_changed',
      target: { kind: 'user', id: actor.userId, name: actor.name },
      changes: { unwantedMail: [before.unwantedMail, unwanted] },
    })
  })
}
