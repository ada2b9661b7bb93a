import 'server-only'
import { eq } from 'drizzle-orm'
import type { Database } from '@/db'
import { authenticators, identities, passkeys, recoveryCodes } from '@/db/schema'

/**
 * Removes all that signs a person in besides their password, inside an act that holds their row.
 *
 * @returns how many second factors and linked accounts that were
 */
export async function endWaysIn(tx: Database, userId: string): Promise<{ factors: number; identities: number }> {
  const keys = await tx.delete(passkeys).where(eq(passkeys.userId, userId)).returning({ id: passkeys.id })
  const apps = await tx.delete(authenticators).where(eq(authenticators.userId, userId)).returning()
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))
  const linked = await tx.delete(identities).where(eq(identities.userId, userId)).returning()
  const confirmed = apps.filter(({ confirmedAt }) => confirmedAt !== null)
  return { factors: keys.length + confirmed.length, identities: linked.length }
}
