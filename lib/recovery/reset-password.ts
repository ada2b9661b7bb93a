import 'server-only'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { users } from '@/db/schema'
import type { Origin, SystemActor } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { recordAudit } from '@/lib/audit/record'
import { Failure, invalidField } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { narrowing } from '@/lib/narrowing'
import { endTokens, issueToken, readToken, spendToken } from '@/lib/one-time-tokens'
import { mayAttempt, takeAttempt } from '@/lib/rate-limit'
import { placeOf } from '@/lib/sessions/device'
import { hasSecondFactor } from '@/lib/sessions/second-factor'
import { endAllSessions } from '@/lib/users/lock'
import { checkPassword, hashPassword } from '@/lib/users/passwords'
import { type Claimed, claimAddress, type KeyDecisions, listUndecided, type UndecidedKey } from './claim-address'

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
  // Nobody's mailbox is filled by others. Counted for unknown addresses too.
  if (!(await mayAttempt('resetsPerAccount', email))) return
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

/** What a link to set a password would do. `keys` is null where the address was proved before. */
export interface Reset {
  email: string
  keys: { listed: UndecidedKey[]; others: number } | null
}

/** Whose password a link would set, while it works; else null. Uses nothing up. */
export async function readReset(token: string): Promise<Reset | null> {
  const row = await readToken('reset_password', token)
  if (!row?.email || !row.userId) return null
  const [user] = await db().select({ provedAt: users.emailVerifiedAt }).from(users).where(eq(users.id, row.userId))
  if (!user) return null
  return { email: row.email, keys: user.provedAt ? null : await listUndecided(row.userId) }
}

/**
 * Sets a new password by a link that was sent to the person, which proves their address too. All their sessions end, as
 * do all other links that lead into the account; signing in is a step of its own. If nobody had proved the address,
 * everything that was made until then ends too (`claimAddress`), but for the keys that the person keeps.
 *
 * @param input.keys what becomes of the keys that `readReset` listed
 * @throws Failure `not_found` for a link that was used or is too old; `validation_failed` for a weak password and
 *   `conflict` for a key without a decision: the link then still works
 */
export async function resetPassword(
  origin: Origin,
  { token, newPassword, keys = UNDECIDED }: { token: string; newPassword: string; keys?: KeyDecisions },
): Promise<void> {
  const user = await personOf(token)
  const steps = { secondFactor: user.emailVerifiedAt !== null && (await hasSecondFactor(db(), user.id)) }
  const reason = checkPassword(newPassword, user, steps)
  if (reason) throw invalidField('newPassword', reason)
  const passwordHash = await hashPassword(newPassword, steps)
  const actor = asPerson(origin, user.id)
  await narrowing(
    actor,
    () => db().transaction((tx) => setPassword(tx, actor, user, { token, passwordHash, keys })),
    (claimed) => claimed !== null,
  )
}

const UNDECIDED: KeyDecisions = { fates: new Map(), others: null }

/** Returns what ended because the address was proved for the first time; null when it had been. */
async function setPassword(
  tx: Database,
  actor: SystemActor,
  user: typeof users.$inferSelect,
  { token, passwordHash, keys }: { token: string; passwordHash: string; keys: KeyDecisions },
): Promise<Claimed | null> {
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
  if (!held || changed.length === 0) throw dead()
  for (const purpose of ['reset_password', 'verify_email'] as const) await endTokens(tx, purpose, user.id)
  const sessions = await endAllSessions(tx, user.id)
  const claimed = held.emailVerifiedAt ? null : await claimAddress(tx, actor, user.id, keys)
  const target = { kind: 'user', id: user.id, name: user.name } as const
  if (claimed) await recordAudit(tx, actor, { action: 'user.email_verified', target })
  await recordAudit(tx, actor, {
    action: 'user.password_reset',
    target,
    changes: { sessions: [null, sessions], ...(claimed && asChanges(claimed)) },
  })
  const to = { userId: user.id, email: user.email, name: user.name }
  await queueMail(tx, { kind: 'password_changed', to, byReset: true, ...placeOf(actor.origin) })
  if (claimed && Object.values(claimed).some((count) => count > 0)) {
    await queueMail(tx, { kind: 'second_factor_changed', to, what: told(claimed), ...placeOf(actor.origin) })
  }
  return claimed
}

/** What ended is written as gone; keys that were kept are only counted. */
const asChanges = ({ keysKept, ...ended }: Claimed): Record<string, [number | null, number | null]> => ({
  ...Object.fromEntries(
    Object.entries(ended).flatMap(([what, count]): [string, [number, null]][] =>
      count ? [[what, [count, null]]] : [],
    ),
  ),
  ...(keysKept > 0 && { keysKept: [keysKept, keysKept] }),
})

function told({ keysKept, keysRevoked }: Claimed): string {
  const keys = [
    keysRevoked > 0 && `${keysRevoked} ${keysRevoked === 1 ? 'key was' : 'keys were'} revoked.`,
    keysKept > 0 && `${keysKept} ${keysKept === 1 ? 'key goes' : 'keys go'} on working, as you chose.`,
  ].filter(Boolean)
  return [
    'Nobody had proved this address before. Everything that was made in the account until then has ended: passkeys, authenticator app, recovery codes, linked accounts, access that apps had, apps registered in the account, and invitations.',
    ...keys,
  ].join(' ')
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
