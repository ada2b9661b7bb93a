import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecrets } from '@/db/schema'
import type { Actor } from '@/lib/actor'
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
 * Says whether a whole key is one of this site, for site admins. It is hashed here, and neither stored nor logged.
 *
 * @throws Failure `not_found` for who is no admin, `validation_failed` for what is no API key of this site's form
 */
export async function findKey(actor: Actor, text: string): Promise<FoundKey> {
  onlyAdmins(actor)
  const credential = text.trim()
  const parsed = parse(credential, env().KEY_BRAND)
  if (parsed?.kind !== 'api_key')
    throw invalidField('key', 'This is no API key of this site, or a part of it is wrong.')
  const [record] = await db()
    .select({
      secretHash: apiKeySecrets.secretHash,
      pepperId: apiKeySecrets.pepperId,
      endsAt: apiKeySecrets.endsAt,
    })
    .from(apiKeySecrets)
    .where(eq(apiKeySecrets.publicId, parsed.publicId))
  const known = hasSecret(record, credential)
  return {
    hint: hint(env().KEY_BRAND, 'api_key', parsed.publicId),
    secret: !known ? 'unknown' : record?.endsAt ? 'replaced' : 'current',
  }
}
