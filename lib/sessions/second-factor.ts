import 'server-only'
import { sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { authenticators, passkeys } from '@/db/schema'

/** What a person can prove their second step by. */
export type Factor = 'passkey' | 'authenticator app' | 'recovery code'

/** Whether signing in takes a second step. Recovery codes alone do not count: they are for when the factor is lost. */
export async function hasSecondFactor(tx: Database, userId: string): Promise<boolean> {
  return (await countFactors(tx, userId)) > 0
}

/** How many second factors a person has: passkeys, and the authenticator app once it was confirmed. */
export async function countFactors(tx: Database, userId: string): Promise<number> {
  const [row] = await tx
    .select({
      keys: sql<number>`(select count(*)::int from ${passkeys} where ${passkeys.userId} = ${userId})`,
      apps: sql<number>`(select count(*)::int from ${authenticators}
        where ${authenticators.userId} = ${userId} and ${authenticators.confirmedAt} is not null)`,
    })
    .from(sql`(select 1) as one`)
  return (row?.keys ?? 0) + (row?.apps ?? 0)
}
