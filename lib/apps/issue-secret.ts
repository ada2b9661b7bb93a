import 'server-only'
import type { Database } from '@/db'
import { oauthClientSecrets } from '@/db/schema'
import { hash, mint, randomId, type Secret } from '@/lib/credentials'
import { env } from '@/lib/env'

/** Makes a client's current secret and stores its hash. The unique index decides whether the public id is new. */
export async function issueClientSecret(tx: Database, clientId: string): Promise<Secret> {
  for (;;) {
    const { publicId, credential } = mint('client_secret', env().KEY_BRAND)
    const [pepper] = env().peppers
    const [secret] = await tx
      .insert(oauthClientSecrets)
      .values({
        id: randomId(),
        clientId,
        publicId,
        secretHash: hash(credential, pepper).reveal(),
        pepperId: pepper.id,
      })
      .onConflictDoNothing({ target: oauthClientSecrets.publicId })
      .returning({ id: oauthClientSecrets.id })
    if (secret) return credential
  }
}
