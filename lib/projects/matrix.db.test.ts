import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { memberships, projects, users } from '@/db/schema'
import { addMember, auditCount, makeClient, makeGrant, makeKey, makePerson, outcome, type Person } from '@/db/testing'
import type { SessionActor } from '@/lib/actor'
import { disableApp } from '@/lib/apps/disable'
import { enableApp } from '@/lib/apps/enable'
import { endGrantForApp } from '@/lib/apps/end-grant'
import { endClientSecretOverlap } from '@/lib/apps/end-overlap'
import { registerAppSchema } from '@/lib/apps/input'
import { registerApp } from '@/lib/apps/register'
import { rotateClientSecret } from '@/lib/apps/rotate-secret'
import { removeLogo, setLogo } from '@/lib/apps/set-logo'
import { takeOverApp } from '@/lib/apps/take-over'
import { updateApp } from '@/lib/apps/update'
import { randomId } from '@/lib/credentials/random'
import { deleteProject } from '@/lib/deletion/delete-project'
import { sendInvitation } from '@/lib/invitations/send'
import { withdrawInvitation } from '@/lib/invitations/withdraw'
import { createKey } from '@/lib/keys/create'
import { endOverlap } from '@/lib/keys/end-overlap'
import { createKeySchema } from '@/lib/keys/input'
import { regenerateKey } from '@/lib/keys/regenerate'
import { revokeKey } from '@/lib/keys/revoke'
import { takeOverKey } from '@/lib/keys/take-over'
import { updateKey } from '@/lib/keys/update'
import { changeRole } from '@/lib/members/change-role'
import { leaveProject } from '@/lib/members/leave'
import { removeMember } from '@/lib/members/remove'
import { createThirdParty } from '@/lib/third-parties/create'
import { updateThirdParty } from '@/lib/third-parties/update'
import { pngOf } from '@/scripts/png'
import { renameProject } from './rename'
import { type Capability, type Role, roleAllows, roles } from './roles'

// Every write of a project by everybody who may or may not do it. What is expected is the table of roles itself.

/** An act of `actor` in the project, on something that its owner has just made. */
type Act = (stage: {
  projectId: string
  owner: Person
  member: Person
}) => Promise<(actor: SessionActor) => Promise<unknown>>

const png = pngOf(64, 64)

const acts: Record<string, [Capability, Act]> = {
  createKey: [
    'keys:write',
    async ({ projectId }) =>
      (actor) =>
        createKey(actor, projectId, createKeySchema.parse({ label: 'Key' })),
  ],
  updateKey: ['keys:write', onKey((actor, id) => updateKey(actor, id, { label: 'Other' }))],
  regenerateKey: ['keys:write', onKey((actor, id) => regenerateKey(actor, id, { overlapSeconds: 0 }))],
  endOverlap: [
    'keys:write',
    async (stage) => {
      const { key } = await makeKey({ actor: stage.owner.actor, projectId: stage.projectId })
      await regenerateKey(stage.owner.actor, key.id, { overlapSeconds: 600 })
      return (actor) => endOverlap(actor, key.id)
    },
  ],
  revokeKey: ['keys:write', onKey((actor, id) => revokeKey(actor, id))],
  takeOverKey: [
    'keys:write',
    async ({ projectId, member }) => {
      const { key } = await makeKey({ actor: member.actor, projectId })
      await db()
        .delete(memberships)
        .where(and(eq(memberships.projectId, projectId), eq(memberships.userId, member.user.id)))
      return (actor) => takeOverKey(actor, key.id)
    },
  ],
  createThirdParty: [
    'keys:write',
    async ({ projectId }) =>
      (actor) =>
        createThirdParty(actor, projectId, { name: randomId() }),
  ],
  updateThirdParty: [
    'keys:write',
    async ({ projectId, owner }) => {
      const { id } = await createThirdParty(owner.actor, projectId, { name: randomId() })
      return (actor) => updateThirdParty(actor, id, { purpose: 'Other' })
    },
  ],
  registerApp: [
    'apps:write',
    async ({ projectId }) =>
      (actor) => {
        const redirectUris = ['https://app.example.com/callback']
        return registerApp(actor, projectId, registerAppSchema.parse({ name: 'App', redirectUris }))
      },
  ],
  updateApp: ['apps:write', onApp((actor, id) => updateApp(actor, id, { description: 'Other' }))],
  rotateClientSecret: ['apps:write', onApp((actor, id) => rotateClientSecret(actor, id, { overlapSeconds: 0 }))],
  endClientSecretOverlap: [
    'apps:write',
    onApp(
      endClientSecretOverlap,
      async ({ actor }, id) => void (await rotateClientSecret(actor, id, { overlapSeconds: 600 })),
    ),
  ],
  disableApp: ['apps:write', onApp((actor, id) => disableApp(actor, id))],
  enableApp: [
    'apps:write',
    onApp(
      (actor, id) => enableApp(actor, id),
      async ({ actor }, id) => void (await disableApp(actor, id)),
    ),
  ],
  setLogo: ['apps:write', onApp((actor, id) => setLogo(actor, id, png))],
  removeLogo: ['apps:write', onApp(removeLogo, async ({ actor }, id) => void (await setLogo(actor, id, png)))],
  endGrantForApp: [
    'apps:write',
    async ({ projectId, owner, member }) => {
      const { app } = await makeClient({ actor: owner.actor, projectId })
      const grant = await makeGrant(member, app)
      return (actor) => endGrantForApp(actor, app.id, grant.id)
    },
  ],
  takeOverApp: [
    'apps:write',
    async ({ projectId, member }) => {
      const { app } = await makeClient({ actor: member.actor, projectId })
      await db()
        .delete(memberships)
        .where(and(eq(memberships.projectId, projectId), eq(memberships.userId, member.user.id)))
      return (actor) => takeOverApp(actor, app.id)
    },
  ],
  sendInvitation: [
    'members:write',
    async ({ projectId }) =>
      (actor) =>
        sendInvitation(actor, projectId, { email: `${randomId().toLowerCase()}@example.com`, role: 'owner' }),
  ],
  withdrawInvitation: [
    'members:write',
    async ({ projectId, owner }) => {
      const email = `${randomId().toLowerCase()}@example.com`
      const { id } = await sendInvitation(owner.actor, projectId, { email, role: 'viewer' })
      return (actor) => withdrawInvitation(actor, id)
    },
  ],
  changeRole: [
    'members:write',
    async ({ projectId, member }) =>
      (actor) =>
        changeRole(actor, projectId, member.user.id, 'viewer'),
  ],
  removeMember: [
    'members:write',
    async ({ projectId, member }) =>
      (actor) =>
        removeMember(actor, projectId, member.user.id, { keys: 'keep' }),
  ],
  leaveProject: [
    'members:read',
    async ({ projectId }) =>
      (actor) =>
        leaveProject(actor, projectId),
  ],
  renameProject: [
    'project:manage',
    async ({ projectId }) =>
      (actor) =>
        renameProject(actor, projectId, { name: 'Other' }),
  ],
  deleteProject: [
    'project:manage',
    async ({ projectId }) =>
      (actor) =>
        deleteProject(actor, projectId, { name: 'Project' }),
  ],
}

/** Verbs that write and do not go by a role in a project, with what they go by. */
const others: Record<string, string> = {
  renameApp: 'site admins',
  markApp: 'site admins',
  revokeIdleKeys: 'the policy of the site',
  createProject: 'everybody, for themselves',
  acceptInvitation: 'the address that was invited',
  deleteAccount: 'everybody, for themselves',
  revokeRest: 'the deletion that it completes',
}

let owner: Person
let stranger: Person
let disabled: Person
const people = new Map<Role, Person>()

beforeAll(async () => {
  owner = await makePerson()
  stranger = await makePerson({ name: 'Stranger' })
  disabled = await makePerson({ name: 'Disabled' })
  for (const role of roles) people.set(role, await makePerson({ name: role }))
  await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, disabled.user.id))
})

/** A project of the owner's, with a member to act on and `person` in a role. */
async function stage(person?: Person, role?: Role) {
  const projectId = randomId()
  await db().insert(projects).values({ id: projectId, slug: projectId.toLowerCase(), name: 'Project' })
  await addMember(projectId, owner, 'owner')
  const member = await makePerson({ name: 'Member' })
  await addMember(projectId, member, 'developer')
  if (person && role) await addMember(projectId, person, role)
  return { projectId, owner, member }
}

describe.each(Object.entries(acts))('%s', (_name, [capability, prepare]) => {
  test.each(roles)('by a role that is %s', async (role) => {
    const person = people.get(role) as Person
    const act = await prepare(await stage(person, role))
    const before = await auditCount()
    const allowed = roleAllows(role, capability)
    expect(await outcome(act(person.actor))).toBe(allowed ? 'done' : 'forbidden')
    expect((await auditCount()) > before).toBe(allowed)
  })

  test('by a stranger, a disabled owner, and a former owner (threats 36, 41)', async () => {
    const { projectId, ...rest } = await stage(disabled, 'owner')
    const act = await prepare({ projectId, ...rest })
    const former = people.get('owner') as Person
    await addMember(projectId, former, 'owner')
    await db()
      .delete(memberships)
      .where(and(eq(memberships.projectId, projectId), eq(memberships.userId, former.user.id)))
    const before = await auditCount()
    for (const { actor } of [stranger, disabled, former]) expect(await outcome(act(actor))).toBe('not_found')
    expect(await auditCount()).toBe(before)
  })
})

test('no verb that writes is missing', () => {
  const folders = ['keys', 'third-parties', 'apps', 'members', 'invitations', 'projects', 'deletion']
  const found = folders.flatMap((folder) =>
    readdirSync(join('lib', folder))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join('lib', folder, file), 'utf8'))
      .filter((text) => text.includes('.transaction('))
      .flatMap((text) => [...text.matchAll(/^export async function (\w+)\(\s*actor: /gm)].map(([, name]) => name)),
  )
  expect(found.toSorted()).toEqual([...Object.keys(acts), ...Object.keys(others)].toSorted())
})

function onKey(act: (actor: SessionActor, id: string) => Promise<unknown>): Act {
  return async ({ projectId, owner }) => {
    const { key } = await makeKey({ actor: owner.actor, projectId })
    return (actor) => act(actor, key.id)
  }
}

function onApp(
  act: (actor: SessionActor, id: string) => Promise<unknown>,
  before: (owner: Person, id: string) => Promise<void> = async () => {},
): Act {
  return async ({ projectId, owner }) => {
    const { app } = await makeClient({ actor: owner.actor, projectId })
    await before(owner, app.id)
    return (actor) => act(actor, app.id)
  }
}
