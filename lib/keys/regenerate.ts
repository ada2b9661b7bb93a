import 'server-only'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeySecrets } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import type { Secret } from '@/lib/credentials'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { readPolicy } from '@/lib/policy/read'
import type { Scope } from '@/lib/scopes'
import { requireKeyWithinActor } from '@/lib/within-actor'
import { childrenOf, disableChildApps } from './children'
import { getKey } from './get'
import { grantableScopes, requireGrantable } from './grantable'
import { claimIdempotency, type Idempotency } from './idempotency'
import { issueSecret } from './issue-secret'
import type { Key } from './key'
import { lockKey } from './lock'
import { mailRegenerated } from './mail'
import { revokeKeys } from './revoke'

/**
 * Gives a key a new secret. The old one works for `overlapSeconds` more (0 to 604800; 0 ends it at once), never longer
 * than the key itself. The key's row is locked first, so of several at once each sees what the one before it did.
 *
 * Whoever regenerates is handed a working secret, so it takes as much as making such a key anew; only its own secret a
 * key may always replace.
 *
 * @param input.endChildren whether the keys and apps that it made end too; if it is not said, they do without an overlap
 * @returns the key, and the whole new credential, which cannot be shown again
 * @throws Failure `not_found`, `forbidden`, `insufficient_scope`, `conflict` for a revoked or expired key and while an overlap runs,
 *   `idempotency_conflict`, `reauthentication_required` for a key that manages others, by a session that began a while
 *   ago
 */
export async function regenerateKey(
  actor: Actor,
  keyId: string,
  { overlapSeconds, endChildren = overlapSeconds === 0 }: { overlapSeconds: number; endChildren?: boolean },
  { idempotency }: { idempotency?: Idempotency } = {},
): Promise<{ key: Key; secret: Secret }> {
  return attempt(actor, { action: 'key.regenerated', target: { kind: 'key', id: keyId } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const before = await lockKey(tx, actor, keyId, { withChildren: endChildren })
        if (actor.kind !== 'key' || actor.keyId !== keyId) {
          const grantable = grantableScopes(actor, before.role ?? 'owner', await readPolicy(tx), {
            allowManagement: true,
          })
          requireGrantable(actor, before.scopes as Scope[], grantable)
        }
        await requireKeyWithinActor(tx, actor, before)
        await claimIdempotency(tx, actor, idempotency, keyId)
        const key = await getKey(actor, keyId, tx)
        if (key.status === 'revoked') throw new Failure('conflict', 'This key was revoked. Make a new one.')
        if (key.status === 'expired') throw new Failure('conflict', 'This key has expired. Make a new one.')
        if (await hasOverlap(tx, keyId)) {
          throw new Failure('conflict', 'Two secrets of this key work already. End the overlap first, then regenerate.')
        }
        const [old] = await tx
          .update(apiKeySecrets)
          // The column rounds to milliseconds; cut instead, so that an end of now is not half a millisecond away.
          .set({
            endsAt: sql`least(date_trunc('milliseconds', clock_timestamp()) + make_interval(secs => ${overlapSeconds}),
          ${before.expiresAt?.toISOString() ?? null}::timestamptz)`,
          })
          .where(and(eq(apiKeySecrets.keyId, keyId), isNull(apiKeySecrets.endsAt)))
          .returning({ endsAt: apiKeySecrets.endsAt })
        const { credential } = await issueSecret(tx, keyId)
        const after = await getKey(actor, keyId, tx)
        await recordAudit(tx, actor, {
          action: 'key.regenerated',
          target: { kind: 'key', id: keyId, name: before.label },
          projectId: before.projectId,
          changes: { hint: [key.hint, after.hint], oldSecretEndsAt: [null, old?.endsAt?.toISOString() ?? null] },
          circumstances: { scopes: before.scopes },
        })
        if (endChildren) {
          await revokeKeys(tx, actor, await childrenOf(tx, keyId), 'Its parent was regenerated')
          await disableChildApps(tx, actor, keyId)
        }
        await mailRegenerated(tx, actor, keyId, overlapSeconds > 0 ? (old?.endsAt ?? null) : null)
        return { key: after, secret: credential }
      }),
    ),
  )
}

async function hasOverlap(tx: Database, keyId: string): Promise<boolean> {
  const live = await tx
    .select({ id: apiKeySecrets.id })
    .from(apiKeySecrets)
    .where(and(eq(apiKeySecrets.keyId, keyId), gt(apiKeySecrets.endsAt, sql`clock_timestamp()`)))
    .limit(1)
  return live.length > 0
}
