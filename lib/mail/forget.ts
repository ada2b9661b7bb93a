import 'server-only'
import { and, eq, isNotNull, or, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { outbox, users } from '@/db/schema'

/**
 * Erases to whom a person's mail went, inside the transaction that deletes their account. What waits is sent first, and
 * `forgetIfDeleted` erases it then: it finds the account deleted, since until the commit these rows are locked, also
 * those that stay as they are.
 */
export async function forgetMailOf(tx: Database, { userId, email }: { userId: string; email: string }): Promise<void> {
  const isOver = sql`(${outbox.sentAt} is not null or ${outbox.failedAt} is not null)`
  await tx
    .update(outbox)
    .set({
      recipient: sql`case when ${isOver} then '' else ${outbox.recipient} end`,
      // A mail server's refusal may quote the address.
      lastError: sql`case when ${isOver} then null else ${outbox.lastError} end`,
    })
    .where(or(eq(outbox.userId, userId), eq(outbox.recipient, email)))
}

/** Erases to whom a mail went that was just sent or given up, when that person's account is deleted. */
export async function forgetIfDeleted({ id, userId }: { id: string; userId: string | null }): Promise<void> {
  if (!userId) return
  const deleted = db()
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), isNotNull(users.deletedAt)))
  await db()
    .update(outbox)
    .set({ recipient: '', lastError: null })
    .where(and(eq(outbox.id, id), sql`exists ${deleted}`))
}
