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
  const factors = await endFactors(tx, userId)
  const linked = await tx.delete(identities).where(eq(identities.userId, userId)).returning()
  return { factors, identities: linked.length }
}

/** Removes a person's second factors and recovery codes, as `endWaysIn` does. Returns how many factors that were. */
export async function endFactors(tx: Database, userId: string): Promise<number> {
  const keys = await tx.delete(passkeys).where(eq(passkeys.userId, userId)).returning({ id: passkeys.id })
  const apps = await tx.delete(authenticators).where(eq(authenticators.userId, userId)).returning()
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId))
  return keys.length + apps.filter(({ confirmedAt }) => confirmedAt !== null).length
}
