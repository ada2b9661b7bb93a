import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { invitations, memberships, users } from '@/db/schema'
import { addMember, auditOf, mailTo, makePerson, origin, outcome, PASSWORD, type Person } from '@/db/testing'
import { changeRole } from '@/lib/members/change-role'
import { findProject } from '@/lib/projects/find'
import { requestReset, resetPassword } from '@/lib/recovery/reset-password'
import { forget } from '@/lib/runtime'
import { encodeSession, readSession } from '@/lib/session'
import { signUp } from '@/lib/users/create'
import { signIn, verifyPerson } from '@/lib/users/sign-in'
import { acceptInvitation, signUpByInvitation } from './accept'
import { inviteSchema } from './input'
import { listInvitations } from './list'
import { readInvitation } from './read'
import { sendInvitation } from './send'
import { withdrawInvitation } from './withdraw'

let ada: Person
let bob: Person
let strangers = 0

beforeEach(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

const newAddress = () => `stranger${++strangers}@example.com`

/** Sends an invitation to Ada's project, and takes the token out of the mail. */
async function invite(email: string, role = 'developer', by = ada, projectId = ada.projectId) {
  const { id } = await sendInvitation(by.actor, projectId, inviteSchema.parse({ email, role }))
  const token = /\/invitations\/(\w+)/.exec((await mailTo(email.trim().toLowerCase())).at(-1)?.text ?? '')?.[1] ?? ''
  return { id, token }
}

const roleOf = async (person: { id: string }, projectId = ada.projectId) =>
  (
    await db()
      .select()
      .from(memberships)
      .where(sql`${memberships.userId} = ${person.id} and ${memberships.projectId} = ${projectId}`)
  )[0]?.role

test('an invitation is mailed, read, accepted once by its address, and written down', async () => {
  const { id, token } = await invite(` ${bob.user.email.toUpperCase()} `)
  expect(token).toHaveLength(43)
  expect(await readInvitation(token)).toMatchObject({ email: bob.user.email, role: 'developer', invitedBy: 'Ada' })
  expect(await listInvitations(ada.actor, ada.projectId)).toMatchObject([{ id, email: bob.user.email, works: true }])
  const stored = await db().select().from(invitations).where(eq(invitations.id, id))
  expect(JSON.stringify(stored)).not.toContain(token)
  const { slug } = await acceptInvitation(bob.actor, token)
  expect(await findProject(bob.actor, slug)).toMatchObject({ id: ada.projectId, role: 'developer' })
  const [user] = await db().select().from(users).where(eq(users.id, bob.user.id))
  expect(user?.emailVerifiedAt).not.toBeNull()
  expect(await outcome(acceptInvitation(bob.actor, token))).toBe('not_found')
  expect(await readInvitation(token)).toBeNull()
  expect(await listInvitations(ada.actor, ada.projectId)).toEqual([])
  expect((await auditOf(id)).map(({ action, actorId, changes }) => [action, actorId, changes])).toEqual([
    ['invitation.sent', ada.user.id, { role: [null, 'developer'] }],
    ['invitation.accepted', bob.user.id, { person: [null, 'Bob'], role: [null, 'developer'] }],
  ])
})

test('threat 40: of five who accept at once one succeeds', async () => {
  const { token } = await invite(bob.user.email)
  const five = await Promise.all(Array.from({ length: 5 }, () => outcome(acceptInvitation(bob.actor, token))))
  expect(five.toSorted()).toEqual(['done', ...Array(4).fill('not_found')])
})

test('two who accept each other’s invitations at once do not stand in each other’s way', async () => {
  for (let round = 0; round < 8; round++) {
    const [one, other] = [await makePerson(), await makePerson()]
    const theirs = await invite(one.user.email, 'viewer', other, other.projectId)
    const ours = await invite(other.user.email, 'viewer', one, one.projectId)
    const both = [acceptInvitation(one.actor, theirs.token), acceptInvitation(other.actor, ours.token)]
    expect(await Promise.all(both.map(outcome))).toEqual(['done', 'done'])
  }
})

test('threat 40: an invitation is of no use to somebody else, after withdrawal, and after seven days', async () => {
  const { id, token } = await invite(bob.user.email)
  const eve = await makePerson({ name: 'Eve' })
  expect(await outcome(acceptInvitation(eve.actor, token))).toBe('forbidden')
  expect(await auditOf(id, 'refused')).toMatchObject([{ action: 'invitation.accepted', actorId: eve.user.id }])
  expect(await roleOf(eve.user)).toBeUndefined()
  expect(await outcome(withdrawInvitation(eve.actor, id))).toBe('not_found')
  await withdrawInvitation(ada.actor, id)
  expect(await outcome(withdrawInvitation(ada.actor, id))).toBe('conflict')
  expect(await outcome(acceptInvitation(bob.actor, token))).toBe('not_found')
  const second = await invite(bob.user.email)
  await db().update(invitations).set({ expiresAt: sql`now()` }).where(eq(invitations.id, second.id))
  expect(await outcome(acceptInvitation(bob.actor, second.token))).toBe('not_found')
  expect(await listInvitations(ada.actor, ada.projectId)).toMatchObject([{ id: second.id, works: false }])
  expect(await roleOf(bob.user)).toBeUndefined()
})

test('inviting an address again ends its former invitation, and members are not invited', async () => {
  const [first, second] = [await invite(bob.user.email, 'owner'), await invite(bob.user.email, 'viewer')]
  expect(await outcome(acceptInvitation(bob.actor, first.token))).toBe('not_found')
  await acceptInvitation(bob.actor, second.token)
  expect(await roleOf(bob.user)).toBe('viewer')
  expect(await outcome(invite(bob.user.email, 'owner'))).toBe('validation_failed')
  expect(await outcome(invite(ada.user.email, 'owner'))).toBe('validation_failed')
})

test('only owners with an address of their own invite', async () => {
  const [developer, viewer, unproved] = [bob, await makePerson(), await makePerson({ verified: false })]
  await addMember(ada.projectId, developer, 'developer')
  await addMember(ada.projectId, viewer, 'viewer')
  await addMember(ada.projectId, unproved, 'owner')
  for (const person of [developer, viewer]) {
    expect(await outcome(invite(newAddress(), 'owner', person))).toBe('forbidden')
    expect(await listInvitations(person.actor, ada.projectId)).toEqual([])
  }
  await expect(invite(newAddress(), 'viewer', unproved)).rejects.toThrow(/Verify your own address/)
  expect(await outcome(invite(newAddress(), 'owner', await makePerson()))).toBe('not_found')
})

test('an invitation ends with the standing of who sent it', async () => {
  const grace = await makePerson({ name: 'Grace' })
  await addMember(ada.projectId, grace, 'owner')
  const { token } = await invite(bob.user.email, 'owner', grace)
  await changeRole(ada.actor, ada.projectId, grace.user.id, 'viewer')
  expect(await readInvitation(token)).toBeNull()
  expect(await outcome(acceptInvitation(bob.actor, token))).toBe('not_found')
})

test('signing up from an invitation makes a member whose address counts as verified, once', async () => {
  const email = newAddress()
  const { token } = await invite(email, 'viewer')
  const sign = (password = PASSWORD) => signUpByInvitation(origin(), { token, name: 'New', password })
  expect(await outcome(sign('short'))).toBe('validation_failed')
  const results = await Promise.all([outcome(sign()), outcome(sign())])
  expect(results.toSorted()[0]).toBe('done')
  const person = await verifyPerson(origin(), { email, password: PASSWORD })
  expect(await roleOf({ id: person.userId })).toBe('viewer')
  const [user] = await db().select().from(users).where(eq(users.id, person.userId))
  expect(user).toMatchObject({ lastProjectId: ada.projectId, emailVerifiedAt: expect.any(Date) })
  expect(await outcome(sign())).toBe('not_found')
})

test('where sign-up is by invitation an account comes from an invitation only, and not at all where it is closed', async () => {
  const { token } = await invite(newAddress())
  try {
    process.env.SIGN_UP = 'closed'
    forget('env')
    await expectSignUp(token, 'forbidden')
    process.env.SIGN_UP = 'invite'
    forget('env')
    await expectSignUp('0'.repeat(43), 'not_found')
    const email = newAddress()
    expect(await outcome(signUp(origin(), { email, name: 'New', password: PASSWORD }))).toBe('forbidden')
    await expectSignUp(token, 'done')
  } finally {
    delete process.env.SIGN_UP
    forget('env')
  }
})

const expectSignUp = async (token: string, expected: string) =>
  expect(await outcome(signUpByInvitation(origin(), { token, name: 'New', password: PASSWORD }))).toBe(expected)

test('threat 66: whose address somebody else has signed up with gets in by a new password, and accepts', async () => {
  const email = newAddress()
  const eve = await signUp(origin({ address: '198.51.100.66' }), { name: 'Eve', email, password: PASSWORD })
  const { token } = await invite(email)
  const refused = signUpByInvitation(origin(), { token, name: 'Vic', password: PASSWORD })
  await expect(refused).rejects.toMatchObject({ errors: { email: [expect.stringContaining('Forgot your password?')] } })
  await requestReset(origin({ address: '198.51.100.67' }), email)
  const newPassword = 'nine quiet badgers paint fences'
  await resetPassword(origin(), { token: String((await mailTo(email)).at(-1)?.token), newPassword })
  const { sessionId, userId } = await signIn(origin(), { email, password: newPassword })
  const vic = await readSession(await encodeSession(sessionId, userId), origin())
  if (!vic) throw new Error('nobody is signed in')
  await acceptInvitation(vic, token)
  expect(await roleOf(eve)).toBe('developer')
})
