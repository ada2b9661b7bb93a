import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { changesBetween, recordAudit } from '@/lib/audit/record'
import { isOptional, isRequested, type OptionalKind, type RequestedKind } from '@/lib/mail/templates'
import { authorizeSelf } from '@/lib/projects/authorize'

/** The kinds of mail that a person chose: those switched off, and those asked for. */
export interface MailChoices {
  unwanted: OptionalKind[]
  wanted: RequestedKind[]
}

/** Reads the actor's choices of mail. */
export async function readMailChoices(actor: SessionActor): Promise<MailChoices> {
  const [user] = await db()
    .select({ unwanted: users.unwantedMail, wanted: users.wantedMail })
    .from(users)
    .where(eq(users.id, actor.userId))
  return { unwanted: user?.unwanted.filter(isOptional) ?? [], wanted: user?.wanted.filter(isRequested) ?? [] }
}

/**
 * Sets the actor's choices of mail. Security mail cannot be switched off.
 *
 * @throws Failure `invalid_credentials` when the account or the session has ended
 */
export async function setMailChoices(actor: SessionActor, { unwanted, wanted }: MailChoices): Promise<void> {
  await db().transaction(async (tx) => {
    const before = await authorizeSelf(tx, actor)
    await tx.update(users).set({ unwantedMail: unwanted, wantedMail: wanted }).where(eq(users.id, actor.userId))
    await recordAudit(tx, actor, {
      action: 'user.mail_changed',
      target: { kind: 'user', id: actor.userId, name: actor.name },
      changes: changesBetween(before, { unwantedMail: unwanted, wantedMail: wanted }),
    })
  })
}
