import 'server-only'
import { eq } from 'drizzle-orm'
import type { Database } from '@/db'
import { outbox, users } from '@/db/schema'
import { randomId } from '@/lib/credentials'
import { seal } from '@/lib/credentials/seal'
import { env } from '@/lib/env'
import { isOptional, type Letter, needsProvedAddress, writeMail } from './templates'
import { wakeSender } from './wake'

/** To whom a mail goes. `userId` is for people with an account, whose choices count. */
export interface Recipient {
  userId?: string | null
  email: string
  name: string
}

/** A mail to be: its kind, to whom, and what its template needs. `onceKey` names what is told only once. */
export type Mail = Letter & { to: Recipient; onceKey?: string }

/**
 * Writes a mail into the outbox, inside the transaction of the act that it tells of: without the act there is no mail,
 * and with it the mail will be sent, whatever happens to this process. Nothing is written for a kind that the person
 * does not want, for an `onceKey` that was there before, and, for most kinds, for an address that nobody has proved.
 */
export async function queueMail(tx: Database, { to, onceKey, ...letter }: Mail): Promise<void> {
  if (to.userId && !(await isWanted(tx, to.userId, letter))) return
  const id = randomId()
  const content = writeMail(letter, to.name, env().APP_URL)
  await tx
    .insert(outbox)
    .values({
      id,
      kind: letter.kind,
      userId: to.userId ?? null,
      recipient: to.email,
      sealedContent: seal(JSON.stringify({ name: to.name, ...content }), `mail ${id}`),
      onceKey: onceKey ?? null,
    })
    .onConflictDoNothing({ target: outbox.onceKey })
  wakeSender()
}

async function isWanted(tx: Database, userId: string, { kind }: Letter): Promise<boolean> {
  const [person] = await tx
    .select({ unwantedMail: users.unwantedMail, verifiedAt: users.emailVerifiedAt })
    .from(users)
    .where(eq(users.id, userId))
  if (!person) return false
  if (needsProvedAddress(kind) && !person.verifiedAt) return false
  return !(isOptional(kind) && person.unwantedMail.includes(kind))
}
