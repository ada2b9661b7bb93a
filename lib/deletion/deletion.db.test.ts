import { and, eq, isNotNull } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys, invitations, memberships, oauthArtifacts, oneTimeTokens, outbox, projects, users } from '@/db/schema'
import {
  addMember,
  auditOf,
  mailTo,
  makeClient,
  makeGrant,
  makeKey,
  makePerson,
  origin,
  outcome,
  PASSWORD,
  type Person,
  signInAs,
  verdict,
} from '@/db/testing'
import { randomId } from '@/lib/credentials/random'
import { sendInvitation } from '@/lib/invitations/send'
import { createKey } from '@/lib/keys/create'
import { readKey } from '@/lib/keys/get'
import { createKeySchema } from '@/lib/keys/input'
import { takeOverKey } from '@/lib/keys/take-over'
import { queueMail } from '@/lib/mail/queue'
import { sendMail } from '@/lib/mail/send'
import { changeRole } from '@/lib/members/change-role'
import { leaveProject } from '@/lib/members/leave'
import { createProject } from '@/lib/projects/create'
import { findProject } from '@/lib/projects/find'
import { signUp } from '@/lib/users/create'
import { enableUser } from '@/lib/users/enable'
import { searchUsers } from '@/lib/users/search'
import { verifyPerson } from '@/lib/users/sign-in'
import { proveAddress } from '@/lib/users/verify-email'
import { accountTies } from './account-ties'
import { deleteAccount } from './delete-account'
import { deleteProject } from './delete-project'

let ada: Person
let bob: Person

/** Ada's project, with Bob as a developer. */
beforeEach(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
  await addMember(ada.projectId, bob, 'developer')
})

/** As a keyboard writes it. */
const named = { name: " Ada's project" }
const isEnded = async (tokenId: string) =>
  (await db().select().from(oauthArtifacts).where(eq(oauthArtifacts.id, tokenId)))[0]?.endedAt !== null

test('a deleted project takes its keys, apps, grants and invitations with it, and keeps its rows', async () => {
  const { key, secret } = await makeKey({ actor: bob.actor, projectId: ada.projectId })
  const { app } = await makeClient(ada)
  const [own, others] = [
    await makeGrant(bob, (await makeClient(bob)).app, { projectId: ada.projectId }),
    await makeGrant(bob, app),
  ]
  const invitation = await sendInvitation(ada.actor, ada.projectId, { email: 'late@example.com', role: 'owner' })
  ada.actor.origin.narrowedAt = undefined
  await deleteProject(ada.actor, ada.projectId, named)
  expect(ada.actor.origin.narrowedAt).toBeDefined()
  expect(await verdict(secret)).not.toBe('good')
  expect([await isEnded(own.tokenId), await isEnded(others.tokenId)]).toEqual([true, true])
  for (const [id, action] of [
    [key.id, 'key.revoked'],
    [app.id, 'app.disabled'],
    [own.id, 'grant.removed'],
    [others.id, 'grant.removed'],
    [invitation.id, 'invitation.withdrawn'],
    [ada.projectId, 'project.deleted'],
  ] as const) {
    expect((await auditOf(id)).at(-1)).toMatchObject({ action, actorId: ada.user.id })
  }
  const [row] = await db().select().from(invitations).where(eq(invitations.id, invitation.id))
  expect(row?.withdrawnAt).not.toBeNull()
  expect(await outcome(findProject(ada.actor, ada.user.project.slug))).toBe('not_found')
  expect(await outcome(createKey(bob.actor, ada.projectId, createKeySchema.parse({ label: 'Late' })))).toBe('not_found')
  expect(await outcome(deleteProject(ada.actor, ada.projectId, named))).toBe('not_found')
  const [project] = await db().select().from(projects).where(eq(projects.id, ada.projectId))
  expect(project?.slug).toBe(ada.user.project.slug)
})

test('a project is deleted by an owner only, who typed its name', async () => {
  const eve = await makePerson({ name: 'Eve' })
  expect(await outcome(deleteProject(bob.actor, ada.projectId, named))).toBe('forbidden')
  expect(await outcome(deleteProject(eve.actor, ada.projectId, named))).toBe('not_found')
  expect(await outcome(deleteProject(ada.actor, ada.projectId, { name: 'Ada' }))).toBe('validation_failed')
  expect(await findProject(ada.actor, ada.user.project.slug)).toBeDefined()
})

test('of two who delete a project at once one does', async () => {
  await changeRole(ada.actor, ada.projectId, bob.user.id, 'owner')
  const two = await Promise.all([ada, bob].map(({ actor }) => outcome(deleteProject(actor, ada.projectId, named))))
  expect(two.toSorted()).toEqual(['done', 'not_found'])
})

// In the transaction, in a whole step after it, and in one that is not full.
const many = 2_100

async function makeManyKeys(projectId: string, { user }: Person): Promise<string[]> {
  const ids = Array.from({ length: many }, () => randomId())
  const fixed = { projectId, label: 'Many', scopes: [], allowedAddresses: [] }
  const people = { createdById: user.id, responsibleId: user.id }
  await db()
    .insert(apiKeys)
    .values(ids.map((id) => ({ id, ...fixed, ...people })))
  return ids
}

const revokedIn = async (projectId: string) =>
  (
    await db()
      .select({ id: apiKeys.id })
      .from(apiKeys)
      .where(and(eq(apiKeys.projectId, projectId), isNotNull(apiKeys.revokedAt)))
  ).length

test('keys past the first thousand are refused with the others, and revoked right after', async () => {
  const ids = await makeManyKeys(ada.projectId, bob)
  await deleteProject(ada.actor, ada.projectId, named)
  expect(await revokedIn(ada.projectId)).toBe(many)
  expect((await auditOf(ada.projectId)).at(-1)).toMatchObject({ changes: { keys: [many, 0] } })
  expect(await auditOf(ids.at(-1) ?? '')).toMatchObject([{ action: 'key.revoked' }])
})

test('no key outlives the deletion that it was made during', async () => {
  const made = Array.from({ length: 5 }, () =>
    makeKey({ actor: bob.actor, projectId: ada.projectId }).catch(() => null),
  )
  const [keys] = await Promise.all([Promise.all(made), deleteProject(ada.actor, ada.projectId, named)])
  for (const each of keys) if (each) expect(await verdict(each.secret)).not.toBe('good')
})

const confirmed = ({ user }: Person) => ({ email: ` ${user.email.toUpperCase()}`, password: PASSWORD })

test('a deleted account takes its own projects along, leaves the others, and frees its address', async () => {
  const [own, shared] = [await makeKey(bob), await makeKey({ actor: bob.actor, projectId: ada.projectId })]
  const grant = await makeGrant(bob, (await makeClient(ada)).app)
  const elsewhere = await signInAs(bob.user)
  expect(await accountTies(bob.actor)).toMatchObject(
    [
      { projectId: bob.projectId, fate: 'deleted', keys: 1 },
      { projectId: ada.projectId, fate: 'left', keys: 1 },
    ].toSorted((one, other) => (one.projectId === ada.projectId ? -1 : other.projectId === ada.projectId ? 1 : 0)),
  )
  await deleteAccount(bob.actor, confirmed(bob))
  expect([await verdict(own.secret), await verdict(shared.secret)]).toEqual(Array(2).fill('invalid_credentials'))
  expect(await readKey(db(), own.key.id)).toMatchObject({ status: 'revoked' })
  expect(await isEnded(grant.tokenId)).toBe(true)
  expect(await outcome(verifyPerson(origin(), { email: bob.user.email, password: PASSWORD }))).toBe(
    'invalid_credentials',
  )
  expect(await outcome(createKey(elsewhere, bob.projectId, createKeySchema.parse({ label: 'Late' })))).toBe('not_found')
  expect((await auditOf(bob.user.id)).map(({ action }) => action)).toEqual(
    expect.arrayContaining(['member.left', 'user.deleted']),
  )
  expect((await mailTo(bob.user.email)).at(-1)).toMatchObject({ kind: 'account_deleted' })
  const [row] = await db().select().from(users).where(eq(users.id, bob.user.id))
  expect(row).toMatchObject({ name: 'Bob', passwordHash: null, deletedAt: expect.any(Date) })
  const again = await signUp(origin(), { email: bob.user.email, name: 'Bob', password: PASSWORD })
  expect(again.id).not.toBe(bob.user.id)
  await takeOverKey(ada.actor, shared.key.id)
  expect(await verdict(shared.secret)).toBe('good')
  const admin = await makePerson({ isAdmin: true })
  expect(await outcome(enableUser(admin.actor, bob.user.id))).toBe('conflict')
  const listed = await searchUsers(admin.actor, { q: 'Bob', show: 'disabled', limit: 50 })
  expect(listed.data).toMatchObject([{ id: bob.user.id, status: 'deleted', projects: 0, sessions: 0 }])
})

test('of its address nothing is left in links that were used', async () => {
  const email = 'carl@example.com'
  const carl = await signUp(origin(), { email, name: 'Carl', password: PASSWORD })
  const actor = await signInAs(carl)
  await proveAddress(actor, String((await mailTo(email))[0]?.token))
  const before = await db().select().from(oneTimeTokens).where(eq(oneTimeTokens.email, email))
  expect(before).toMatchObject([{ usedAt: expect.any(Date) }])
  await deleteAccount(actor, { email, password: PASSWORD })
  expect(JSON.stringify(await db().select().from(oneTimeTokens))).not.toContain(email)
})

test('an account is deleted by its address, its password, and while nothing hangs on it', async () => {
  expect(await outcome(deleteAccount(bob.actor, { email: ada.user.email, password: PASSWORD }))).toBe(
    'validation_failed',
  )
  expect(await outcome(deleteAccount(bob.actor, { email: bob.user.email, password: 'wrong' }))).toBe(
    'validation_failed',
  )
  expect(await accountTies(ada.actor)).toMatchObject([{ projectId: ada.projectId, fate: 'blocked' }])
  expect(await outcome(deleteAccount(ada.actor, confirmed(ada)))).toBe('conflict')
  expect(await auditOf(ada.user.id, 'refused')).toMatchObject([{ action: 'user.deleted' }])
})

test('of two owners who go at once, one by deleting the account, one stays or the project goes too', async () => {
  const ways = {
    'deletes the account': ({ actor, user }: Person) => deleteAccount(actor, { email: user.email, password: '' }),
    leaves: ({ actor }: Person) => leaveProject(actor, ada.projectId),
    'steps down': ({ actor, user }: Person) => changeRole(actor, ada.projectId, user.id, 'viewer'),
  }
  for (const [how, go] of Object.entries(ways)) {
    ada = await makePerson()
    bob = await makePerson({ name: 'Bob' })
    await addMember(ada.projectId, bob, 'owner')
    // Judging a password would keep them apart, and so would the lock on all admins.
    await db().update(users).set({ passwordHash: null, isAdmin: false })
    await Promise.all([outcome(ways['deletes the account'](ada)), outcome(go(bob))])
    const [project] = await db().select().from(projects).where(eq(projects.id, ada.projectId))
    const left = await db().select().from(memberships).where(eq(memberships.projectId, ada.projectId))
    expect(project?.deletedAt !== null || left.some(({ role }) => role === 'owner'), how).toBe(true)
  }
})

test('of mail to a deleted account nothing is left that says to whom, once it is sent or given up', async () => {
  const { id: userId, name } = bob.user
  const former = 'bob-before@example.com'
  const write = (email: string) =>
    db().transaction((tx) => queueMail(tx, { kind: 'address_changed', newEmail: email, to: { userId, email, name } }))
  const refuse = (email: string) =>
    sendMail(async ({ to }) => {
      if (to.address === email)
        throw Object.assign(new Error(`no ${email} here`), { command: 'RCPT TO', responseCode: 550 })
    })
  await sendInvitation(ada.actor, ada.projectId, { email: 'somebody@example.com', role: 'viewer' })
  await write(former)
  await refuse(former)
  await write(bob.user.email)
  // The mail server has this one while the account is deleted.
  let answer = () => {}
  const answered = new Promise<void>((resolve) => (answer = resolve))
  const sending = sendMail(() => answered)
  const ofBob = () => db().select().from(outbox).where(eq(outbox.userId, userId))
  await expect.poll(async () => (await ofBob()).some(({ attempts, sentAt }) => attempts > 0 && !sentAt)).toBe(true)
  await deleteAccount(bob.actor, confirmed(bob))
  expect((await ofBob()).filter(({ recipient }) => recipient === former)).toEqual([])
  expect((await mailTo(bob.user.email)).map(({ kind }) => kind)).toEqual(['address_changed', 'account_deleted'])
  answer()
  await sending
  const left = await db().select().from(outbox)
  expect((await ofBob()).filter(({ kind }) => kind === 'account_deleted')).toMatchObject([{ sentAt: expect.any(Date) }])
  expect(JSON.stringify(left)).not.toMatch(new RegExp(`${bob.user.email}|${former}`))
  expect(await mailTo('somebody@example.com')).toHaveLength(1)
})

test('keys past the first thousand go with an account too, whichever of its projects they are in', async () => {
  const second = await createProject(bob.actor, { name: 'Second' })
  for (const projectId of [bob.projectId, second.id]) await makeManyKeys(projectId, bob)
  await deleteAccount(bob.actor, confirmed(bob))
  expect([await revokedIn(bob.projectId), await revokedIn(second.id)]).toEqual([many, many])
})

test('the last admin stays', async () => {
  const everyAdmin = await db().select({ id: users.id }).from(users).where(eq(users.isAdmin, true))
  for (const { id } of everyAdmin) await db().update(users).set({ isAdmin: false }).where(eq(users.id, id))
  const admin = await makePerson({ isAdmin: true })
  expect(await outcome(deleteAccount(admin.actor, confirmed(admin)))).toBe('conflict')
})
