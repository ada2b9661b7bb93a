import 'server-only'
import { and, eq, isNull, or, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { memberships, oauthGrants, oneTimeTokens, projects, sessions, users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials/random'
import { Failure, invalidField } from '@/lib/errors'
import { endGrants } from '@/lib/grants/end'
import { forgetMailOf } from '@/lib/mail/forget'
import { queueMail } from '@/lib/mail/queue'
import { leave } from '@/lib/members/leave'
import { narrowing } from '@/lib/narrowing'
import { lockMembers } from '@/lib/projects/lock-members'
import { returnAttempt, takeAttempt } from '@/lib/rate-limit'
import { endWaysIn } from '@/lib/users/end-ways-in'
import { endAllSessions } from '@/lib/users/lock'
import { verifyPassword } from '@/lib/users/passwords'
import { accountTies } from './account-ties'
import { closeProject, REVOKED_WITH_IT, revokeRest } from './close-project'

/**
 * Deletes the actor's account. Projects that are theirs alone are deleted; the others they leave, and the keys that they
 * answer for there are refused until somebody takes them over. Grants and sessions end. The row stays for the history
 * that names it, and the address is free again.
 *
 * @param input.email their address, typed by who means it
 * @param input.password their password; who has none must have signed in recently
 * @throws Failure `validation_failed` for another address or a wrong password, `reauthentication_required`,
 *   `rate_limited`, `conflict` for the last owner of a project with other members and for the last admin
 */
export async function deleteAccount(
  actor: SessionActor,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await attempt(actor, { action: 'user.deleted', target: { kind: 'user', id: actor.userId } }, async () => {
    if (email.trim().toLowerCase() !== actor.email) {
      throw invalidField('email', 'This is not your address. Type it as it stands above.')
    }
    const passwordHash = await judge(actor, password)
    const closed = await narrowing(actor, () =>
      db().transaction(async (tx) => {
        const held = await lockMembers(tx, await projectsOf(tx, actor), [actor.userId])
        await lockSelf(tx, actor, passwordHash)
        const ties = await accountTies(actor, tx)
        const blocked = ties.filter(({ fate }) => fate === 'blocked').map(({ name }) => name)
        if (blocked.length > 0) {
          throw new Failure('conflict', `Make somebody else an owner first: ${blocked.join(', ')}.`)
        }
        let most = REVOKED_WITH_IT
        for (const { projectId, fate } of ties) {
          const own = held.find((member) => member.projectId === projectId && member.userId === actor.userId)
          // Joined since the locks were taken.
          if (!own) throw new Failure('conflict', 'Your projects changed a moment ago. Look again, and try again.')
          if (fate === 'deleted') most -= await closeProject(tx, actor, projectId, most)
          else await leave(tx, actor, own)
        }
        await endGrants(tx, actor, eq(oauthGrants.userId, actor.userId))
        await forget(tx, actor)
        await recordAudit(tx, actor, {
          action: 'user.deleted',
          target: { kind: 'user', id: actor.userId, name: actor.name },
        })
        await queueMail(tx, {
          kind: 'account_deleted',
          to: { userId: actor.userId, email: actor.email, name: actor.name },
        })
        return ties.filter(({ fate }) => fate === 'deleted')
      }),
    )
    for (const { projectId } of closed) await revokeRest(actor, projectId)
  })
}

/** Who it is, once more. Gives the hash that was judged, null for somebody without a password. */
async function judge(actor: SessionActor, password: string): Promise<string | null> {
  const [user] = await db().select({ passwordHash: users.passwordHash }).from(users).where(eq(users.id, actor.userId))
  if (!user?.passwordHash) {
    await requireRecentSignIn(actor)
    return null
  }
  const limitKey = `${actor.email} account page`
  await takeAttempt('signInPerAccountAndAddress', limitKey)
  if (!(await verifyPassword(user.passwordHash, password))) throw invalidField('password', 'This is not your password.')
  await returnAttempt('signInPerAccountAndAddress', limitKey)
  return user.passwordHash
}

async function projectsOf(tx: Database, actor: SessionActor): Promise<string[]> {
  const own = await tx
    .select({ id: projects.id })
    .from(memberships)
    .innerJoin(projects, and(eq(projects.id, memberships.projectId), isNull(projects.deletedAt)))
    .where(eq(memberships.userId, actor.userId))
  return own.map(({ id }) => id)
}

/** Locks the account, and all admins with it, as acts of admins do: of the last two, one stays. */
async function lockSelf(tx: Database, actor: SessionActor, passwordHash: string | null): Promise<void> {
  const held = await tx
    .select({ id: users.id, isAdmin: users.isAdmin, disabledAt: users.disabledAt, passwordHash: users.passwordHash })
    .from(users)
    .where(or(eq(users.id, actor.userId), sql`is_admin`))
    .orderBy(users.id)
    .for('no key update')
  const self = held.find(({ id }) => id === actor.userId)
  const [session] = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.id, actor.sessionId), isNull(sessions.endedAt)))
    .for('share')
  if (!self || self.disabledAt || !session)
    throw new Failure('invalid_credentials', 'You are signed out. Sign in again.')
  if (self.passwordHash !== passwordHash) {
    throw new Failure('conflict', 'The password was changed elsewhere meanwhile. Try again.')
  }
  if (self.isAdmin && !held.some(({ id, isAdmin, disabledAt }) => id !== self.id && isAdmin && !disabledAt)) {
    throw new Failure('conflict', 'You are the last admin of this site. Make somebody else an admin first.')
  }
}

/** Takes away every way to sign in, and frees the address. The name stays beside what the person did. */
async function forget(tx: Database, { userId, email }: SessionActor): Promise<void> {
  await endWaysIn(tx, userId)
  // Those that were used name an address too.
  await tx
    .update(oneTimeTokens)
    .set({ usedAt: sql`coalesce(${oneTimeTokens.usedAt}, now())`, email: null })
    .where(eq(oneTimeTokens.userId, userId))
  await endAllSessions(tx, userId)
  await forgetMailOf(tx, { userId, email })
  await tx
    .update(users)
    .set({
      // `.invalid` never resolves (RFC 6761, 6.4). Random, so that nobody can have taken it before to prevent this.
      email: `${randomId().toLowerCase()}@deleted.invalid`,
      passwordHash: null,
      emailVerifiedAt: null,
      isAdmin: false,
      deletedAt: sql`now()`,
      disabledAt: sql`now()`,
    })
    .where(eq(users.id, userId))
}
