import 'server-only'
import { and, arrayContained, asc, eq, isNull, not } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeys, oauthClients } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { type AuditEntry, recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { grantableScopes } from '@/lib/keys/grantable'
import { revokeKeys } from '@/lib/keys/revoke'
import { queueMail } from '@/lib/mail/queue'
import { narrowing } from '@/lib/narrowing'
import { inParts } from '@/lib/parts'
import { readPolicy } from '@/lib/policy/read'
import { authorize } from '@/lib/projects/authorize'
import { projectName } from '@/lib/projects/find'
import { type HeldMember, lockMembers, requireOtherOwner } from '@/lib/projects/lock-members'
import { isScope, type Scope } from '@/lib/scopes'
import { endMembership } from './end'

/**
 * Removes a member from a project, in force on their next request. In the same transaction the keys that they answered
 * for pass to the actor, or are revoked; the apps pass to the actor either way, since people's connections rest on them.
 *
 * What a disabled member answers for is refused, and would work again. So it takes as much as giving its scopes anew:
 * keys that are more than that can only be revoked, and apps with such tokens of their own wait for who may take them
 * over, as those of somebody who left do.
 *
 * @param options.keys what becomes of the keys
 * @returns how many keys that were
 * @throws Failure `not_found` for who is no member, `forbidden`, also for a disabled member's keys that the actor could
 *   not make, `conflict` for the actor themselves, who may leave, and for the last owner,
 *   `reauthentication_required`
 */
export async function removeMember(
  actor: SessionActor,
  projectId: string,
  userId: string,
  { keys }: { keys: 'keep' | 'revoke' },
): Promise<{ keys: number }> {
  return attempt(actor, { action: 'member.removed', target: { kind: 'user', id: userId }, projectId }, async () => {
    return narrowing(actor, () =>
      db().transaction(async (tx) => {
        const held = await lockMembers(tx, [projectId], [userId])
        // While their membership is held nobody can make a key or app in their name.
        const keyIds = await keysOf(tx, projectId, userId)
        const { role } = await authorize(tx, actor, projectId, 'members:write', { keyIds })
        const member = held.find((each) => each.userId === userId)
        if (!member) throw notFound('member')
        if (userId === actor.userId) {
          throw new Failure('conflict', 'Nobody removes themselves. Leave the project instead.', { projectId })
        }
        if (member.role === 'owner') requireOtherOwner(held, projectId, userId)
        const revivable = member.active
          ? null
          : grantableScopes(actor, role ?? 'owner', await readPolicy(tx), { allowManagement: true })
        if (revivable && keys === 'keep') await requireRevivable(tx, keyIds, revivable, member)
        for (const part of inParts(keyIds)) {
          if (keys === 'revoke') await revokeKeys(tx, actor, part, `${member.name} was removed from the project`)
          else await takeKeys(tx, actor, part, member.name)
        }
        await endMembership(tx, actor, projectId, userId)
        await takeApps(tx, actor, projectId, member, revivable)
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
    )
  })
}

async function keysOf(tx: Database, projectId: string, userId: string): Promise<string[]> {
  const keys = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.projectId, projectId), eq(apiKeys.responsibleId, userId), isNull(apiKeys.revokedAt)))
  return keys.map(({ id }) => id)
}

/** @throws Failure `forbidden`, naming the scope that the actor cannot give */
async function requireRevivable(
  tx: Database,
  keyIds: readonly string[],
  revivable: readonly Scope[],
  { projectId, name }: HeldMember,
): Promise<void> {
  const [beyond] = await tx
    .select({ label: apiKeys.label, scopes: apiKeys.scopes })
    .from(apiKeys)
    .where(
      and(anyOf(apiKeys.id, keyIds), isNull(apiKeys.revokedAt), not(arrayContained(apiKeys.scopes, [...revivable]))),
    )
    .limit(1)
  if (!beyond) return
  const scope = beyond.scopes.find((each) => !revivable.some((one) => one === each))
  throw new Failure(
    'forbidden',
    `${name} is disabled, so “${beyond.label}” does not work. Kept, it would, with the scope ${scope}, which you cannot give. Revoke the keys, or ask somebody who may.`,
    { projectId },
  )
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
  member: HeldMember,
  revivable: readonly Scope[] | null,
): Promise<void> {
  const answeredFor = and(eq(oauthClients.projectId, projectId), eq(oauthClients.responsibleId, member.userId))
  const held = await tx
    .select({
      id: oauthClients.id,
      name: oauthClients.name,
      grantTypes: oauthClients.grantTypes,
      scopes: oauthClients.scopes,
    })
    .from(oauthClients)
    .where(answeredFor)
    .orderBy(asc(oauthClients.id))
    .for('no key update')
  const apps = revivable ? held.filter((app) => beyond(app, revivable) === undefined) : held
  if (apps.length === 0) return
  const ids = apps.map(({ id }) => id)
  await tx.update(oauthClients).set({ responsibleId: actor.userId }).where(anyOf(oauthClients.id, ids))
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

/** The first scope of an app's own tokens that is not among these. */
const beyond = ({ grantTypes, scopes }: { grantTypes: string[]; scopes: string[] }, revivable: readonly Scope[]) =>
  grantTypes.includes('client_credentials')
    ? scopes.filter(isScope).find((scope) => !revivable.includes(scope))
    : undefined
