import 'server-only'
import { desc, eq, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { anyOf } from '@/db/any-of'
import { outbox, users } from '@/db/schema'
import { randomId } from '@/lib/credentials'
import { seal, unseal } from '@/lib/credentials/seal'
import { env } from '@/lib/env'
import {
  type DigestItem,
  digestItem,
  isDigestible,
  isOptional,
  isRequested,
  type Letter,
  LISTED_ITEMS,
  needsProvedAddress,
  writeDigest,
  writeMail,
} from './templates'
import { wakeSender } from './wake'

/** To whom a mail goes. `userId` is for people with an account, whose choices count; only they are called by name. */
export interface Recipient {
  userId?: string | null
  email: string
  name: string
}

/**
 * A mail to be: its kind, to whom, and what its template needs. `onceKey` names what is told only once. `about` is the id
 * of the key or app that a mail is about, if more of its kind may follow: the first goes at once, and those of the next
 * hour become one digest.
 */
export type Mail = Letter & { to: Recipient; onceKey?: string; about?: string }

/**
 * Writes a mail into the outbox, inside the transaction of the act that it tells of: without the act there is no mail,
 * and with it the mail will be sent, whatever happens to this process. Nothing is written for a kind that the person
 * does not want, for an `onceKey` that was there before, and, for most kinds, for an address that nobody has proved.
 */
export const queueMail = (tx: Database, mail: Mail): Promise<void> => queueMails(tx, [mail])

/** As `queueMail`, for many at once. */
export async function queueMails(tx: Database, mails: readonly Mail[]): Promise<void> {
  const people = await readChoices(tx, mails)
  const rows: (typeof outbox.$inferInsert)[] = []
  // In one order everywhere, since a digest that waits is locked: two acts must not wait for each other.
  const ordered = mails.toSorted((a, b) => (a.to.userId ?? '').localeCompare(b.to.userId ?? ''))
  for (const { to, onceKey, about, ...letter } of ordered) {
    if (to.userId && !isWanted(people.get(to.userId), letter)) continue
    const id = randomId()
    // Whoever signs up with somebody else's address may have made the name up to have it sent there.
    const name = to.userId && people.get(to.userId)?.emailVerifiedAt ? to.name : ''
    const digestKey = about && to.userId && isDigestible(letter.kind) ? `${letter.kind} ${about} ${to.userId}` : null
    const place = digestKey === null ? 'now' : await placeInDigest(tx, digestKey, letter, name)
    if (place === 'taken in') continue
    const content = { name, ...writeMail(letter, name, env().APP_URL) }
    // A digest begins with one mail, and is that mail as long as no other joins it.
    const digest: Partial<Digest> = place === 'now' ? {} : { items: [digestItem(letter, new Date())], count: 1 }
    rows.push({
      id,
      kind: letter.kind,
      userId: to.userId ?? null,
      recipient: to.email,
      sealedContent: seal(JSON.stringify({ ...content, ...digest }), `mail ${id}`),
      onceKey: onceKey ?? null,
      digestKey,
      ...(place !== 'now' && { nextAttemptAt: place }),
    })
  }
  if (rows.length === 0) return
  await tx.insert(outbox).values(rows).onConflictDoNothing({ target: outbox.onceKey })
  wakeSender()
}

/** What the content of a digest holds besides the mail itself. */
interface Digest {
  items: DigestItem[]
  count: number
}

/**
 * Finds where a mail belongs that others of its kind may have gone before: it goes now, begins a digest that is due at the
 * time returned, or is taken into the digest that waits.
 */
async function placeInDigest(
  tx: Database,
  digestKey: string,
  letter: Letter,
  name: string,
): Promise<'now' | 'taken in' | Date> {
  const [latest] = await tx
    .select({
      id: outbox.id,
      sealedContent: outbox.sealedContent,
      // The sender raises `attempts` as it takes a mail: from then on nothing can join it.
      waits: sql<boolean>`${outbox.attempts} = 0 and ${outbox.nextAttemptAt} > now() and ${outbox.failedAt} is null`,
      due: sql`greatest(${outbox.createdAt}, ${outbox.sentAt}) + interval '1 hour'`.mapWith(outbox.createdAt),
      late: sql<boolean>`greatest(${outbox.createdAt}, ${outbox.sentAt}) + interval '1 hour' <= now()`,
    })
    .from(outbox)
    .where(eq(outbox.digestKey, digestKey))
    .orderBy(desc(outbox.createdAt))
    .limit(1)
    .for('update')
  if (!latest) return 'now'
  if (!latest.waits) return latest.late ? 'now' : latest.due
  const text = latest.sealedContent && unseal(latest.sealedContent, `mail ${latest.id}`)
  // Its pepper is gone: it cannot be sent, so another takes its place.
  if (!text) return 'now'
  const { items, count } = JSON.parse(text) as Digest
  if (items.length < LISTED_ITEMS) items.push(digestItem(letter, new Date()))
  const content = { name, ...writeDigest(items, count + 1, letter, name, env().APP_URL), items, count: count + 1 }
  await tx
    .update(outbox)
    .set({ sealedContent: seal(JSON.stringify(content), `mail ${latest.id}`) })
    .where(eq(outbox.id, latest.id))
  return 'taken in'
}

interface Choices {
  unwantedMail: string[]
  wantedMail: string[]
  emailVerifiedAt: Date | null
}

async function readChoices(tx: Database, mails: readonly Mail[]): Promise<Map<string, Choices>> {
  const ids = new Set(mails.flatMap(({ to }) => to.userId ?? []))
  if (ids.size === 0) return new Map()
  const rows = await tx
    .select({
      id: users.id,
      unwantedMail: users.unwantedMail,
      wantedMail: users.wantedMail,
      emailVerifiedAt: users.emailVerifiedAt,
    })
    .from(users)
    .where(anyOf(users.id, [...ids]))
  return new Map(rows.map(({ id, ...choices }) => [id, choices]))
}

function isWanted(person: Choices | undefined, { kind }: Letter): boolean {
  if (!person || (needsProvedAddress(kind) && !person.emailVerifiedAt)) return false
  if (isRequested(kind)) return person.wantedMail.includes(kind)
  return !(isOptional(kind) && person.unwantedMail.includes(kind))
}
