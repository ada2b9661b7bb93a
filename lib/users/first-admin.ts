import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db, isUniqueViolation } from '@/db'
import { oneTimeTokens, users } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { randomId } from '@/lib/credentials'
import { normalizeEmail } from '@/lib/email'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { issueToken, readToken, spendToken } from '@/lib/one-time-tokens'
import { acceptPassword, emailTaken, insertUser, type NewUser } from './create'
import type { SignUpInput } from './input'

/**
 * At start, while there is no admin: makes the one that `ADMIN_EMAIL` names, or else a one-time link to make one.
 *
 * @returns the link, or null when none is needed. Earlier links stop working.
 * @throws Error when an account has that address already
 */
export async function prepareFirstAdmin(): Promise<string | null> {
  const { ADMIN_EMAIL, ADMIN_PASSWORD, APP_URL } = env()
  return db()
    .transaction(async (tx) => {
      if (await hasAdmin(tx)) return null
      if (ADMIN_EMAIL && ADMIN_PASSWORD) {
        const origin = { address: null, userAgent: null, requestId: randomId() }
        const input = { email: normalizeEmail(ADMIN_EMAIL) ?? ADMIN_EMAIL, name: 'Admin', password: ADMIN_PASSWORD }
        await insertAdmin(tx, origin, { ...input, passwordHash: await acceptPassword(input) })
        return null
      }
      await tx.delete(oneTimeTokens).where(eq(oneTimeTokens.purpose, 'setup'))
      return `${APP_URL}/setup?token=${await issueToken(tx, 'setup', 24 * 60)}`
    })
    .catch((error: unknown) => {
      if (!isUniqueViolation(error)) throw error
      // Whoever signed up with it chose its password, so it is not made an admin unasked.
      throw new Error(
        `ADMIN_EMAIL: there is an account with the address ${ADMIN_EMAIL} already. Name another address, or leave it out: then a one-time link makes an admin, who can make that account one too.`,
      )
    })
}

/** True while a set-up link with this token would work. */
export const isSetUpOpen = async (token: string): Promise<boolean> => (await readToken('setup', token)) !== null

/**
 * Makes the first admin by a set-up link. Of two at once, one wins.
 *
 * @throws Failure `not_found` for a link that was used, is too old, or comes after there is an admin
 */
export async function setUpFirstAdmin(
  origin: Origin,
  { token, ...input }: SignUpInput & { token: string },
): Promise<NewUser> {
  // A hash is dear, and anybody may ask for one.
  if (!(await isSetUpOpen(token))) throw overdue()
  const passwordHash = await acceptPassword(input)
  return db()
    .transaction(async (tx) => {
      // First, since it locks: a start that locks first would wait for this link's row, which it wants to delete.
      const late = await hasAdmin(tx)
      const used = await spendToken(tx, 'setup', token)
      if (late || !used) throw overdue()
      return insertAdmin(tx, origin, { ...input, passwordHash })
    })
    .catch(emailTaken)
}

const overdue = () =>
  new Failure('not_found', 'This link was used already or is too old. Start the server again for a new one.')

const insertAdmin = (tx: Database, origin: Origin, input: { email: string; name: string; passwordHash: string }) =>
  insertUser(tx, { kind: 'system', name: 'server', origin }, { ...input, isAdmin: true, verified: true })

/** Any number that no other lock of this program uses. */
const FIRST_ADMIN_LOCK = 7_228_135_004

/** Until the transaction ends nobody else can ask this, so of several instances that start at once one makes the admin. */
async function hasAdmin(tx: Database): Promise<boolean> {
  await tx.execute(sql`select pg_advisory_xact_lock(${FIRST_ADMIN_LOCK})`)
  const [admin] = await tx
    .select({ one: sql`1` })
    .from(users)
    .where(and(eq(users.isAdmin, true), isNull(users.disabledAt)))
    .limit(1)
  return admin !== undefined
}
