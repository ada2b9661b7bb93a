import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { getKey } from './get'
import type { Key } from './key'
import { lockKey } from './lock'

/**
 * Ends a key with all its secrets, for good. Its row stays, with who and why. A key may revoke itself whatever its
 * scopes are.
 *
 * @throws Failure `not_found`, `forbidden`, `insufficient_scope`, `conflict` when it was revoked already
 */
export async function revokeKey(
  actor: Actor,
  keyId: string,
  { reason }: { reason?: string | null } = {},
): Promise<Key> {
  return narrowing(actor, () =>
    db().transaction(async (tx) => {
      const { label, projectId } = await lockKey(tx, actor, keyId, { orSelf: true })
      const [revoked] = await tx
        .update(apiKeys)
        .set({
          revokedAt: sql`now()`,
          revokedById: actor.kind === 'user' ? actor.userId : null,
          revokeReason: reason ?? null,
        })
        .where(and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt)))
        .returning({ id: apiKeys.id })
      if (!revoked) throw new Failure('conflict', 'This key was revoked already.')
      await recordAudit(tx, actor, {
        action: 'key.revoked',
        target: { kind: 'key', id: keyId, name: label },
        projectId,
        changes: reason ? { reason: [null, reason] } : {},
      })
      return getKey(actor, keyId, tx)
    }),
  )
}
