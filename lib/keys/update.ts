import 'server-only'
import { and, eq, isNull } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeys } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { changesBetween, recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { readPolicy } from '@/lib/policy/read'
import { resolveThirdParty } from '@/lib/third-parties/create'
import { requireKeyWithinActor, requireNotWider } from '@/lib/within-actor'
import { getKey } from './get'
import type { UpdateKeyInput } from './input'
import type { Key } from './key'
import { lockKey } from './lock'
import { requireWithinPolicy } from './within-policy'

/**
 * Changes what a key says of itself and where it is accepted. Its scopes can only become fewer: more of them would turn
 * a secret that is already out into another one. A key or token changes only keys that lie within its own limits, and
 * widens none.
 *
 * @throws Failure `not_found`, `forbidden`, `insufficient_scope`, `conflict` for a revoked key, `validation_failed`
 */
export async function updateKey(actor: Actor, keyId: string, input: UpdateKeyInput): Promise<Key> {
  const { key } = await attempt(actor, { action: 'key.updated', target: { kind: 'key', id: keyId } }, () =>
    narrowing(
      actor,
      () => db().transaction((tx) => applyUpdate(tx, actor, keyId, input)),
      // A form sends all it has: what it left as it was is no reason to wait.
      ({ changed }) => changed.some((field) => field === 'scopes' || field === 'allowedAddresses'),
    ),
  )
  return key
}

async function applyUpdate(
  tx: Database,
  actor: Actor,
  keyId: string,
  input: UpdateKeyInput,
): Promise<{ key: Key; changed: string[] }> {
  const before = await lockKey(tx, actor, keyId)
  await requireKeyWithinActor(tx, actor, before)
  const added = input.scopes?.find((scope) => !before.scopes.includes(scope))
  if (added) {
    throw new Failure('validation_failed', 'A key can only lose scopes. Make a new key for more.', {
      errors: { scopes: [`The key does not have ${added}; scopes can only be taken away.`] },
    })
  }
  const { thirdParty, ...fields } = input
  const thirdPartyId =
    thirdParty === undefined ? undefined : await resolveThirdParty(tx, actor, before.projectId, thirdParty)
  const values = { ...fields, ...(thirdPartyId !== undefined && { thirdPartyId }) }
  const { thirdPartyId: moved, ...changes } = changesBetween({ ...before }, values)
  const changed = Object.keys(changes)
  if (!moved && changed.length === 0) return { key: await getKey(actor, keyId, tx), changed }
  requireNotWider(actor, before, { ...before, ...values })
  // Only what is new is asked about: a key that was there before the policy can be given another label.
  requireWithinPolicy(await readPolicy(tx), {
    ...(moved && { thirdParty: thirdPartyId }),
    ...(changes.allowedAddresses && { allowedAddresses: input.allowedAddresses }),
  })
  const old = await getKey(actor, keyId, tx)
  const [updated] = await tx
    .update(apiKeys)
    .set(values)
    .where(and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt)))
    .returning({ label: apiKeys.label })
  if (!updated) throw new Failure('conflict', 'This key was revoked and can no longer be changed.')
  const key = await getKey(actor, keyId, tx)
  await recordAudit(tx, actor, {
    action: 'key.updated',
    target: { kind: 'key', id: keyId, name: updated.label },
    projectId: before.projectId,
    // Who holds it is told by name: ids say nothing to those who read the history.
    changes: {
      ...changes,
      ...(moved && { thirdParty: [old.thirdParty?.name ?? null, key.thirdParty?.name ?? null] }),
    },
  })
  return { key, changed }
}
