import { and, eq } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { memberships, oauthArtifacts, oauthClients } from '@/db/schema'
import {
  addMember,
  auditOf,
  cli,
  keyActor,
  mailTo,
  makeClient,
  makeGrant,
  makeKey,
  makePerson,
  outcome,
  PASSWORD,
  type Person,
  verdict,
} from '@/db/testing'
import { readApp } from '@/lib/apps/get'
import { takeOverApp } from '@/lib/apps/take-over'
import { invitedSignUpSchema } from '@/lib/invitations/input'
import { listInvitations } from '@/lib/invitations/list'
import { sendInvitation } from '@/lib/invitations/send'
import { createKey } from '@/lib/keys/create'
import { readKey } from '@/lib/keys/get'
import { createKeySchema } from '@/lib/keys/input'
import { takeOverKey } from '@/lib/keys/take-over'
import { projectSchema } from '@/lib/projects/input'
import { disableUser } from '@/lib/users/disable'
import { signUpSchema } from '@/lib/users/input'
import { changeRole } from './change-role'
import { roleSchema } from './input'
import { leaveProject } from './leave'
import { listMembers } from './list'
import { removeMember } from './remove'

let ada: Person
let bob: Person

/** Ada's project, with Bob as a developer. */
beforeEach(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
  await addMember(ada.projectId, bob, 'developer')
})

const bobsKey = (fields = {}) => makeKey({ actor: bob.actor, projectId: ada.projectId }, fields)

const roleOf = async ({ user }: Person) =>
  (
    await db()
      .select()
      .from(memberships)
      .where(and(eq(memberships.userId, user.id), eq(memberships.projectId, ada.projectId)))
  )[0]?.role

const latestMail = async ({ user }: Person) => (await mailTo(user.email)).at(-1)

test('a role is changed by an owner, told, and in force for sessions and keys at once', async () => {
  const { secret } = await bobsKey({ scopes: ['keys:read', 'keys:write'] })
  await changeRole(ada.actor, ada.projectId, bob.user.id, 'viewer')
  expect(await roleOf(bob)).toBe('viewer')
  expect((await keyActor(secret)).scopes).toEqual(['keys:read'])
  const input = createKeySchema.parse({ label: 'Late' })
  await expect(createKey(bob.actor, ada.projectId, input)).rejects.toThrow(
    /only an owner or a developer may create, change and revoke keys/,
  )
  expect((await auditOf(bob.user.id)).at(-1)).toMatchObject({
    action: 'member.role_changed',
    actorId: ada.user.id,
    projectId: ada.projectId,
    changes: { role: ['developer', 'viewer'] },
  })
  expect(await latestMail(bob)).toMatchObject({ kind: 'role_changed' })
  expect(await outcome(changeRole(ada.actor, ada.projectId, bob.user.id, 'viewer'))).toBe('conflict')
})

test('a demotion is waited for, and a promotion is not', async () => {
  ada.actor.origin.narrowedAt = undefined
  await changeRole(ada.actor, ada.projectId, bob.user.id, 'owner')
  expect(ada.actor.origin.narrowedAt).toBeUndefined()
  await changeRole(ada.actor, ada.projectId, bob.user.id, 'developer')
  expect(ada.actor.origin.narrowedAt).toBeDefined()
})

test('threat 37: nobody changes roles who may not, their own neither, and the try is written down', async () => {
  const eve = await makePerson({ name: 'Eve' })
  expect(await outcome(changeRole(bob.actor, ada.projectId, bob.user.id, 'owner'))).toBe('forbidden')
  expect(await outcome(removeMember(bob.actor, ada.projectId, ada.user.id, { keys: 'revoke' }))).toBe('forbidden')
  expect(await outcome(changeRole(eve.actor, ada.projectId, bob.user.id, 'viewer'))).toBe('not_found')
  expect(await outcome(changeRole(ada.actor, ada.projectId, eve.user.id, 'viewer'))).toBe('not_found')
  expect(await outcome(removeMember(eve.actor, ada.projectId, bob.user.id, { keys: 'revoke' }))).toBe('not_found')
  expect(await outcome(leaveProject(eve.actor, ada.projectId))).toBe('not_found')
  expect(await auditOf(bob.user.id, 'refused')).toMatchObject([
    { action: 'member.role_changed', projectId: ada.projectId, changes: { refusal: [null, 'forbidden'] } },
    { action: 'member.role_changed', changes: { refusal: [null, 'not_found'] } },
    { action: 'member.removed', changes: { refusal: [null, 'not_found'] } },
  ])
  expect([await roleOf(ada), await roleOf(bob)]).toEqual(['owner', 'developer'])
})

test('threat 37: nobody invites themselves to a role, and no body brings one along', async () => {
  const invitation = { email: bob.user.email, role: 'owner' } as const
  expect(await outcome(sendInvitation(bob.actor, ada.projectId, invitation))).toBe('forbidden')
  expect(await outcome(sendInvitation(ada.actor, ada.projectId, { ...invitation, email: ada.user.email }))).toBe(
    'validation_failed',
  )
  expect(await auditOf(ada.projectId, 'refused')).toMatchObject([
    { action: 'invitation.sent', actorId: bob.user.id, changes: { refusal: [null, 'forbidden'] } },
  ])
  expect(await listInvitations(ada.actor, ada.projectId)).toEqual([])
  const person = { name: 'Eve', password: PASSWORD }
  const bodies = [
    [invitedSignUpSchema, person],
    [signUpSchema, { ...person, email: 'eve@example.com' }],
    [projectSchema, { name: 'Other' }],
  ] as const
  for (const [schema, body] of bodies) {
    expect(schema.safeParse(body).success).toBe(true)
    for (const more of [{ role: 'owner' }, { isAdmin: true }, { memberships: [] }]) {
      expect(schema.safeParse({ ...body, ...more }).success).toBe(false)
    }
  }
  for (const role of ['admin', 'Owner', '', null]) expect(roleSchema.safeParse(role).success).toBe(false)
})

test('the last owner stays one, and a disabled owner does not count', async () => {
  expect(await outcome(leaveProject(ada.actor, ada.projectId))).toBe('conflict')
  expect(await outcome(changeRole(ada.actor, ada.projectId, ada.user.id, 'viewer'))).toBe('conflict')
  await changeRole(ada.actor, ada.projectId, bob.user.id, 'owner')
  const admin = await makePerson({ isAdmin: true })
  await disableUser(admin.actor, bob.user.id)
  expect(await outcome(leaveProject(ada.actor, ada.projectId))).toBe('conflict')
})

test('threat 39: of two owners who go at once one stays, whichever way they go', async () => {
  const remove = ({ actor, user }: Person) =>
    removeMember(actor, ada.projectId, user.id === ada.user.id ? bob.user.id : ada.user.id, { keys: 'keep' })
  const ways: ((person: Person) => Promise<unknown>)[] = [
    ({ actor }) => leaveProject(actor, ada.projectId),
    ({ actor, user }) => changeRole(actor, ada.projectId, user.id, 'viewer'),
    remove,
  ]
  for (const one of ways) {
    for (const other of ways) {
      ada = await makePerson()
      bob = await makePerson({ name: 'Bob' })
      await addMember(ada.projectId, bob, 'owner')
      const results = await Promise.all([outcome(one(ada)), outcome(other(bob))])
      expect(results).toContain('done')
      // One may step down and then be removed by the other: both acts are then done, and an owner is there still.
      if (![one, other].includes(remove)) expect(results).toContain('conflict')
      expect([await roleOf(ada), await roleOf(bob)].filter((role) => role === 'owner')).toHaveLength(1)
    }
  }
})

test('the keys of somebody removed pass to the remover, in force at once and written down', async () => {
  const { key, secret } = await bobsKey({ scopes: ['keys:read'] })
  const { app } = await makeClient({ actor: bob.actor, projectId: ada.projectId })
  expect(await listMembers(ada.actor, ada.projectId)).toMatchObject([{ name: 'Ada' }, { name: 'Bob', keys: 1 }])
  expect(await removeMember(ada.actor, ada.projectId, bob.user.id, { keys: 'keep' })).toEqual({ keys: 1 })
  expect(await verdict(secret)).toBe('good')
  expect((await keyActor(secret)).responsibleId).toBe(ada.user.id)
  expect((await auditOf(key.id)).at(-1)).toMatchObject({
    action: 'key.taken_over',
    changes: { responsible: ['Bob', 'Ada'] },
  })
  const [client] = await db().select().from(oauthClients).where(eq(oauthClients.id, app.id))
  expect(client?.responsibleId).toBe(ada.user.id)
  expect((await auditOf(bob.user.id)).at(-1)).toMatchObject({
    action: 'member.removed',
    changes: { role: ['developer', null], keys: [1, 'taken over'] },
  })
  expect(await outcome(createKey(bob.actor, ada.projectId, createKeySchema.parse({ label: 'Late' })))).toBe('not_found')
  expect(await latestMail(bob)).toMatchObject({ kind: 'removed_from_project' })
  expect(await outcome(removeMember(ada.actor, ada.projectId, bob.user.id, { keys: 'keep' }))).toBe('not_found')
})

test('or they are revoked, and what the person let apps do in the project ends with them', async () => {
  const { key, secret } = await bobsKey()
  const { app } = await makeClient(ada)
  const grant = await makeGrant(bob, app, { projectId: ada.projectId })
  const elsewhere = await makeGrant(bob, (await makeClient(bob)).app, { projectId: bob.projectId })
  await removeMember(ada.actor, ada.projectId, bob.user.id, { keys: 'revoke' })
  expect(await verdict(secret)).toBe('invalid_credentials')
  expect(await outcome(takeOverKey(ada.actor, key.id))).toBe('conflict')
  expect(await readKey(db(), key.id)).toMatchObject({ status: 'revoked', revokedBy: { name: 'Ada' } })
  expect(await ended(grant.tokenId)).toBe(true)
  expect(await ended(elsewhere.tokenId)).toBe(false)
})

const ended = async (tokenId: string) =>
  (await db().select().from(oauthArtifacts).where(eq(oauthArtifacts.id, tokenId)))[0]?.endedAt !== null

test('nobody removes themselves', async () => {
  await changeRole(ada.actor, ada.projectId, bob.user.id, 'owner')
  expect(await outcome(removeMember(ada.actor, ada.projectId, ada.user.id, { keys: 'keep' }))).toBe('conflict')
})

test('no key outlives a removal that it was made during', async () => {
  const made = Array.from({ length: 5 }, () => bobsKey().catch(() => null))
  const [keys] = await Promise.all([
    Promise.all(made),
    removeMember(ada.actor, ada.projectId, bob.user.id, { keys: 'revoke' }),
  ])
  for (const each of keys) if (each) expect(await readKey(db(), each.key.id)).toMatchObject({ status: 'revoked' })
})

test('a key whose person left is refused until another takes it over, once', async () => {
  const { key, secret } = await bobsKey({ scopes: ['keys:read'] })
  expect(await outcome(takeOverKey(ada.actor, key.id))).toBe('conflict')
  await leaveProject(bob.actor, ada.projectId)
  expect(await roleOf(bob)).toBeUndefined()
  expect((await auditOf(bob.user.id)).at(-1)).toMatchObject({ action: 'member.left', actorId: bob.user.id })
  expect(await verdict(secret)).toBe('invalid_credentials')
  const [viewer, eve] = [await makePerson({ name: 'Vi' }), await makePerson({ name: 'Eve' })]
  await addMember(ada.projectId, viewer, 'viewer')
  expect(await outcome(takeOverKey(viewer.actor, key.id))).toBe('forbidden')
  expect(await outcome(takeOverKey(eve.actor, key.id))).toBe('not_found')
  expect(await outcome(takeOverKey(bob.actor, key.id))).toBe('not_found')
  const two = await Promise.all([outcome(takeOverKey(ada.actor, key.id)), outcome(takeOverKey(ada.actor, key.id))])
  expect(two.toSorted()).toEqual(['conflict', 'done'])
  expect(await verdict(secret)).toBe('good')
  expect((await auditOf(key.id)).at(-1)).toMatchObject({
    action: 'key.taken_over',
    changes: { responsible: ['Bob', 'Ada'] },
  })
})

test('taking a key over takes as much as giving its scopes', async () => {
  const admin = await makePerson({ isAdmin: true })
  await addMember(ada.projectId, admin, 'developer')
  const { key, secret } = await makeKey(
    { actor: admin.actor, projectId: ada.projectId },
    { scopes: ['credentials:verify'] },
  )
  await leaveProject(admin.actor, ada.projectId)
  expect(await outcome(takeOverKey(ada.actor, key.id))).toBe('forbidden')
  expect(await verdict(secret)).toBe('invalid_credentials')
})

test('so does taking over an app that has tokens of its own', async () => {
  const admin = await makePerson({ isAdmin: true })
  await addMember(ada.projectId, admin, 'developer')
  const fields = { kind: 'machine', scopes: ['credentials:verify'] }
  const { app } = await makeClient({ actor: admin.actor, projectId: ada.projectId }, fields)
  await leaveProject(admin.actor, ada.projectId)
  expect(await outcome(takeOverApp(ada.actor, app.id))).toBe('forbidden')
})

test('so do the own tokens of an app, which is taken over once', async () => {
  const { app } = await makeClient({ actor: bob.actor, projectId: ada.projectId })
  expect(await outcome(takeOverApp(ada.actor, app.id))).toBe('conflict')
  await leaveProject(bob.actor, ada.projectId)
  expect(await outcome(takeOverApp(bob.actor, app.id))).toBe('not_found')
  const two = await Promise.all([outcome(takeOverApp(ada.actor, app.id)), outcome(takeOverApp(ada.actor, app.id))])
  expect(two.toSorted()).toEqual(['conflict', 'done'])
  expect((await auditOf(app.id)).at(-1)).toMatchObject({
    action: 'app.updated',
    changes: { responsible: ['Bob', 'Ada'] },
  })
})

test('so does keeping what a disabled member answers for', async () => {
  const admin = await makePerson({ name: 'Root', isAdmin: true })
  const owner = await makePerson({ name: 'Olga', isAdmin: true })
  await addMember(ada.projectId, admin, 'owner')
  await addMember(ada.projectId, owner, 'owner')
  const theirs = { actor: admin.actor, projectId: ada.projectId }
  const { key, secret } = await makeKey(theirs, { label: 'Gateway', scopes: ['credentials:verify'] })
  const { key: harmless } = await makeKey(theirs, { scopes: ['keys:read'] })
  const { app } = await makeClient(theirs, { kind: 'machine', scopes: ['credentials:verify'] })
  const { app: forPeople } = await makeClient(theirs, { scopes: ['orders:read'] })
  await disableUser(cli(), admin.user.id)

  const kept = await removeMember(ada.actor, ada.projectId, admin.user.id, { keys: 'keep' }).catch(
    (error: unknown) => error,
  )
  expect(kept).toMatchObject({ code: 'forbidden', message: expect.stringMatching(/“Gateway”.*credentials:verify/) })
  expect(await roleOf(admin)).toBe('owner')
  expect(await verdict(secret)).toBe('invalid_credentials')
  expect((await auditOf(admin.user.id, 'refused')).at(-1)).toMatchObject({
    action: 'member.removed',
    projectId: ada.projectId,
  })

  expect(await removeMember(ada.actor, ada.projectId, admin.user.id, { keys: 'revoke' })).toEqual({ keys: 2 })
  for (const { id } of [key, harmless]) expect((await readKey(db(), id)).status).toBe('revoked')
  // The one goes on asking people, and nobody answers for the other until somebody may.
  expect((await readApp(db(), forPeople.id)).responsible).toMatchObject({ name: 'Ada', active: true })
  expect((await readApp(db(), app.id)).responsible).toMatchObject({ name: 'Root', active: false })
  expect(await outcome(takeOverApp(ada.actor, app.id))).toBe('forbidden')
  expect(await outcome(takeOverApp(owner.actor, app.id))).toBe('done')
  expect((await readKey(db(), key.id)).responsible.active).toBe(false)
})

test('who may give such scopes keeps the keys of a disabled member, and they work again', async () => {
  const [admin, olga] = [await makePerson({ isAdmin: true }), await makePerson({ name: 'Olga', isAdmin: true })]
  await addMember(ada.projectId, admin, 'developer')
  await addMember(ada.projectId, olga, 'owner')
  const { secret } = await makeKey(
    { actor: admin.actor, projectId: ada.projectId },
    { scopes: ['credentials:verify', 'keys:write'] },
  )
  const { secret: plain } = await bobsKey({ scopes: ['keys:write'] })
  await disableUser(cli(), admin.user.id)
  await disableUser(cli(), bob.user.id)
  expect(await outcome(removeMember(olga.actor, ada.projectId, admin.user.id, { keys: 'keep' }))).toBe('done')
  expect(await verdict(secret)).toBe('good')
  expect(await outcome(removeMember(ada.actor, ada.projectId, bob.user.id, { keys: 'keep' }))).toBe('done')
  expect(await verdict(plain)).toBe('good')
})
