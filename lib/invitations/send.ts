import 'server-only'
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { type Database, db, isUniqueViolation } from '@/db'
import { invitations, memberships, users } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials/random'
import { Failure, invalidField } from '@/lib/errors'
import { queueMail } from '@/lib/mail/queue'
import { hashToken } from '@/lib/one-time-tokens'
import { authorize } from '@/lib/projects/authorize'
import { projectName } from '@/lib/projects/find'
import { roleWords } from '@/lib/projects/roles'
import { takeAttempt } from '@/lib/rate-limit'
import { INVITATION_DAYS, type InviteInput } from './input'
import { withdrawOpen } from './withdraw'

/**
 * Invites the owner of an address into a project, by a mail whose link works once, for seven days and for that address
 * alone. A former invitation of the address to the project ends.
 *
 * @throws Failure `not_found`, `forbidden` for roles that may not and for who has not verified their own address,
 *   `validation_failed` for the address of a member, `conflict` for two at once, `rate_limited` past 50 an hour by one person
 *   and 10 a day to one address, `reauthentication_required`
 */
export async function sendInvitation(
  actor: SessionActor,
  projectId: string,
  { email, role }: InviteInput,
): Promise<{ id: string; email: string }> {
  const target = { kind: 'project', id: projectId } as const
  return attempt(actor, { action: 'invitation.sent', target, projectId }, async () => {
    await takeAttempt('invitationsPerPerson', actor.userId)
    await takeAttempt('invitationsPerAddress', email)
    return db()
      .transaction(async (tx) => {
        await authorize(tx, actor, projectId, 'members:write')
        await requireVerified(tx, actor, projectId)
        await refuseMember(tx, projectId, email)
        await withdrawOpen(tx, actor, and(eq(invitations.projectId, projectId), eq(invitations.email, email)))
        const token = randomId(43)
        const [sent] = await tx
          .insert(invitations)
          .values({
            id: randomId(),
            projectId,
            email,
            role,
            tokenHash: hashToken(token),
            createdById: actor.userId,
            expiresAt: sql`now() + make_interval(days => ${INVITATION_DAYS})`,
          })
          .returning()
        if (!sent) throw new Error('an insert gave no row back')
        await recordAudit(tx, actor, {
          action: 'invitation.sent',
          target: { kind: 'invitation', id: sent.id, name: email },
          projectId,
          changes: { role: [null, role] },
        })
        await queueMail(tx, {
          kind: 'invitation',
          to: { email, name: '' },
          path: `/invitations/${token}`,
          project: await projectName(tx, projectId),
          role: roleWords[role].one,
          invitedBy: actor.name,
          expiresAt: sent.expiresAt,
        })
        return { id: sent.id, email }
      })
      .catch((error: unknown) => {
        if (!isUniqueViolation(error)) throw error
        throw new Failure('conflict', 'This address was invited a moment ago. Look at the list below.', { projectId })
      })
  })
}

/** Mail in somebody's name goes to strangers only when it is known whose name that is. */
async function requireVerified(tx: Database, actor: SessionActor, projectId: string): Promise<void> {
  const [verified] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, actor.userId), isNotNull(users.emailVerifiedAt)))
  if (!verified) {
    throw new Failure(
      'forbidden',
      'Verify your own address first, by the link in the mail that was sent to it. Then you can invite others.',
      {
        projectId,
      },
    )
  }
}

async function refuseMember(tx: Database, projectId: string, email: string): Promise<void> {
  const [member] = await tx
    .select({ name: users.name })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.projectId, projectId), eq(users.email, email)))
  if (member) throw invalidField('email', `${member.name} is a member already. Change their role in the list.`)
}
