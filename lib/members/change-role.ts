import 'server-only'
import { and, eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { memberships } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { narrowing } from '@/lib/narrowing'
import { authorize } from '@/lib/projects/authorize'
import { projectName } from '@/lib/projects/find'
import { lockMembers, requireOtherOwner } from '@/lib/projects/lock-members'
import { type Role, roles, roleWords } from '@/lib/projects/roles'

/**
 * Gives a member another role, the actor themselves too. What it no longer allows is refused from the next request on,
 * in open sessions and by the keys and tokens that the person answers for; their sessions get other ids.
 *
 * @throws Failure `not_found` for who is no member, `forbidden`, `conflict` when they have the role already or are the
 *   last owner, `reauthentication_required`
 */
export async function changeRole(actor: SessionActor, projectId: string, userId: string, role: Role): Promise<void> {
  await attempt(actor, { action: 'member.role_changed', target: { kind: 'user', id: userId }, projectId }, async () => {
    await narrowing(
      actor,
      () =>
        db().transaction(async (tx) => {
          const held = await lockMembers(tx, [projectId], [userId])
          await authorize(tx, actor, projectId, 'members:write')
          const member = held.find((each) => each.userId === userId)
          if (!member) throw notFound('member')
          if (member.role === role) throw new Failure('conflict', `${member.name} is ${roleWords[role].one} already.`)
          if (member.role === 'owner') requireOtherOwner(held, projectId, userId)
          await tx
            .update(memberships)
            .set({ role, roleSince: sql`now()` })
            .where(and(eq(memberships.projectId, projectId), eq(memberships.userId, userId)))
          await recordAudit(tx, actor, {
            action: 'member.role_changed',
            target: { kind: 'user', id: userId, name: member.name },
            projectId,
            changes: { role: [member.role, role] },
          })
          if (userId !== actor.userId) {
            await queueMail(tx, {
              kind: 'role_changed',
              to: { userId, email: member.email, name: member.name },
              project: await projectName(tx, projectId),
              oldRole: roleWords[member.role].name,
              newRole: roleWords[role].name,
              by: actor.name,
            })
          }
          return { before: member.role }
        }),
      ({ before }) => roles.indexOf(role) > roles.indexOf(before),
    )
  })
}
