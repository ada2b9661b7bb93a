import { sql } from 'drizzle-orm'
import { index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { time, users } from './people'

/**
 * Mail to be sent, written in the transaction of the act that it tells of. The content is encrypted, since it may hold a
 * one-time link, and erased once it was sent.
 */
export const outbox = pgTable(
  'outbox',
  {
    /** Also the left part of the Message-ID, so that a mail sent twice is seen to be one. */
    id: text('id').primaryKey(),
    kind: text('kind').notNull(),
    userId: text('user_id').references(() => users.id),
    recipient: text('recipient').notNull(),
    sealedContent: text('sealed_content'),
    /** Names what happens only once, such as one key's last warning: a second mail of that name is not written. */
    onceKey: text('once_key').unique(),
    /** Kind, subject and person of a mail of which more may follow: the next ones within the hour wait for one digest. */
    digestKey: text('digest_key'),
    createdAt: time('created_at').notNull().defaultNow(),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: time('next_attempt_at').notNull().defaultNow(),
    sentAt: time('sent_at'),
    /** Given up: the server refused it for good, or for days. */
    failedAt: time('failed_at'),
    lastError: text('last_error'),
  },
  (t) => [
    index('outbox_due').on(t.nextAttemptAt).where(sql`sent_at is null and failed_at is null`),
    index('outbox_digest').on(t.digestKey, t.createdAt).where(sql`digest_key is not null`),
  ],
)
