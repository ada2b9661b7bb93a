import 'server-only'
import { and, eq, isNull } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { readPolicy } from '@/lib/policy/read'
import type { Scope } from '@/lib/scopes'
import { readKey } from './get'
import { grantableScopes, requireGrantable } from './grantable'
import type { Key } from './key'
import { lockKey } from './lock'

/**
 * Makes the actor answer for a key that nobody answers for any more: it is accepted again, within what the actor's own
 * role allows. That is as much as giving its scopes anew, so it takes as much.
 *
 * @throws Failure `not_found`, `forbidden`, `conflict` when somebody answers for the key or it was revoked
 */
export async function takeOverKey(actor: SessionActor, keyId: string): Promise<Key> {
  return attempt(actor, { action: 'key.taken_over', target: { kind: 'key', id: keyId } }, () =>
    narrowing(
      actor,
      () =>
        db().transaction(async (tx) => {
          const before = await lockKey(tx, actor, keyId)
          const { responsible } = await readKey(tx, keyId)
          if (responsible.active) {
            throw new Failure(
              'conflict',
              `${responsible.name} answers for this key. Ask them, or make a key of your own.`,
            )
          }
          const grantable = grantableScopes(actor, before.role ?? 'viewer', await readPolicy(tx), {
            allowManagement: true,
          })
          requireGrantable(actor, before.scopes as Scope[], grantable)
          const [taken] = await tx
            .update(apiKeys)
            .set({ responsibleId: actor.userId, grantedByOperator: false })
            .where(and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt)))
            .returning({ label: apiKeys.label })
          if (!taken) throw new Failure('conflict', 'This key was revoked. Make a new one.')
          await recordAudit(tx, actor, {
            action: 'key.taken_over',
            target: { kind: 'key', id: keyId, name: taken.label },
            projectId: before.projectId,
            changes: { responsible: [responsible.name, actor.name] },
          })
          return readKey(tx, keyId)
        }),
      // Takes nothing away; what this process holds of the key is forgotten all the same, so that it works at once.
      () => false,
    ),
  )
}
