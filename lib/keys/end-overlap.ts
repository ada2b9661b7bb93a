import 'server-only'
import { and, eq, gt, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecrets } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { requireKeyWithinActor } from '@/lib/within-actor'
import { getKey } from './get'
import type { Key } from './key'
import { lockKey } from './lock'

/**
 * Ends a key's old secret now, before its overlap is over.
 *
 * @throws Failure `not_found`, `forbidden`, `insufficient_scope`, `conflict` when no old secret works any more
 */
export async function endOverlap(actor: Actor, keyId: string): Promise<Key> {
  return attempt(actor, { action: 'key.overlap_ended', target: { kind: 'key', id: keyId } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const before = await lockKey(tx, actor, keyId)
        await requireKeyWithinActor(tx, actor, before)
        const { overlap } = await getKey(actor, keyId, tx)
        const [ended] = await tx
          .update(apiKeySecrets)
          .set({ endsAt: sql`date_trunc('milliseconds', clock_timestamp())` })
          .where(and(eq(apiKeySecrets.keyId, keyId), gt(apiKeySecrets.endsAt, sql`clock_timestamp()`)))
          .returning({ at: apiKeySecrets.endsAt })
        if (!ended) throw new Failure('conflict', 'The old secret has stopped working already.')
        await recordAudit(tx, actor, {
          action: 'key.overlap_ended',
          target: { kind: 'key', id: keyId, name: before.label },
          projectId: before.projectId,
          changes: { oldSecretEndsAt: [overlap?.endsAt ?? null, ended.at?.toISOString() ?? null] },
        })
        return getKey(actor, keyId, tx)
      }),
    ),
  )
}
