import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { auditHead, users } from '@/db/schema'
import { queueMails } from '@/lib/mail/queue'
import { isOurHead } from './chain'
import { sealingProblem } from './seal'

/**
 * Mails the signed end of the log to the admins who asked for it, once a day however many instances ask: kept in a mailbox,
 * it shows what a database administrator may have done since. If the log is not sealed, the mail says so instead.
 *
 * @param now decides which day it is, in UTC
 */
export async function mailAuditHead(now = new Date()): Promise<void> {
  const admins = await db()
    .select({ userId: users.id, email: users.email, name: users.name })
    .from(users)
    .where(and(eq(users.isAdmin, true), isNull(users.disabledAt), sql`'audit_head' = any(${users.wantedMail})`))
  if (admins.length === 0) return
  const [row] = await db().select().from(auditHead)
  if (!row) return
  const problem = sealingProblem() ?? (isOurHead(row) ? null : 'The end of the audit log is not signed by this site.')
  const told = problem ? { problem } : { head: `${row.number}:${row.hash}`, mac: row.mac, pepperId: row.pepperId }
  const day = now.toISOString().slice(0, 10)
  await queueMails(
    db(),
    admins.map((to) => ({ kind: 'audit_head', to, at: now, ...told, onceKey: `audit_head ${to.userId} ${day}` })),
  )
}
