import 'server-only'
import type { Database } from '@/db'
import { anyOf } from '@/db/any-of'
import { outbox, users } from '@/db/schema'
import { randomId } from '@/lib/credentials'
import { seal } from '@/lib/credentials/seal'
import { env } from '@/lib/env'
import { isOptional, type Letter, needsProvedAddress, writeMail } from './templates'
import { wakeSender } from './wake'

/** To whom a mail goes. `userId` is for people with an account, whose choices count; only they are called by name. */
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
export const queueMail = (tx: Database, mail: Mail): Promise<void> => queueMails(tx, [mail])

/** As `queueMail`, for many at once. */
export async function queueMails(tx: Database, mails: readonly Mail[]): Promise<void> {
  const people = await readChoices(tx, mails)
  const rows = mails.flatMap(({ to, onceKey, ...letter }) => {
    if (to.userId && !isWanted(people.get(to.userId), letter)) return []
    const id = randomId()
    // Whoever signs up with somebody else's address may have made the name up to have it sent there.
    const name = to.userId && people.get(to.userId)?.emailVerifiedAt ? to.name : ''
    const content = writeMail(letter, name, env().APP_URL)
    return {
      id,
      kind: letter.kind,
      userId: to.userId ?? null,
      recipient: to.email,
      sealedContent: seal(JSON.stringify({ name, ...content }), `mail ${id}`),
      onceKey: onceKey ?? null,
    }
  })
  if (rows.length === 0) return
  await tx.insert(outbox).values(rows).onConflictDoNothing({ target: outbox.onceKey })
  wakeSender()
}

interface Choices {
  unwantedMail: string[]
  emailVerifiedAt: Date | null
}

async function readChoices(tx: Database, mails: readonly Mail[]): Promise<Map<string, Choices>> {
  const ids = new Set(mails.flatMap(({ to }) => to.userId ?? []))
  if (ids.size === 0) return new Map()
  const rows = await tx
    .select({ id: users.id, unwantedMail: users.unwantedMail, emailVerifiedAt: users.emailVerifiedAt })
    .from(users)
    .where(anyOf(users.id, [...ids]))
  return new Map(rows.map(({ id, ...choices }) => [id, choices]))
}

function isWanted(person: Choices | undefined, { kind }: Letter): boolean {
  if (!person || (needsProvedAddress(kind) && !person.emailVerifiedAt)) return false
  return !(isOptional(kind) && person.unwantedMail.includes(kind))
}
