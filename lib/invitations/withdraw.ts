import 'server-only'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { invitations } from '@/db/schema'
import type { Actor, SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { type AuditEntry, recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { authorize } from '@/lib/projects/authorize'
import { isOpen } from './standing'

/**
 * Ends an invitation: its link no longer works.
 *
 * @throws Failure `not_found` for foreign and unknown ids alike, `forbidden`, `conflict` when it was used or withdrawn
 */
export async function withdrawInvitation(actor: SessionActor, invitationId: string): Promise<void> {
  const target = { kind: 'invitation', id: invitationId } as const
  await attempt(actor, { action: 'invitation.withdrawn', target }, () =>
    db().transaction(async (tx) => {
      // Where an invitation belongs never changes, so this may be read before anything is locked.
      const [place] = await tx
        .select({ projectId: invitations.projectId })
        .from(invitations)
        .where(eq(invitations.id, invitationId))
      if (!place) throw notFound('invitation')
      await authorize(tx, actor, place.projectId, 'members:write', { what: 'invitation' })
      const withdrawn = await withdrawOpen(tx, actor, eq(invitations.id, invitationId))
      if (withdrawn === 0) throw new Failure('conflict', 'This invitation was used or withdrawn already.')
    }),
  )
}

/** The inner form: ends the open invitations that meet `condition`, where the caller's authority stands. */
export async function withdrawOpen(tx: Database, actor: Actor, condition: SQL | undefined): Promise<number> {
  const withdrawn = await tx
    .update(invitations)
    .set({ withdrawnAt: sql`now()` })
    .where(and(isOpen, condition))
    .returning({ id: invitations.id, email: invitations.email, projectId: invitations.projectId })
  await recordAudit(
    tx,
    actor,
    ...withdrawn.map(({ id, email, projectId }): AuditEntry => {
      return { action: 'invitation.withdrawn', target: { kind: 'invitation', id, name: email }, projectId }
    }),
  )
  return withdrawn.length
}
