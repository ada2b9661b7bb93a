import 'server-only'
import type { Database } from '@/db'
import { apiKeySecrets } from '@/db/schema'
import { hash, mint, randomId, type Secret } from '@/lib/credentials'
import { env } from '@/lib/env'

/**
 * Makes a key's current secret and stores its hash. Of 62^12 public ids two alike are not to be expected; should it
 * happen, the unique index refuses and the next one is tried.
 */
export async function issueSecret(tx: Database, keyId: string): Promise<{ secretId: string; credential: Secret }> {
  for (;;) {
    const { publicId, credential } = mint('api_key', env().KEY_BRAND)
    const [pepper] = env().peppers
    const [secret] = await tx
      .insert(apiKeySecrets)
      .values({
        id: randomId(),
        keyId,
        publicId,
        secretHash: hash(credential, pepper).reveal(),
        pepperId: pepper.id,
      })
      .onConflictDoNothing({ target: apiKeySecrets.publicId })
      .returning({ id: apiKeySecrets.id })
    if (secret) return { secretId: secret.id, credential }
  }
}
