import 'server-only'
import { createHash } from 'node:crypto'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oneTimeTokens } from '@/db/schema'
import { randomId } from '@/lib/credentials'

type Row = typeof oneTimeTokens.$inferSelect
type Purpose = Row['purpose']

/**
 * Makes a token that works once, for a link in a mail or on the console. Only its hash is stored.
 *
 * @param minutes how long it works, by the database's clock
 * @param about whom it is for, and the address that coming back with it proves
 */
export async function issueToken(
  tx: Database,
  purpose: Purpose,
  minutes: number,
  about: { userId?: string; email?: string } = {},
): Promise<string> {
  const token = randomId(43)
  await tx.insert(oneTimeTokens).values({
    tokenHash: hashToken(token),
    purpose,
    ...about,
    expiresAt: sql`now() + make_interval(mins => ${minutes})`,
  })
  return token
}

/** What the token is good for while it would work, without using it; else null. For pages that ask before they act. */
export async function readToken(purpose: Purpose, token: string, tx: Database = db()): Promise<Row | null> {
  const [row] = await tx.select().from(oneTimeTokens).where(live(purpose, token))
  return row ?? null
}

/** Uses the token up. Of two at once one gets the row; everybody else, and whoever comes late, gets null. */
export async function spendToken(tx: Database, purpose: Purpose, token: string): Promise<Row | null> {
  const [row] = await tx.update(oneTimeTokens).set({ usedAt: sql`now()` }).where(live(purpose, token)).returning()
  return row ?? null
}

/** Ends every token of the person for this purpose, such as older links when a new one is sent. */
export async function endTokens(tx: Database, purpose: Purpose, userId: string): Promise<void> {
  await tx
    .update(oneTimeTokens)
    .set({ usedAt: sql`now()` })
    .where(and(eq(oneTimeTokens.userId, userId), eq(oneTimeTokens.purpose, purpose), isNull(oneTimeTokens.usedAt)))
}

/** 256 random bits need no pepper and no slow hash. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url')

const live = (purpose: Purpose, token: string) =>
  and(
    eq(oneTimeTokens.tokenHash, hashToken(token)),
    eq(oneTimeTokens.purpose, purpose),
    isNull(oneTimeTokens.usedAt),
    gt(oneTimeTokens.expiresAt, sql`now()`),
  )
