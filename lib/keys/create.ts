import 'server-only'
import { sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, apiKeyUses } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { randomId, type Secret } from '@/lib/credentials'
import { invalidField } from '@/lib/errors'
import { parentFor, requireShallow } from '@/lib/lineage'
import { readPolicy } from '@/lib/policy/read'
import { authorize } from '@/lib/projects/authorize'
import { responsibleFor } from '@/lib/projects/responsible'
import { resolveThirdParty } from '@/lib/third-parties/create'
import { restsOnOperator } from '@/lib/users/admin-scopes'
import { limitsForChild } from '@/lib/within-actor'
import { getKey } from './get'
import { grantableScopes, requireGrantable } from './grantable'
import { claimIdempotency, type Idempotency } from './idempotency'
import type { CreateKeyInput } from './input'
import { issueSecret } from './issue-secret'
import type { Key } from './key'
import { mailCreated } from './mail'
import { requireRoom, requireWithinPolicy } from './within-policy'

/**
 * Makes a key and its first secret. A key that a key or token makes is its child, with at most its addresses, limit and
 * end.
 *
 * @returns the key, and the whole credential, which exists nowhere else and cannot be shown again
 * @throws Failure `not_found`, `forbidden`, `insufficient_scope`, `validation_failed`, `conflict` where the project has
 *   as many keys as it may, `idempotency_conflict`, `reauthentication_required` for a key that manages others, made by a
 *   session that began a while ago
 */
export async function createKey(
  actor: Actor,
  projectId: string,
  input: CreateKeyInput,
  { idempotency, allowManagement }: { idempotency?: Idempotency; allowManagement?: boolean } = {},
): Promise<{ key: Key; secret: Secret }> {
  return attempt(actor, { action: 'key.created', target: { kind: 'project', id: projectId }, projectId }, async () => {
    return db().transaction(async (tx) => {
      await authorize(tx, actor, projectId, 'keys:write')
      const id = randomId()
      await claimIdempotency(tx, actor, idempotency, id)
      const policy = await readPolicy(tx)
      const responsible = await responsibleFor(tx, actor, projectId, 'key')
      requireGrantable(actor, input.scopes, grantableScopes(actor, responsible.role, policy, { allowManagement }))
      await requireShallow(tx, actor, projectId)
      const limits = await limitsForChild(tx, actor, {
        allowedAddresses: input.allowedAddresses,
        expiresAt: input.expiresAt ?? null,
        rateLimitPerMinute: input.rateLimitPerMinute ?? null,
      })
      const { allowedAddresses, expiresAt } = limits
      requireWithinPolicy(policy, { thirdParty: input.thirdParty ?? null, expiresAt, allowedAddresses })
      await requireRoom(tx, projectId, policy)
      const thirdPartyId = await resolveThirdParty(tx, actor, projectId, input.thirdParty ?? null)
      const [created] = await tx
        .insert(apiKeys)
        .values({
          id,
          projectId,
          label: input.label,
          thirdPartyId,
          scopes: input.scopes,
          note: input.note ?? null,
          ...limits,
          ...parentFor(actor),
          createdById: responsible.id,
          responsibleId: responsible.id,
          grantedByOperator: await restsOnOperator(tx, actor, responsible.id, input.scopes),
        })
        .returning({ inFuture: sql<boolean>`coalesce(${apiKeys.expiresAt} > now(), true)` })
      if (!created?.inFuture) throw invalidField('expiresAt', 'Lies in the past. Choose a later time.')
      await tx.insert(apiKeyUses).values({ keyId: id, projectId })
      const { credential } = await issueSecret(tx, id)
      const key = await getKey(actor, id, tx)
      await recordAudit(tx, actor, {
        action: 'key.created',
        target: { kind: 'key', id, name: input.label },
        projectId,
        changes: {
          hint: [null, key.hint],
          scopes: [null, key.scopes],
          ...(key.thirdParty && { thirdParty: [null, key.thirdParty.name] }),
          ...(key.expiresAt && { expiresAt: [null, key.expiresAt] }),
        },
      })
      await mailCreated(tx, actor, id)
      return { key, secret: credential }
    })
  })
}
