import 'server-only'
import { and, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeys } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { type AuditEntry, recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { readKey } from './get'
import type { Key } from './key'
import { lockKey } from './lock'
import { mailRevoked } from './mail'

/**
 * Ends a key with all its secrets, for good. Its row stays, with who and why. A key may revoke itself whatever its
 * scopes are.
 *
 * @param options.asAdmin with the power of a site admin or of the command line, over keys of any project
 * @throws Failure `not_found`, `forbidden`, `insufficient_scope`, `conflict` when it was revoked already
 */
export async function revokeKey(
  actor: Actor,
  keyId: string,
  { reason, asAdmin = false }: { reason?: string | null; asAdmin?: boolean } = {},
): Promise<Key> {
  return attempt(actor, { action: 'key.revoked', target: { kind: 'key', id: keyId } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        await lockKey(tx, actor, keyId, { orSelf: true, asAdmin })
        const [revoked] = await revokeKeys(tx, actor, [keyId], reason, { asAdmin })
        if (!revoked) throw new Failure('conflict', 'This key was revoked already.')
        return readKey(tx, keyId)
      }),
    ),
  )
}

/**
 * The inner form: ends keys that the caller has locked and authorized, one audit row each, and tells those who
 * answered for them. Those that were revoked before are left as they are.
 *
 * @returns the ids of the keys that ended now
 */
export async function revokeKeys(
  tx: Database,
  actor: Actor,
  keyIds: readonly string[],
  reason: string | null = null,
  circumstances: { asAdmin?: boolean } = {},
): Promise<string[]> {
  if (keyIds.length === 0) return []
  const revoked = await tx
    .update(apiKeys)
    .set({
      revokedAt: sql`now()`,
      revokedById: actor.kind === 'user' ? actor.userId : null,
      revokeReason: reason,
    })
    .where(and(anyOf(apiKeys.id, keyIds), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id, label: apiKeys.label, projectId: apiKeys.projectId })
  const changes: AuditEntry['changes'] = reason ? { reason: [null, reason] } : {}
  await recordAudit(
    tx,
    actor,
    ...revoked.map(({ id, label, projectId }): AuditEntry => {
      return { action: 'key.revoked', target: { kind: 'key', id, name: label }, projectId, changes, circumstances }
    }),
  )
  const ids = revoked.map(({ id }) => id)
  await mailRevoked(tx, actor, ids, reason)
  return ids
}
