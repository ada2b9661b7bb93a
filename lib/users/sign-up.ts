import 'server-only'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, sql } from 'drizzle-orm'
import { db, isUniqueViolation } from '@/db'
import { oneTimeTokens, users } from '@/db/schema'
import type { Origin } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { randomId } from '@/lib/credentials'
import { seal, unseal } from '@/lib/credentials/seal'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { hashToken, readToken, spendToken } from '@/lib/one-time-tokens'
import { mayAttempt, takeAttempt } from '@/lib/rate-limit'
import { cookieName } from '@/lib/session'
import { startSession } from '@/lib/sessions/start'
import { acceptPassword, insertUser, requireOpenSignUp } from './create'
import type { SignUpInput } from './input'
import { PROOF_MINUTES } from './verify-email'

/** How long an answer takes, in ms: longer than writing a mail does, so that time does not tell which addresses are known. */
const ANSWER_MS = 400

/** Whether accounts are made by a link in a mail. Without a mail server nobody would get it. */
export const signsUpByMail = (): boolean => Boolean(env().SMTP_URL)

/** The cookie of the browser that asked for an account. */
export const signUpCookie = () => cookieName('sign-up')

/** How long that cookie is kept, in seconds: as long as the link works. */
export const SIGN_UP_SECONDS = PROOF_MINUTES * 60

/** What the account will be made of. */
interface Details {
  name: string
  passwordHash: string
  /** Of the secret in the cookie. */
  browserHash: string
  next: string
}

const place = (email: string) => `sign-up of ${email}`

/**
 * Asks for an account: a link goes to the address, and opening it makes the account (`finishSignUp`). Until then there is
 * none, so nobody can take the address of somebody else. If an account has the address, its owner is told by mail that
 * somebody tried. The answer is the same, after the same work and time. An earlier link for the address stops working.
 *
 * @param next where to go when the account was made, a path of this site
 * @returns a secret for the browser that asked: with it the link needs no password
 * @throws Failure `forbidden` when sign-up is closed or by invitation, `validation_failed` for a weak password,
 *   `rate_limited` past 30 a minute from one client address
 */
export async function requestSignUp(origin: Origin, input: SignUpInput, next: string): Promise<{ secret: string }> {
  await requireOpenSignUp()
  await takeAttempt('signUpPerAddress', limitKeyOf(origin.address))
  const secret = randomId(43)
  const answered = sleep(ANSWER_MS)
  const passwordHash = await acceptPassword(input)
  const { email, name } = input
  if (await mayAttempt('mailsPerAddress', email)) {
    await sendLink(email, { name, passwordHash, browserHash: hashToken(secret), next })
  }
  await answered
  return { secret }
}

async function sendLink(email: string, details: Details): Promise<void> {
  await db().transaction(async (tx) => {
    const [known] = await tx.select().from(users).where(eq(users.email, email))
    if (known) {
      if (known.disabledAt) return
      const to = { userId: known.id, email, name: known.name }
      return queueMail(tx, { kind: 'address_known', to, asked: 'sign_up' })
    }
    const token = randomId(43)
    const row = {
      tokenHash: hashToken(token),
      createdAt: sql`now()`,
      expiresAt: sql`now() + make_interval(mins => ${PROOF_MINUTES})`,
      sealedDetails: seal(JSON.stringify(details), place(email)),
    }
    // Of two at once the later one takes the place of the other.
    await tx
      .insert(oneTimeTokens)
      .values({ purpose: 'sign_up', email, ...row })
      .onConflictDoUpdate({
        target: oneTimeTokens.email,
        targetWhere: sql`purpose = 'sign_up' and used_at is null`,
        set: row,
      })
    await queueMail(tx, { kind: 'sign_up', to: { email, name: '' }, token })
  })
}

/**
 * Which address a link would make an account with, and whether this browser asked for it; null when it no longer works.
 *
 * @param secret what `requestSignUp` gave the browser, if anything
 */
export async function readSignUp(
  token: string,
  secret: string | undefined,
): Promise<{ email: string; isSameBrowser: boolean } | null> {
  const row = await readToken('sign_up', token)
  const details = row && detailsOf(row)
  return row?.email && details ? { email: row.email, isSameBrowser: isFrom(details, secret) } : null
}

/**
 * Makes the account that was asked for, by the link that was sent to its address, and starts a session: the address is
 * proved. In the browser that asked, the password stays the one that was chosen there. In another, the holder of the link
 * chooses the password: somebody else may have asked, and would know the first one.
 *
 * @returns the session, and where to go
 * @throws Failure `not_found` for a link that was used, is too old or not the newest, `validation_failed` for a weak
 *   password, `conflict` when an account has the address by now, `forbidden` when sign-up was closed meanwhile,
 *   `rate_limited`
 */
export async function finishSignUp(
  origin: Origin,
  { token, secret, password }: { token: string; secret: string | undefined; password: string },
): Promise<{ userId: string; sessionId: string; next: string }> {
  await requireOpenSignUp()
  const asked = await readToken('sign_up', token)
  const details = asked && detailsOf(asked)
  if (!asked?.email || !details) throw dead()
  const { email } = asked
  const { name, next } = details
  const same = isFrom(details, secret)
  // A hash is dear; whoever has the link may type one weak password after another.
  if (!same) await takeAttempt('signUpPerAddress', limitKeyOf(origin.address))
  const passwordHash = same ? details.passwordHash : await acceptPassword({ name, email, password })
  return db()
    .transaction(async (tx) => {
      if (!(await spendToken(tx, 'sign_up', token))) throw dead()
      const server = { kind: 'system', name: 'server', origin } as const
      const user = await insertUser(tx, server, { email, name, passwordHash, verified: true })
      // It holds the hash of a password, and has served.
      await tx
        .delete(oneTimeTokens)
        .where(and(eq(oneTimeTokens.tokenHash, hashToken(token)), eq(oneTimeTokens.purpose, 'sign_up')))
      return { userId: user.id, sessionId: await startSession(tx, user, origin), next }
    })
    .catch((error: unknown) => {
      if (!isUniqueViolation(error)) throw error
      throw new Failure('conflict', 'There is an account with this address already. Sign in instead.')
    })
}

/** Forgets requests for accounts whose link was not opened in time. */
export async function pruneSignUps(): Promise<void> {
  await db()
    .delete(oneTimeTokens)
    .where(and(eq(oneTimeTokens.purpose, 'sign_up'), sql`${oneTimeTokens.expiresAt} < now()`))
}

function detailsOf({ email, sealedDetails }: typeof oneTimeTokens.$inferSelect): Details | null {
  const text = email && sealedDetails && unseal(sealedDetails, place(email))
  return text ? (JSON.parse(text) as Details) : null
}

const isFrom = ({ browserHash }: Details, secret: string | undefined) =>
  secret !== undefined && hashToken(secret) === browserHash

const dead = () => new Failure('not_found', 'This link was used already or is too old. Sign up again for a new one.')
