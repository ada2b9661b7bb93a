import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecrets, apiKeys } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { hint, parse } from '@/lib/credentials'
import { hasSecret } from '@/lib/credentials/verify'
import { env } from '@/lib/env'
import { invalidField } from '@/lib/errors'
import { onlyAdmins } from '@/lib/users/admin'

/** Whose a key is that somebody found. */
export interface FoundKey {
  /** What the table can be searched for in the key's place. */
  hint: string
  /** The secret works as far as the key does, was replaced by another, or was never one of ours. */
  secret: 'current' | 'replaced' | 'unknown'
}

/**
 * Says whether a whole key is one of this site, for site admins. It is hashed here, and neither stored nor logged; the
 * audit log records the look-up by the key's hint.
 *
 * @throws Failure `not_found` for who is no admin, `validation_failed` for what is no API key of this site's form
 */
export const findKey = (actor: Actor, text: string): Promise<FoundKey> =>
  attempt(actor, { action: 'key.looked_up', target: { kind: 'site', id: 'keys' } }, () => find(actor, text))

async function find(actor: Actor, text: string): Promise<FoundKey> {
  onlyAdmins(actor)
  const credential = text.trim()
  const parsed = parse(credential, env().KEY_BRAND)
  if (parsed?.kind !== 'api_key')
    throw invalidField('key', 'This is no API key of this site, or a part of it is wrong.')
  const [record] = await db()
    .select({
      keyId: apiKeySecrets.keyId,
      label: apiKeys.label,
      projectId: apiKeys.projectId,
      secretHash: apiKeySecrets.secretHash,
      pepperId: apiKeySecrets.pepperId,
      endsAt: apiKeySecrets.endsAt,
    })
    .from(apiKeySecrets)
    .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
    .where(eq(apiKeySecrets.publicId, parsed.publicId))
  const known = hasSecret(record, credential)
  const found: FoundKey = {
    hint: hint(env().KEY_BRAND, 'api_key', parsed.publicId),
    secret: !known ? 'unknown' : record?.endsAt ? 'replaced' : 'current',
  }
  // Its owner can read that an admin held the whole key. Without a match the row names only what was pasted, by its hint.
  await db().transaction((tx) =>
    recordAudit(tx, actor, {
      action: 'key.looked_up',
      target:
        known && record
          ? { kind: 'key', id: record.keyId, name: record.label }
          : { kind: 'site', id: 'keys', name: found.hint },
      projectId: known && record ? record.projectId : null,
      changes: { hint: [null, found.hint], secret: [null, found.secret] },
    }),
  )
  return found
}
