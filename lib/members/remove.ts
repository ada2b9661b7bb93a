import 'server-only'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeys, oauthClients } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { type AuditEntry, recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { revokeKeys } from '@/lib/keys/revoke'
import { queueMail } from '@/lib/mail/queue'
import { narrowing } from '@/lib/narrowing'
import { inParts } from '@/lib/parts'
import { authorize } from '@/lib/projects/authorize'
import { projectName } from '@/lib/projects/find'
import { lockMembers, requireOtherOwner } from '@/lib/projects/lock-members'
import { endMembership } from './end'

/**
 * Removes a member from a project, in force on their next request. In the same transaction the keys that they answered
 * for pass to the actor, or are revoked; the apps pass to the actor either way, since people's connections rest on them.
 *
 * @param options.keys what becomes of the keys
 * @returns how many keys that were
 * @throws Failure `not_found` for who is no member, `forbidden`, `conflict` for the actor themselves, who may leave, and
 *   for the last owner
 */
export async function removeMember(
  actor: SessionActor,
  projectId: string,
  userId: string,
  { keys }: { keys: 'keep' | 'revoke' },
): Promise<{ keys: number }> {
  return attempt(actor, { action: 'member.removed', target: { kind: 'user', id: userId }, projectId }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const held = await lockMembers(tx, [projectId], [userId])
        // While their membership is held nobody can make a key or app in their name.
        const keyIds = await keysOf(tx, projectId, userId)
        await authorize(tx, actor, projectId, 'members:write', { keyIds })
        const member = held.find((each) => each.userId === userId)
        if (!member) throw notFound('member')
        if (userId === actor.userId) {
          throw new Failure('conflict', 'Nobody removes themselves. Leave the project instead.', { projectId })
        }
        if (member.role === 'owner') requireOtherOwner(held, projectId, userId)
        for (const part of inParts(keyIds)) {
          if (keys === 'revoke') await revokeKeys(tx, actor, part, `${member.name} was removed from the project`)
          else await takeKeys(tx, actor, part, member.name)
        }
        await endMembership(tx, actor, projectId, userId)
        await takeApps(tx, actor, projectId, member)
        await recordAudit(tx, actor, {
          action: 'member.removed',
          target: { kind: 'user', id: userId, name: member.name },
          projectId,
          changes: {
            role: [member.role, null],
            ...(keyIds.length > 0 && { keys: [keyIds.length, keys === 'keep' ? 'taken over' : 'revoked'] }),
          },
        })
        await queueMail(tx, {
          kind: 'removed_from_project',
          to: { userId, email: member.email, name: member.name },
          project: await projectName(tx, projectId),
          by: actor.name,
        })
        return { keys: keyIds.length }
      }),
    ),
  )
}

async function keysOf(tx: Database, projectId: string, userId: string): Promise<string[]> {
  const keys = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.projectId, projectId), eq(apiKeys.responsibleId, userId), isNull(apiKeys.revokedAt)))
  return keys.map(({ id }) => id)
}

async function takeKeys(tx: Database, actor: SessionActor, keyIds: readonly string[], from: string): Promise<void> {
  const taken = await tx
    .update(apiKeys)
    .set({ responsibleId: actor.userId })
    .where(and(anyOf(apiKeys.id, keyIds), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id, label: apiKeys.label, projectId: apiKeys.projectId })
  await recordAudit(
    tx,
    actor,
    ...taken.map(({ id, label, projectId }): AuditEntry => {
      const changes: AuditEntry['changes'] = { responsible: [from, actor.name] }
      return { action: 'key.taken_over', target: { kind: 'key', id, name: label }, projectId, changes }
    }),
  )
}

async function takeApps(
  tx: Database,
  actor: SessionActor,
  projectId: string,
  member: { userId: string; name: string },
): Promise<void> {
  const answeredFor = and(eq(oauthClients.projectId, projectId), eq(oauthClients.responsibleId, member.userId))
  const apps = await tx
    .select({ id: oauthClients.id, name: oauthClients.name })
    .from(oauthClients)
    .where(answeredFor)
    .orderBy(asc(oauthClients.id))
    .for('no key update')
  if (apps.length === 0) return
  await tx.update(oauthClients).set({ responsibleId: actor.userId }).where(answeredFor)
  for (const part of inParts(apps)) {
    await recordAudit(
      tx,
      actor,
      ...part.map(({ id, name }): AuditEntry => {
        const changes: AuditEntry['changes'] = { responsible: [member.name, actor.name] }
        return { action: 'app.updated', target: { kind: 'app', id, name }, projectId, changes }
      }),
    )
  }
}
