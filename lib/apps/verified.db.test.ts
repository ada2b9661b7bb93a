import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { sessions, users } from '@/db/schema'
import {
  addMember,
  auditOf,
  cli,
  keyActor,
  makeClient,
  makeKey,
  makePerson,
  outcome,
  type Person,
  signInAs,
} from '@/db/testing'
import type { Actor } from '@/lib/actor'
import { leaveProject } from '@/lib/members/leave'
import { createProject } from '@/lib/projects/create'
import { findProject } from '@/lib/projects/find'
import { renameProject } from '@/lib/projects/rename'
import { createUser } from '@/lib/users/create'
import { pngOf } from '@/scripts/png'
import type { App } from './app'
import { getApp } from './get'
import { registerAppSchema, type UpdateAppInput } from './input'
import { markApp } from './mark'

import { registerApp } from './register'
import { searchApps, searchAppsSchema } from './search'
import { removeLogo, setLogo } from './set-logo'
import { takeOverApp } from './take-over'
import { renameApp, updateApp } from './update'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
let ada: Person
let admin: Person
let app: App

beforeAll(async () => {
  admin = await makePerson({ name: 'Olga', isAdmin: true })
})

beforeEach(async () => {
  ada = await makePerson()
  app = (await makeClient(ada, { scopes: ['openid', 'orders:read', 'orders:write'] })).app
})

const update = (input: UpdateAppInput, actor: Actor = ada.actor) => updateApp(actor, app.id, input)
const lastAction = async () => (await auditOf(app.id)).at(-1)
const isVerified = async () => (await getApp(ada.actor, app.id)).verified

describe('threat 102: the verified mark', () => {
  const drops: [what: string, change: () => Promise<unknown>][] = [
    ['another name', () => update({ name: 'Google' })],
    ['another description', () => update({ description: 'By Google' })],
    ['another homepage', () => update({ homepage: 'https://google.example' })],
    ['a logo', () => setLogo(ada.actor, app.id, pngOf(1, 1))],
    ['a further redirect URI', () => update({ redirectUris: [...app.redirectUris, 'https://evil.example/cb'] })],
    ['another redirect URI', () => update({ redirectUris: ['https://app.example.com/other'] })],
    ['another name of its project', () => renameProject(ada.actor, ada.projectId, { name: 'Google LLC' })],
    ['more scopes', () => update({ scopes: ['openid', 'orders:read', 'orders:write', 'keys:read'] })],
    ['another way to ask', () => update({ grantTypes: ['authorization_code', 'refresh_token', DEVICE] })],
    ['a change by a key', async () => update({ description: 'By a key' }, await keyOf(['apps:write']))],
    ['a change by an admin', () => update({ homepage: 'https://other.example' }, cli())],
    [
      'one that takes its mark in the same moment',
      () => Promise.all([update({ name: 'A' }), renameProject(ada.actor, ada.projectId, { name: 'B' })]),
    ],
  ]
  for (const [what, change] of drops) {
    test(`goes with ${what}, with an event of its own`, async () => {
      await markApp(admin.actor, app.id, { verified: true })
      await change()
      expect(await isVerified()).toBe(false)
      expect(await lastAction()).toMatchObject({
        action: 'app.unverified',
        projectId: ada.projectId,
        changes: { verified: [true, false] },
      })
      const events = (await auditOf(app.id)).filter(({ action }) => action === 'app.unverified')
      expect(events).toHaveLength(1)
    })
  }

  test('goes with a logo that is taken away', async () => {
    await setLogo(ada.actor, app.id, pngOf(1, 1))
    await markApp(admin.actor, app.id, { verified: true })
    await removeLogo(ada.actor, app.id)
    expect([await isVerified(), (await lastAction())?.action]).toEqual([false, 'app.unverified'])
  })

  test.each<[string, () => Promise<unknown>]>([
    ['its name', () => update({ name: 'Google' })],
    ['where it sends people', () => update({ redirectUris: ['https://evil.example/cb'] })],
    ['its logo', () => setLogo(ada.actor, app.id, pngOf(1, 1))],
    ['the name of its project', () => renameProject(ada.actor, ada.projectId, { name: 'Google LLC' })],
  ])('is not given by an admin who has not seen that it changed %s', async (_, change) => {
    const seen = async () => (await searchApps(admin.actor, searchAppsSchema.parse({ q: app.id }))).data[0]?.shown
    const before = await seen()
    await change()
    expect(await outcome(markApp(admin.actor, app.id, { verified: true, seen: before }))).toBe('conflict')
    expect(await isVerified()).toBe(false)
    expect(await markApp(admin.actor, app.id, { verified: true, seen: await seen() })).toMatchObject({ verified: true })
  })

  test('stays for what people are not shown, and for less', async () => {
    await markApp(admin.actor, app.id, { verified: true })
    await update({ accessTtl: 60, scopes: ['openid', 'orders:read'] })
    await update({ grantTypes: ['authorization_code'] })
    await update({ name: 'Test app', redirectUris: app.redirectUris })
    await renameProject(ada.actor, ada.projectId, { name: 'Ada’s project' })
    expect(await isVerified()).toBe(true)
  })

  test('of other projects stays, and so does that of an app that another member takes over', async () => {
    const bob = await makePerson({ name: 'Bob' })
    await addMember(ada.projectId, bob, 'developer')
    const { app: his } = await makeClient({ actor: bob.actor, projectId: ada.projectId })
    const { app: elsewhere } = await makeClient(admin)
    for (const { id } of [his, elsewhere]) await markApp(admin.actor, id, { verified: true })
    await leaveProject(bob.actor, ada.projectId)
    expect(await takeOverApp(ada.actor, his.id)).toMatchObject({ verified: true })
    await renameProject(ada.actor, ada.projectId, { name: 'Renamed' })
    expect((await getApp(ada.actor, his.id)).verified).toBe(false)
    expect((await getApp(admin.actor, elsewhere.id)).verified).toBe(true)
  })
})

const keyOf = async (scopes: string[]) => keyActor((await makeKey(ada, { scopes })).secret)

const register = (actor: Actor, fields: object = {}, projectId = ada.projectId) =>
  registerApp(
    actor,
    projectId,
    registerAppSchema.parse({ name: 'Zapier', redirectUris: ['https://app.example.com/cb'], ...fields }),
  )
const machine = { kind: 'machine', redirectUris: [], scopes: ['orders:read'] }

describe('an app that asks people needs a maker with a verified address', () => {
  beforeEach(async () => {
    await db().update(users).set({ emailVerifiedAt: null }).where(eq(users.id, ada.user.id))
  })

  test('to be registered, by a session or by a key', async () => {
    for (const actor of [ada.actor, await keyOf(['apps:write', 'orders:read'])]) {
      expect(await outcome(register(actor))).toBe('forbidden')
      expect(await outcome(register(actor, { kind: 'native', grantTypes: [DEVICE] }))).toBe('forbidden')
      expect(await outcome(register(actor, machine))).toBe('done')
    }
    expect(await outcome(register(cli()))).toBe('done')
    await db().update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, ada.user.id))
    expect(await outcome(register(ada.actor))).toBe('done')
  })

  test('to begin asking later', async () => {
    const { app: own } = await register(ada.actor, {
      grantTypes: ['client_credentials'],
      scopes: ['orders:read'],
      redirectUris: [],
    })
    const ask = { grantTypes: ['client_credentials', DEVICE] } as UpdateAppInput
    expect(await outcome(updateApp(ada.actor, own.id, { description: 'As it was' }))).toBe('done')
    expect(await outcome(updateApp(ada.actor, own.id, ask))).toBe('forbidden')
    expect(await outcome(updateApp(cli(), own.id, ask))).toBe('done')
  })

  test('but one that asks already goes on, and can be changed', async () => {
    expect(await outcome(update({ description: 'Still mine' }))).toBe('done')
    expect(await outcome(update({ grantTypes: ['authorization_code'] }))).toBe('done')
  })

  test('to be taken over', async () => {
    const bob = await makePerson({ name: 'Bob' })
    await addMember(ada.projectId, bob, 'developer')
    const { app: his } = await register(bob.actor)
    const { app: own } = await register(bob.actor, machine)
    await leaveProject(bob.actor, ada.projectId)
    expect(await outcome(takeOverApp(ada.actor, his.id))).toBe('forbidden')
    expect(await outcome(takeOverApp(ada.actor, own.id))).toBe('done')
  })
})

describe('threat 77: the name of this site', () => {
  const names = ['Latchkey', 'LATCHKEY support', 'L\u0430tchk\u0435y', 'Latch-Key Inc']

  test('is not given to an app that asks people', async () => {
    const key = await keyOf(['apps:write', 'orders:read'])
    for (const name of names) {
      for (const actor of [ada.actor, key]) {
        await expect(register(actor, { name })).rejects.toMatchObject({
          code: 'validation_failed',
          errors: { name: [expect.stringContaining('Latchkey')] },
        })
        expect(await outcome(update({ name }, actor))).toBe('validation_failed')
      }
    }
    expect((await getApp(ada.actor, app.id)).name).toBe('Test app')
  })

  test('is free for one that asks nobody, until it does', async () => {
    const { app: own } = await register(ada.actor, {
      ...machine,
      kind: 'web',
      name: 'Latchkey gateway',
      grantTypes: ['client_credentials'],
    })
    expect(await outcome(updateApp(ada.actor, own.id, { name: 'Latchkey gate' }))).toBe('done')
    const ask = { grantTypes: ['client_credentials', DEVICE] } as UpdateAppInput
    expect(await outcome(updateApp(ada.actor, own.id, ask))).toBe('validation_failed')
    expect(await outcome(updateApp(ada.actor, own.id, { ...ask, name: 'Gate' }))).toBe('done')
  })

  test('is not given to a project', async () => {
    for (const name of names) {
      expect(await outcome(createProject(ada.actor, { name }))).toBe('validation_failed')
      expect(await outcome(renameProject(ada.actor, ada.projectId, { name }))).toBe('validation_failed')
    }
    expect((await findProject(cli(), ada.user.project.slug)).name).toBe('Ada’s project')
  })

  test('is not that of the project that somebody of this name begins with', async () => {
    const email = `latchkey${ada.user.id}@example.com`
    const { project } = await createUser(cli(), {
      email,
      name: 'Latchkey',
      password: 'seven otters juggle lanterns',
      isAdmin: false,
    })
    expect((await findProject(cli(), project.slug)).name).toBe('My project')
  })

  test('is given by an admin or the command line, which the history says; then it stays', async () => {
    await addMember(ada.projectId, admin, 'owner')
    await update({ name: 'Latchkey for Slack' }, admin.actor)
    expect(await lastAction()).toMatchObject({ action: 'app.updated', changes: { looksLikeSite: [null, true] } })
    await renameProject(cli(), ada.projectId, { name: 'Latchkey Labs' })
    expect((await auditOf(ada.projectId)).at(-1)).toMatchObject({ changes: { looksLikeSite: [null, true] } })
    expect(await outcome(register(admin.actor, { name: 'Latchkey mobile' }))).toBe('done')
    // The owner goes on with it, and may not give it anew.
    await update({ name: 'Latchkey for Slack', description: 'Posts orders' })
    await update({ name: 'Slack' })
    expect(await outcome(update({ name: 'Latchkey for Slack' }))).toBe('validation_failed')
  })

  test('is given by an admin to an app of any project, by a recent session', async () => {
    expect(await outcome(renameApp(ada.actor, app.id, 'Latchkey for Slack'))).toBe('not_found')
    expect(await renameApp(admin.actor, app.id, 'Latchkey for Slack')).toMatchObject({ name: 'Latchkey for Slack' })
    expect(await lastAction()).toMatchObject({
      action: 'app.updated',
      actorId: admin.user.id,
      changes: { name: ['Test app', 'Latchkey for Slack'], looksLikeSite: [null, true] },
    })
    const old = await signInAs(admin.user)
    await db()
      .update(sessions)
      .set({ authenticatedAt: new Date(0) })
      .where(eq(sessions.id, old.sessionId))
    expect(await outcome(renameApp(old, app.id, 'Latchkey'))).toBe('reauthentication_required')
  })

  test('an admin by Basic, or by a key of theirs, is none here', async () => {
    await addMember(ada.projectId, admin, 'owner')
    const basic: Actor = { ...admin.actor, sessionId: null, expiresAt: null }
    const { secret } = await makeKey({ actor: admin.actor, projectId: ada.projectId }, { scopes: ['apps:write'] })
    for (const actor of [basic, await keyActor(secret)]) {
      expect(await outcome(update({ name: 'Latchkey' }, actor))).toBe('validation_failed')
    }
  })
})
