import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db, isUniqueViolation } from '@/db'
import { invitations, memberships, projects, users } from '@/db/schema'
import type { Actor, Origin, SessionActor } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure, invalidField } from '@/lib/errors'
import { hashToken } from '@/lib/one-time-tokens'
import { readPolicy } from '@/lib/policy/read'
import { authorizeSelf } from '@/lib/projects/authorize'
import { takeAttempt } from '@/lib/rate-limit'
import { acceptPassword, insertUser, type NewUser } from '@/lib/users/create'
import { stands } from './standing'

/**
 * Makes the actor a member, by the link of an invitation to their own address, which coming with it proves. Of two at
 * once one wins.
 *
 * @returns the slug of the project
 * @throws Failure `not_found` for a link that was used or withdrawn or is too old, `forbidden` for somebody with another
 *   address, `conflict` for a member
 */
export async function acceptInvitation(actor: SessionActor, token: string): Promise<{ slug: string }> {
  const sent = await placeOf(token)
  const target = { kind: 'invitation', id: sent?.id ?? 'unknown' } as const
  return attempt(actor, { action: 'invitation.accepted', target, projectId: sent?.projectId }, () =>
    db().transaction(async (tx) => {
      const invitation = await holdInvitation(tx, token)
      const self = await authorizeSelf(tx, actor)
      if (self.email !== invitation.email) {
        throw new Failure(
          'forbidden',
          `This invitation is for ${invitation.email}, and you are signed in as ${actor.email}. Sign in with that address.`,
        )
      }
      await tx
        .update(users)
        .set({ emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, now())` })
        .where(eq(users.id, actor.userId))
      return join(tx, actor, invitation, { id: actor.userId, name: actor.name })
    }),
  )
}

/**
 * Makes an account with the address that an invitation was sent to, and the person a member: where sign-up is by
 * invitation only, this is the one way in. The address counts as verified. Signing in is a step of its own.
 *
 * @throws Failure `not_found` for a link that does not work, `forbidden` when sign-up is closed, `validation_failed` for a
 *   weak password or a taken address, `rate_limited`
 */
export async function signUpByInvitation(
  origin: Origin,
  { token, name, password }: { token: string; name: string; password: string },
): Promise<NewUser & { slug: string }> {
  const { signUp } = await readPolicy()
  if (signUp === 'closed') throw new Failure('forbidden', 'Sign-up is closed here. Ask an admin for an account.')
  await takeAttempt('signUpPerAddress', limitKeyOf(origin.address))
  const [sent] = await db()
    .select({ email: invitations.email })
    .from(invitations)
    .where(and(eq(invitations.tokenHash, hashToken(token)), stands(db())))
  if (!sent) throw refusal()
  const passwordHash = await acceptPassword({ email: sent.email, name, password })
  return db()
    .transaction(async (tx) => {
      const invitation = await holdInvitation(tx, token)
      const server: Actor = { kind: 'system', name: 'server', origin }
      const user = await insertUser(tx, server, { email: invitation.email, name, passwordHash, verified: true })
      await tx.update(users).set({ lastProjectId: invitation.projectId }).where(eq(users.id, user.id))
      const { slug } = await join(tx, { ...server, asUserId: user.id }, invitation, user)
      return { ...user, slug }
    })
    .catch((error: unknown) => {
      if (!isUniqueViolation(error)) throw error
      // Perhaps made by somebody else: then its owner comes into it by the link to set a password.
      throw invalidField(
        'email',
        'There is an account with this address already. Sign in to accept. If the password is not yours, choose “Forgot your password?” there, then open this invitation again.',
      )
    })
}

type Row = typeof invitations.$inferSelect

/** The invitation while it stands, and the membership of whoever sent it, so that it cannot end meanwhile. */
async function holdInvitation(tx: Database, token: string): Promise<Row> {
  const sent = await placeOf(token, tx)
  if (!sent) throw refusal()
  await tx
    .select({ userId: memberships.userId })
    .from(memberships)
    .innerJoin(users, and(eq(users.id, memberships.userId), isNull(users.disabledAt)))
    .innerJoin(projects, eq(projects.id, memberships.projectId))
    .where(and(eq(memberships.projectId, sent.projectId), eq(memberships.userId, sent.createdById)))
    // Not their account: two who accept each other's invitations would wait for each other.
    .for('share', { of: [memberships, projects] })
  // A statement of its own, begun under the lock: it sees what was done while the first one waited for it.
  const [invitation] = await tx
    .select()
    .from(invitations)
    .where(and(eq(invitations.id, sent.id), stands(tx)))
  if (!invitation) throw refusal()
  return invitation
}

async function placeOf(token: string, tx: Database = db()): Promise<Row | undefined> {
  const [row] = await tx
    .select()
    .from(invitations)
    .where(eq(invitations.tokenHash, hashToken(token)))
  return row
}

async function join(
  tx: Database,
  actor: Actor,
  { id, projectId, email, role }: Row,
  person: { id: string; name: string },
): Promise<{ slug: string }> {
  const [used] = await tx
    .update(invitations)
    .set({ acceptedAt: sql`now()`, acceptedById: person.id })
    .where(and(eq(invitations.id, id), stands(tx)))
    .returning({ id: invitations.id })
  if (!used) throw refusal()
  const [joined] = await tx
    .insert(memberships)
    .values({ projectId, userId: person.id, role })
    .onConflictDoNothing()
    .returning({ userId: memberships.userId })
  if (!joined) throw new Failure('conflict', 'You are a member of this project already.')
  await recordAudit(tx, actor, {
    action: 'invitation.accepted',
    target: { kind: 'invitation', id, name: email },
    projectId,
    changes: { person: [null, person.name], role: [null, role] },
  })
  const [project] = await tx.select({ slug: projects.slug }).from(projects).where(eq(projects.id, projectId))
  return { slug: project?.slug ?? '' }
}

const refusal = () =>
  new Failure('not_found', 'This invitation was used or withdrawn, or is too old. Ask for another one.')
