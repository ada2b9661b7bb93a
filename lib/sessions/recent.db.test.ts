import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { sessions } from '@/db/schema'
import { addMember, auditOf, cli, makeKey, makePerson, outcome, PASSWORD, type Person, signInAs } from '@/db/testing'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { deleteProject } from '@/lib/deletion/delete-project'
import { sendInvitation } from '@/lib/invitations/send'
import { changeRole } from '@/lib/members/change-role'
import { removeMember } from '@/lib/members/remove'
import type { Role } from '@/lib/projects/roles'
import { confirmByPassword } from '@/lib/users/confirm'
import { makeAdmin } from '@/lib/users/make-admin'
import { removeAdmin } from '@/lib/users/remove-admin'

let ada: Person

beforeEach(async () => {
  ada = await makePerson({ isAdmin: true })
})

const signedInAgo = (minutes: number) =>
  db()
    .update(sessions)
    .set({ authenticatedAt: sql`now() - make_interval(mins => ${minutes})` })
    .where(eq(sessions.id, ada.actor.sessionId))

test('a sign-in is recent for 15 minutes, and again after the password', async () => {
  await signedInAgo(14)
  expect(await outcome(requireRecentSignIn(ada.actor))).toBe('done')
  await signedInAgo(15)
  expect(await outcome(requireRecentSignIn(ada.actor))).toBe('reauthentication_required')
  expect(await outcome(confirmByPassword(ada.actor, 'not my password at all'))).toBe('validation_failed')
  expect(await outcome(requireRecentSignIn(ada.actor))).toBe('reauthentication_required')
  await confirmByPassword(ada.actor, PASSWORD)
  expect(await outcome(requireRecentSignIn(ada.actor))).toBe('done')
  expect((await auditOf(ada.user.id)).at(-1)).toMatchObject({
    action: 'session.confirmed',
    changes: { proof: [null, 'password'] },
  })
})

test('confirming makes one session recent, not the others, and not one that has ended', async () => {
  const elsewhere = await signInAs(ada.user)
  await signedInAgo(20)
  await confirmByPassword(elsewhere, PASSWORD)
  expect(await outcome(requireRecentSignIn(ada.actor))).toBe('reauthentication_required')
  await db().update(sessions).set({ endedAt: new Date() }).where(eq(sessions.id, ada.actor.sessionId))
  expect(await outcome(confirmByPassword(ada.actor, PASSWORD))).toBe('conflict')
  expect(await outcome(requireRecentSignIn(elsewhere))).toBe('done')
  await db().update(sessions).set({ endedAt: new Date() }).where(eq(sessions.id, elsewhere.sessionId))
  expect(await outcome(requireRecentSignIn(elsewhere))).toBe('invalid_credentials')
})

test('grave acts ask for it: who is an owner, who is in a project, and whether there is one', async () => {
  const bob = await makePerson({ name: 'Bob' })
  await addMember(ada.projectId, bob, 'viewer')
  await signedInAgo(16)
  const invite = (email: string, role: Role) => sendInvitation(ada.actor, ada.projectId, { email, role })
  expect(await outcome(invite('owner@example.com', 'owner'))).toBe('reauthentication_required')
  expect(await outcome(invite('viewer@example.com', 'viewer'))).toBe('reauthentication_required')
  expect(await outcome(changeRole(ada.actor, ada.projectId, bob.user.id, 'owner'))).toBe('reauthentication_required')
  const remove = () => outcome(removeMember(ada.actor, ada.projectId, bob.user.id, { keys: 'keep' }))
  const end = () => outcome(deleteProject(ada.actor, ada.projectId, { name: 'Ada’s project' }))
  expect([await remove(), await end()]).toEqual(['reauthentication_required', 'reauthentication_required'])
  await confirmByPassword(ada.actor, PASSWORD)
  expect([await remove(), await end()]).toEqual(['done', 'done'])
})

test('grave acts ask for it: keys that manage keys, and who is an admin', async () => {
  const bob = await makePerson({ name: 'Bob' })
  await signedInAgo(16)
  expect(await outcome(makeKey(ada, { scopes: ['keys:write'] }))).toBe('reauthentication_required')
  expect(await outcome(makeKey(ada, { scopes: ['keys:read'] }))).toBe('done')
  expect(await outcome(makeAdmin(ada.actor, bob.user.id))).toBe('reauthentication_required')
  expect(await outcome(makeAdmin(cli(), bob.user.id))).toBe('done')
  expect(await outcome(removeAdmin(ada.actor, bob.user.id))).toBe('reauthentication_required')
  // Nothing was forbidden, so nothing is written down as a refusal.
  expect(await auditOf(bob.user.id, 'refused')).toEqual([])
})
