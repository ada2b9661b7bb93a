import 'server-only'
import { and, asc, isNotNull, type SQL } from 'drizzle-orm'
import type { Database } from '@/db'
import { anyOf } from '@/db/any-of'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { type AuditEntry, recordAudit } from '@/lib/audit/record'

/**
 * Takes the verified mark from the apps that meet `condition`, with an audit row each. An admin has checked what people
 * were shown and where they were sent; the caller has changed that in the same transaction.
 */
export async function dropVerifiedMarks(tx: Database, actor: Actor, condition: SQL | undefined): Promise<void> {
  const apps = await tx
    .select({ id: oauthClients.id, name: oauthClients.name, projectId: oauthClients.projectId })
    .from(oauthClients)
    .where(and(condition, isNotNull(oauthClients.verifiedAt)))
    .orderBy(asc(oauthClients.id))
    .for('no key update')
  if (apps.length === 0) return
  const ids = apps.map(({ id }) => id)
  await tx.update(oauthClients).set({ verifiedAt: null }).where(anyOf(oauthClients.id, ids))
  await recordAudit(
    tx,
    actor,
    ...apps.map(
      ({ id, name, projectId }): AuditEntry => ({
        action: 'app.unverified',
        target: { kind: 'app', id, name },
        projectId,
        changes: { verified: [true, false] },
      }),
    ),
  )
}
