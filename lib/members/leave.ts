import 'server-only'
import { and, count, eq, isNull } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeys } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { notFound } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { authorize } from '@/lib/projects/authorize'
import { type HeldMember, lockMembers, requireOtherOwner } from '@/lib/projects/lock-members'
import { endMembership } from './end'

/**
 * Leaves a project. The keys and apps that the actor answers for are refused at once, until somebody takes them over.
 *
 * @throws Failure `not_found` for who is no member, `conflict` for the last owner
 */
export async function leaveProject(actor: SessionActor, projectId: string): Promise<void> {
  await attempt(actor, { action: 'member.left', target: { kind: 'user', id: actor.userId }, projectId }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const held = await lockMembers(tx, [projectId], [actor.userId])
        await authorize(tx, actor, projectId, 'members:read')
        const member = held.find(({ userId }) => userId === actor.userId)
        if (!member) throw notFound('project')
        if (member.role === 'owner') requireOtherOwner(held, projectId, actor.userId)
        await leave(tx, actor, member)
      }),
    ),
  )
}

/** The inner form, for a membership that the caller has locked, with somebody who owns the project after it. */
export async function leave(tx: Database, actor: SessionActor, { projectId, userId, name, role }: HeldMember) {
  const [stopped] = await tx
    .select({ keys: count() })
    .from(apiKeys)
    .where(and(eq(apiKeys.projectId, projectId), eq(apiKeys.responsibleId, userId), isNull(apiKeys.revokedAt)))
  await endMembership(tx, actor, projectId, userId)
  await recordAudit(tx, actor, {
    action: 'member.left',
    target: { kind: 'user', id: userId, name },
    projectId,
    changes: { role: [role, null], ...(stopped?.keys && { keys: [stopped.keys, 'nobody answers for them'] }) },
  })
}
