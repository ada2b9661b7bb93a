import 'server-only'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, users } from '@/db/schema'
import type { Origin, SystemActor } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { recordAudit } from '@/lib/audit/record'
import { Failure, invalidField, isFailure } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { endTokens, issueToken, readToken, spendToken } from '@/lib/one-time-tokens'
import { takeAttempt } from '@/lib/rate-limit'
import { placeOf } from '@/lib/sessions/device'
import { hasSecondFactor } from '@/lib/sessions/second-factor'
import { endWaysIn } from './end-ways-in'
import { endAllSessions } from './lock'
import { checkPassword, hashPassword } from './passwords'

const RESET_MINUTES = 30

/** How long an answer takes, in ms: longer than writing a mail does, so that time does not tell which addresses are known. */
const ANSWER_MS = 400

/**
 * Sends the person of an address a link to set a new password; earlier links stop working. For an unknown address, a
 * disabled account or a sixth mail in a quarter of an hour nothing is sent, and nobody can tell.
 *
 * @throws Failure `rate_limited` past twenty in a quarter of an hour from one client address
 */
export async function requestReset(origin: Origin, email: string): Promise<void> {
  await takeAttempt('resetsPerAddress', limitKeyOf(origin.address))
  await Promise.all([sendLink(origin, email), sleep(ANSWER_MS)])
}

async function sendLink(origin: Origin, email: string): Promise<void> {
  if (!(await mayBeSent(email))) return
  await db().transaction(async (tx) => {
    const [user] = await tx
      .select()
      .from(users)
      .where(and(eq(users.email, email), isNull(users.disabledAt), isNull(users.deletedAt)))
      // Of two at once the second ends the link of the first.
      .for('no key update')
    if (!user) return
    await endTokens(tx, 'reset_password', user.id)
    const token = await issueToken(tx, 'reset_password', RESET_MINUTES, { userId: user.id, email })
    await queueMail(tx, {
      kind: 'reset_password',
      to: { userId: user.id, email, name: user.name },
      token,
      minutes: RESET_MINUTES,
    })
    await recordAudit(tx, asPerson(origin, user.id), {
      action: 'user.reset_requested',
      target: { kind: 'user', id: user.id, name: user.name },
    })
  })
}

/** Nobody's mailbox is filled by others. Counted for unknown addresses too. */
async function mayBeSent(email: string): Promise<boolean> {
  try {
    await takeAttempt('resetsPerAccount', email)
    return true
  } catch (error) {
    if (isFailure(error)) return false
    throw error
  }
}

/** Whose password a link would set, while it works; else null. Uses nothing up. */
export async function readReset(token: string): Promise<{ email: string } | null> {
  const row = await readToken('reset_password', token)
  return row?.email ? { email: row.email } : null
}

/**
 * Sets a new password by a link that was sent to the person, which proves their address too. All their sessions end, as
 * do all other links that lead into the account; signing in is a step of its own. If nobody had proved the address, all
 * other ways in end too: whoever made the account may have added them to get into it later.
 *
 * @throws Failure `not_found` for a link that was used or is too old, `validation_failed` for a weak password: the link
 *   then still works
 */
export async function resetPassword(
  origin: Origin,
  { token, newPassword }: { token: string; newPassword: string },
): Promise<void> {
  const user = await personOf(token)
  const steps = { secondFactor: user.emailVerifiedAt !== null && (await hasSecondFactor(db(), user.id)) }
  const reason = checkPassword(newPassword, user, steps)
  if (reason) throw invalidField('newPassword', reason)
  const passwordHash = await hashPassword(newPassword, steps)
  await db().transaction(async (tx) => {
    // Before the token, which whoever ends the account's links waits for.
    const [held] = await tx.select().from(users).where(eq(users.id, user.id)).for('no key update')
    const row = await spendToken(tx, 'reset_password', token)
    const changed = await tx
      .update(users)
      .set({ passwordHash, emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, now())` })
      .where(
        and(
          eq(users.id, row?.userId ?? ''),
          eq(users.email, row?.email ?? ''),
          isNull(users.disabledAt),
          isNull(users.deletedAt),
        ),
      )
      .returning({ id: users.id })
    if (changed.length === 0) throw dead()
    await endTokens(tx, 'reset_password', user.id)
    const sessions = await endAllSessions(tx, user.id)
    const ended = held?.emailVerifiedAt ? null : await endWaysIn(tx, user.id)
    await recordAudit(tx, asPerson(origin, user.id), {
      action: 'user.password_reset',
      target: { kind: 'user', id: user.id, name: user.name },
      changes: {
        sessions: [null, sessions],
        ...(ended?.factors && { factors: [ended.factors, null] }),
        ...(ended?.identities && { identities: [ended.identities, null] }),
      },
    })
    const to = { userId: user.id, email: user.email, name: user.name }
    await queueMail(tx, { kind: 'password_changed', to, byReset: true, ...placeOf(origin) })
    const keys = ended
      ? await tx.$count(apiKeys, and(eq(apiKeys.responsibleId, user.id), isNull(apiKeys.revokedAt)))
      : 0
    if (ended?.factors || ended?.identities || keys > 0) {
      // Keys go on working, since most often it was the same person who never opened the first mail.
      const what =
        'Nobody had proved this address before. What was added until then to sign in with was removed: passkeys, authenticator app, recovery codes, linked accounts. Keys that were made until then go on working: revoke those that are not yours.'
      await queueMail(tx, { kind: 'second_factor_changed', to, what, ...placeOf(origin) })
    }
  })
}

async function personOf(token: string) {
  const row = await readToken('reset_password', token)
  const [user] = await db()
    .select()
    .from(users)
    .where(eq(users.id, row?.userId ?? ''))
  if (!user) throw dead()
  return user
}

const asPerson = (origin: Origin, userId: string): SystemActor => ({
  kind: 'system',
  name: 'server',
  asUserId: userId,
  origin,
})

const dead = () => new Failure('not_found', 'This link was used already or is too old. Ask for a new one.')
