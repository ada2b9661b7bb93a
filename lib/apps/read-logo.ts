import 'server-only'
import { and, eq } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClientLogos } from '@/db/schema'

/** An app's picture under the address that names its content, for everybody; null when there is no such picture. */
export async function readLogo(clientId: string, hash: string): Promise<Uint8Array | null> {
  const [logo] = await db()
    .select({ png: oauthClientLogos.png })
    .from(oauthClientLogos)
    .where(and(eq(oauthClientLogos.clientId, clientId), eq(oauthClientLogos.hash, hash)))
  return logo?.png ?? null
}
