import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthClientSecrets, oauthClients, oauthGrants } from '@/db/schema'
import {
  addMember,
  auditCount,
  auditOf,
  cli,
  keyActor,
  makeClient,
  makeGrant,
  makeKey,
  makePerson,
  outcome,
  type Person,
} from '@/db/testing'
import type { Actor } from '@/lib/actor'
import { randomId } from '@/lib/credentials'
import { pngOf } from '@/scripts/png'
import type { App } from './app'
import { disableApp } from './disable'
import { enableApp } from './enable'
import { endGrantForApp } from './end-grant'
import { endClientSecretOverlap } from './end-overlap'
import { getApp, getProjectApp } from './get'
import { listAppGrants } from './grants'
import { registerAppSchema, type UpdateAppInput, updateAppSchema } from './input'
import { listApps } from './list'
import { type Marks, markApp } from './mark'
import { readLogo } from './read-logo'
import { registerApp } from './register'
import { rotateClientSecret } from './rotate-secret'
import { removeLogo, setLogo } from './set-logo'
import { updateApp } from './update'

let ada: Person
let bob: Person
let admin: Person
let viewer: Person
let app: App
let secret: string | null

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
  admin = await makePerson({ name: 'Root', isAdmin: true })
  viewer = await makePerson({ name: 'Vi' })
  await addMember(ada.projectId, viewer, 'viewer')
})

beforeEach(async () => {
  ;({ app, secret } = await makeClient(ada, { scopes: ['openid', 'orders:read'] }))
})

const register = (actor: Actor, fields: object = {}, options = {}) =>
  registerApp(
    actor,
    ada.projectId,
    registerAppSchema.parse({ name: 'Hers', redirectUris: ['https://a.example/cb'], ...fields }),
    options,
  )
const machine = { kind: 'machine', redirectUris: [], scopes: ['orders:read'] }
const rotate = (actor: Actor = ada.actor, overlapSeconds = 0, id = app.id) =>
  rotateClientSecret(actor, id, { overlapSeconds })
const update = (input: UpdateAppInput, actor: Actor = ada.actor) =>
  updateApp(actor, app.id, updateAppSchema.parse(input))
const actions = async (id = app.id) => (await auditOf(id)).map((row) => row.action)

/** Whether what `actor` does makes the answer wait. */
async function narrowed(act: (actor: Actor) => Promise<unknown>): Promise<boolean> {
  const actor = { ...ada.actor, origin: { ...ada.actor.origin, narrowedAt: undefined } }
  await act(actor)
  return actor.origin.narrowedAt !== undefined
}

describe('register', () => {
  test('an app with a secret, which is stored as a hash only', async () => {
    expect(app).toEqual({
      id: expect.stringMatching(/^[0-9A-Za-z]{20,}$/),
      name: 'Test app',
      description: null,
      homepage: null,
      kind: 'web',
      isPublic: false,
      logoUrl: null,
      redirectUris: ['https://app.example.com/callback'],
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'orders:read'],
      accessTtl: 3600,
      refreshTtl: 2_592_000,
      machineTtl: 3600,
      verified: false,
      firstParty: false,
      status: 'active',
      disabledByAdmin: false,
      createdAt: expect.any(String),
      createdBy: { id: ada.user.id, name: 'Ada' },
      responsible: { id: ada.user.id, name: 'Ada', active: true },
      secrets: [{ hint: `${secret?.slice(0, 17)}…`, createdAt: expect.any(String), endsAt: null }],
      people: 0,
    })
    expect(secret).toMatch(/^lks_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
    expect(await getApp(ada.actor, app.id)).toEqual(app)
    expect(await getProjectApp(ada.actor, ada.projectId, app.id)).toEqual(app)
    const stored = JSON.stringify(await db().select().from(oauthClientSecrets))
    expect(stored).not.toContain(secret?.slice(17))
    const [row] = await auditOf(app.id)
    expect(row).toMatchObject({ action: 'app.registered', actorId: ada.user.id, projectId: ada.projectId })
    expect(row?.changes).toMatchObject({ scopes: [null, ['openid', 'orders:read']] })
    expect(JSON.stringify(row)).not.toContain(secret?.slice(17))
  })

  test('a public app has no secret and gets none', async () => {
    const { app, secret } = await register(ada.actor, { isPublic: true })
    expect([secret, app.secrets, app.scopes]).toEqual([null, [], ['openid', 'profile', 'email', 'offline_access']])
    expect(await outcome(rotate(ada.actor, 0, app.id))).toBe('conflict')
  })

  test('on the command line the longest-standing owner answers for it', async () => {
    const { app } = await register(cli(), machine, { firstParty: true })
    expect(app).toMatchObject({ responsible: { name: 'Ada', active: true }, firstParty: true, scopes: ['orders:read'] })
  })

  test('settings that do not fit together are refused, field by field', async () => {
    const failed = register(ada.actor, { kind: 'machine', redirectUris: ['https://a.example'], scopes: ['openid'] })
    await expect(failed).rejects.toMatchObject({
      code: 'validation_failed',
      errors: { redirectUris: [expect.any(String)], scopes: [expect.any(String)] },
    })
    expect(await outcome(register(ada.actor, { grantTypes: ['password'] }))).toBe('validation_failed')
    expect(await outcome(register(cli(), { grantTypes: ['password'] }, { firstParty: true }))).toBe('done')
  })

  test('threat 35: strangers, viewers and weak keys do not', async () => {
    expect(await outcome(register(bob.actor))).toBe('not_found')
    expect(await outcome(register(viewer.actor))).toBe('forbidden')
    const weak = await makeKey(ada, { scopes: ['apps:read', 'keys:write'] })
    expect(await outcome(register(await keyActor(weak.secret)))).toBe('insufficient_scope')
    const his = await makeKey(bob, { scopes: ['apps:write'] })
    expect(await outcome(register(await keyActor(his.secret)))).toBe('not_found')
  })

  test('only admins and the command line mark one as first-party', async () => {
    expect(await outcome(register(ada.actor, {}, { firstParty: true }))).toBe('forbidden')
    const key = await makeKey(ada, { scopes: ['apps:write'] })
    expect(await outcome(register(await keyActor(key.secret), {}, { firstParty: true }))).toBe('forbidden')
    const both = await makePerson({ isAdmin: true })
    await addMember(ada.projectId, both, 'developer')
    expect((await register(both.actor, {}, { firstParty: true })).app.firstParty).toBe(true)
    const basic: Actor = { ...both.actor, sessionId: null, expiresAt: null }
    expect(await outcome(register(basic, {}, { firstParty: true }))).toBe('forbidden')
  })

  test('threat 85: when the audit row cannot be written there is no app', async () => {
    const before = await auditCount()
    await withoutAudit(() => expect(register(ada.actor, { name: 'Lost' })).rejects.toThrow())
    expect(await auditCount()).toBe(before)
    expect((await listApps(ada.actor, ada.projectId)).map(({ name }) => name)).not.toContain('Lost')
  })
})

describe('threat 27: tokens of its own', () => {
  test('are no way to more than the registering key has', async () => {
    const manager = await keyActor((await makeKey(ada, { scopes: ['apps:write', 'orders:read'] })).secret)
    expect(await outcome(register(manager, machine))).toBe('done')
    expect(await outcome(register(manager, { ...machine, scopes: ['orders:write'] }))).toBe('insufficient_scope')
    expect(await outcome(register(manager, { ...machine, scopes: ['apps:write'] }))).toBe('forbidden')
    // People decide for themselves what they give.
    expect(await outcome(register(manager, { scopes: ['orders:write'] }))).toBe('done')
  })

  test('check credentials only when an admin or the command line says so', async () => {
    const verifier = { ...machine, scopes: ['credentials:verify'] }
    expect(await outcome(register(ada.actor, verifier))).toBe('forbidden')
    expect(await outcome(register(cli(), verifier))).toBe('done')
  })

  test('manage keys on the command line only by the option that says so', async () => {
    const managing = { ...machine, scopes: ['keys:write'] }
    expect(await outcome(register(cli(), managing))).toBe('forbidden')
    expect(await outcome(register(cli(), managing, { allowManagement: true }))).toBe('done')
    expect(await outcome(register(ada.actor, managing))).toBe('done')
  })

  test('cannot be had by rotating, or by changing an app, either', async () => {
    const manager = await keyActor((await makeKey(ada, { scopes: ['apps:write', 'orders:read'] })).secret)
    const { app: strong } = await register(ada.actor, { ...machine, scopes: ['orders:write'] })
    expect(await outcome(rotate(manager, 0, strong.id))).toBe('insufficient_scope')
    const { app: verifier } = await register(cli(), { ...machine, scopes: ['credentials:verify'] })
    expect(await outcome(rotate(ada.actor, 0, verifier.id))).toBe('forbidden')
    expect(await outcome(updateApp(manager, strong.id, { scopes: ['keys:read'] }))).toBe('insufficient_scope')
    // Its tokens can do more than the key, so the key does not even rename it.
    expect(await outcome(updateApp(manager, strong.id, { name: 'Renamed', scopes: ['orders:write'] }))).toBe(
      'insufficient_scope',
    )
    const { app: asking } = await register(manager, { scopes: ['orders:write'] })
    const own = { grantTypes: ['authorization_code', 'client_credentials'] } as UpdateAppInput
    expect(await outcome(updateApp(manager, asking.id, own))).toBe('insufficient_scope')
  })
})

describe('read', () => {
  test('threat 35: strangers get the same for foreign and unknown apps', async () => {
    const message = async (work: Promise<unknown>) => ((await work.catch((error: unknown) => error)) as Error).message
    expect(await message(getApp(bob.actor, app.id))).toBe(await message(getApp(bob.actor, 'nothing')))
    expect(await outcome(getApp(bob.actor, app.id))).toBe('not_found')
    expect(await listApps(bob.actor, ada.projectId)).toEqual([])
    expect(await outcome(getProjectApp(ada.actor, bob.projectId, app.id))).toBe('not_found')
  })

  test('viewers see them, newest first', async () => {
    const { app: newer } = await makeClient(ada, { name: 'Newer' })
    const names = (await listApps(viewer.actor, ada.projectId)).map(({ id }) => id)
    expect(names.slice(0, 2)).toEqual([newer.id, app.id])
  })
})

describe('update', () => {
  test('changes what is named, keeps the rest, and says so in the history', async () => {
    const after = await update({ name: 'Zapier', homepage: 'https://zapier.example', accessTtl: 600 })
    expect(after).toEqual({ ...app, name: 'Zapier', homepage: 'https://zapier.example/', accessTtl: 600 })
    expect((await auditOf(app.id)).at(-1)).toMatchObject({
      action: 'app.updated',
      changes: {
        name: ['Test app', 'Zapier'],
        homepage: [null, 'https://zapier.example/'],
        accessTtl: [3600, 600],
      },
    })
  })

  test('what is as it was leaves no trace', async () => {
    expect(await update({ name: 'Test app', description: null, scopes: ['openid', 'orders:read'] })).toEqual(app)
    expect(await update({ description: '' })).toEqual(app)
    expect(await actions()).toEqual(['app.registered'])
  })

  test('only what takes something away makes the answer wait', async () => {
    const more = {
      scopes: ['openid', 'orders:read', 'orders:write'],
      redirectUris: [...app.redirectUris, 'https://b.example'],
    }
    expect(await narrowed((actor) => update({ name: 'Other', ...more } as UpdateAppInput, actor))).toBe(false)
    expect(await narrowed((actor) => update({ scopes: ['openid'] }, actor))).toBe(true)
    expect(await narrowed((actor) => update({ redirectUris: app.redirectUris }, actor))).toBe(true)
    expect(await narrowed((actor) => update({ grantTypes: ['authorization_code'] }, actor))).toBe(true)
  })

  test('is judged with what stays as it is', async () => {
    expect(await outcome(update({ redirectUris: [] }))).toBe('validation_failed')
    expect(await outcome(update({ redirectUris: ['com.example.app:/cb'] }))).toBe('validation_failed')
    expect(await outcome(update({ grantTypes: ['refresh_token'] }))).toBe('validation_failed')
    expect(await outcome(update({ grantTypes: ['password'] }))).toBe('validation_failed')
    expect(await getApp(ada.actor, app.id)).toEqual(app)
  })

  test('threat 35: not by strangers, viewers or weak keys', async () => {
    const weak = await keyActor((await makeKey(ada, { scopes: ['apps:read'] })).secret)
    expect(await outcome(update({ name: 'His' }, bob.actor))).toBe('not_found')
    expect(await outcome(update({ name: 'His' }, viewer.actor))).toBe('forbidden')
    expect(await outcome(update({ name: 'His' }, weak))).toBe('insufficient_scope')
    expect((await getApp(ada.actor, app.id)).name).toBe('Test app')
  })

  test('threat 85: when the audit row cannot be written nothing changes', async () => {
    await withoutAudit(() => expect(update({ name: 'Lost' })).rejects.toThrow())
    expect((await getApp(ada.actor, app.id)).name).toBe('Test app')
  })
})

describe('rotate', () => {
  test('without overlap the old secret ends at once, and the answer waits', async () => {
    expect(await narrowed((actor) => rotate(actor))).toBe(true)
    const after = await getApp(ada.actor, app.id)
    expect(after.secrets).toHaveLength(1)
    expect(after.secrets[0]?.hint).not.toBe(app.secrets[0]?.hint)
    expect(await actions()).toEqual(['app.registered', 'app.secret_rotated'])
  })

  test('with overlap both work until it is over or ended', async () => {
    const { app: after, secret: fresh } = await rotate(ada.actor, 3600)
    expect(after.secrets.map(({ hint, endsAt }) => [hint, endsAt !== null])).toEqual([
      [`${fresh.reveal().slice(0, 17)}…`, false],
      [app.secrets[0]?.hint, true],
    ])
    expect(Date.parse(String(after.secrets[1]?.endsAt)) - Date.now()).toBeGreaterThan(3590_000)
    expect(await outcome(rotate())).toBe('conflict')
    const ended = await endClientSecretOverlap(ada.actor, app.id)
    expect(ended.secrets).toEqual([after.secrets[0]])
    expect(await outcome(endClientSecretOverlap(ada.actor, app.id))).toBe('conflict')
    expect(await outcome(rotate())).toBe('done')
    expect(await actions()).toEqual([
      'app.registered',
      'app.secret_rotated',
      'app.secret_overlap_ended',
      'app.secret_rotated',
    ])
  })

  test('an overlap takes nothing away, so nobody waits', async () => {
    expect(await narrowed((actor) => rotate(actor, 60))).toBe(false)
    expect(await narrowed((actor) => endClientSecretOverlap(actor, app.id))).toBe(true)
  })

  test('threat 23: ten at once leave one or two live secrets', async () => {
    for (const overlap of [0, 3600])
      await Promise.allSettled(Array.from({ length: 10 }, () => rotate(ada.actor, overlap)))
    const { secrets } = await getApp(ada.actor, app.id)
    expect(secrets.map(({ endsAt }) => endsAt === null)).toEqual([true, false])
    const current = await db().select().from(oauthClientSecrets).where(sql`client_id = ${app.id} and ends_at is null`)
    expect(current).toHaveLength(1)
  })

  test('threat 35: not by strangers or viewers', async () => {
    expect(await outcome(rotate(bob.actor))).toBe('not_found')
    expect(await outcome(rotate(viewer.actor))).toBe('forbidden')
    await rotate(ada.actor, 3600)
    expect(await outcome(endClientSecretOverlap(bob.actor, app.id))).toBe('not_found')
    expect((await getApp(ada.actor, app.id)).secrets).toHaveLength(2)
  })
})

describe('disable and enable', () => {
  test('by the project; twice or at once is a conflict', async () => {
    const both = await Promise.all([disableApp(ada.actor, app.id), disableApp(ada.actor, app.id)].map(outcome))
    expect(both.sort()).toEqual(['conflict', 'done'])
    expect(await getApp(ada.actor, app.id)).toEqual({ ...app, status: 'disabled' })
    expect(await enableApp(ada.actor, app.id)).toEqual(app)
    expect(await outcome(enableApp(ada.actor, app.id))).toBe('conflict')
    expect(await actions()).toEqual(['app.registered', 'app.disabled', 'app.enabled'])
    expect(await narrowed((actor) => disableApp(actor, app.id))).toBe(true)
  })

  test('what an admin disabled, the project cannot enable', async () => {
    expect(await disableApp(admin.actor, app.id, { asAdmin: true })).toMatchObject({ disabledByAdmin: true })
    expect(await outcome(enableApp(ada.actor, app.id))).toBe('forbidden')
    expect(await outcome(disableApp(ada.actor, app.id))).toBe('conflict')
    expect(await enableApp(admin.actor, app.id, { asAdmin: true })).toEqual(app)
  })

  test('an admin makes final what the project had disabled; the command line is one', async () => {
    await disableApp(ada.actor, app.id)
    expect(await disableApp(cli(), app.id)).toMatchObject({ status: 'disabled', disabledByAdmin: true })
    expect(await outcome(disableApp(cli(), app.id))).toBe('conflict')
    expect(await outcome(enableApp(ada.actor, app.id))).toBe('forbidden')
    expect(await enableApp(cli(), app.id)).toEqual(app)
  })

  test('threat 35: not by strangers and viewers, nor as an admin by those who are none', async () => {
    expect(await outcome(disableApp(bob.actor, app.id))).toBe('not_found')
    expect(await outcome(disableApp(admin.actor, app.id))).toBe('not_found')
    expect(await outcome(disableApp(viewer.actor, app.id))).toBe('forbidden')
    expect(await outcome(disableApp(bob.actor, app.id, { asAdmin: true }))).toBe('not_found')
    await disableApp(ada.actor, app.id)
    expect(await outcome(enableApp(bob.actor, app.id))).toBe('not_found')
    expect(await outcome(enableApp(ada.actor, app.id, { asAdmin: true }))).toBe('not_found')
  })

  test('threat 85: when the audit row cannot be written it goes on', async () => {
    await withoutAudit(() => expect(disableApp(ada.actor, app.id)).rejects.toThrow())
    expect((await getApp(ada.actor, app.id)).status).toBe('active')
  })
})

describe('marks', () => {
  const mark = (marks: Marks, actor: Actor = admin.actor) => markApp(actor, app.id, marks)

  test('are given and taken by admins and the command line, each once', async () => {
    expect(await mark({ verified: true, firstParty: true })).toEqual({ ...app, verified: true, firstParty: true })
    expect(await mark({ verified: true }, cli())).toMatchObject({ verified: true, firstParty: true })
    expect(await mark({ verified: false, firstParty: false })).toEqual(app)
    expect((await actions()).sort()).toEqual([
      'app.marked_first_party',
      'app.registered',
      'app.unmarked_first_party',
      'app.unverified',
      'app.verified',
    ])
  })

  test('threat 35: nobody else can, nor learns that the app exists', async () => {
    const key = await keyActor((await makeKey(ada, { scopes: ['apps:write'] })).secret)
    for (const actor of [ada.actor, bob.actor, key, { ...admin.actor, sessionId: null } as Actor]) {
      expect(await outcome(mark({ verified: true }, actor))).toBe('not_found')
    }
    expect((await getApp(ada.actor, app.id)).verified).toBe(false)
  })

  test('the password grant goes with the first-party mark', async () => {
    await mark({ firstParty: true })
    await update({ grantTypes: ['authorization_code', 'password'] })
    expect(await mark({ firstParty: false })).toMatchObject({ grantTypes: ['authorization_code'] })
  })

  test('threat 77: a verified app that takes another name, homepage or picture is no longer verified', async () => {
    const changes = [
      () => update({ name: 'Google' }),
      () => update({ homepage: 'https://google.example' }),
      () => setLogo(ada.actor, app.id, pngOf(1, 1)),
      () => removeLogo(ada.actor, app.id),
    ]
    for (const change of changes) {
      await mark({ verified: true })
      expect((await change()).verified).toBe(false)
      expect((await auditOf(app.id)).at(-1)?.changes).toMatchObject({ verified: [true, false] })
    }
    await mark({ verified: true })
    expect((await update({ accessTtl: 60 })).verified).toBe(true)
  })
})

describe('logo', () => {
  test('is served under an address that changes with it', async () => {
    const first = await setLogo(ada.actor, app.id, pngOf(64, 64))
    const [, , id = '', , hash = ''] = first.logoUrl?.split('/') ?? []
    expect(id).toBe(app.id)
    expect(Buffer.from((await readLogo(id, hash)) ?? [])).toEqual(Buffer.from(pngOf(64, 64)))
    const second = await setLogo(ada.actor, app.id, pngOf(32, 32))
    expect(second.logoUrl).not.toBe(first.logoUrl)
    expect(await readLogo(id, hash)).toBeNull()
    expect(await setLogo(ada.actor, app.id, pngOf(32, 32))).toEqual(second)
    expect(await removeLogo(ada.actor, app.id)).toEqual(app)
    expect(await removeLogo(ada.actor, app.id)).toEqual(app)
    expect(await actions()).toEqual(['app.registered', 'app.logo_changed', 'app.logo_changed', 'app.logo_removed'])
  })

  test('threats 35, 47: not by strangers, and no script', async () => {
    expect(await outcome(setLogo(bob.actor, app.id, pngOf(1, 1)))).toBe('not_found')
    expect(await outcome(setLogo(viewer.actor, app.id, pngOf(1, 1)))).toBe('forbidden')
    const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    expect(await outcome(setLogo(ada.actor, app.id, svg))).toBe('validation_failed')
    await setLogo(ada.actor, app.id, pngOf(1, 1))
    expect(await outcome(removeLogo(bob.actor, app.id))).toBe('not_found')
  })
})

describe('grants', () => {
  const connect = async (person: Person) => {
    const id = randomId()
    await db()
      .insert(oauthGrants)
      .values({ id, userId: person.user.id, clientId: app.id, clientName: app.name, scopes: ['openid'] })
    return id
  }
  const people = async () => (await getApp(ada.actor, app.id)).people

  test('are counted and listed by name, and ended one by one', async () => {
    const [his, hers] = [await connect(bob), await connect(viewer)]
    expect(await people()).toBe(2)
    expect((await listAppGrants(ada.actor, app.id)).map(({ person }) => person.name).sort()).toEqual(['Bob', 'Vi'])
    expect(await listAppGrants(bob.actor, app.id)).toEqual([])
    const both = await Promise.all(
      [endGrantForApp(ada.actor, app.id, his), endGrantForApp(ada.actor, app.id, his)].map(outcome),
    )
    expect(both.sort()).toEqual(['done', 'not_found'])
    expect((await listAppGrants(ada.actor, app.id)).map(({ id }) => id)).toEqual([hers])
    expect(await people()).toBe(1)
    expect((await auditOf(his)).map((row) => row.action)).toEqual(['grant.removed'])
    expect((await auditOf(app.id)).at(-1)).toMatchObject({
      action: 'app.grant_ended',
      changes: { person: ['Bob', null] },
    })
  })

  test('of a person with grants for several projects, as one person', async () => {
    const { app: other } = await makeClient(ada)
    const his = await makeGrant(bob, app, { projectId: bob.projectId, scopes: ['openid', 'orders:read'] })
    const more = await makeGrant(bob, app, { projectId: ada.projectId })
    const elsewhere = await makeGrant(bob, other)
    expect(await people()).toBe(1)
    expect(await listAppGrants(ada.actor, app.id)).toMatchObject([
      { person: { name: 'Bob' }, scopes: expect.arrayContaining(['openid', 'orders:read']) },
    ])
    expect(await outcome(endGrantForApp(ada.actor, app.id, elsewhere.id))).toBe('not_found')
    await endGrantForApp(ada.actor, app.id, his.id)
    expect(await listAppGrants(ada.actor, app.id)).toEqual([])
    for (const { id } of [his, more]) expect(await auditOf(id)).toMatchObject([{ action: 'grant.removed' }])
    expect(await auditOf(elsewhere.id)).toEqual([])
  })

  test('threat 35: only by the project of the app, and only its own', async () => {
    const his = await connect(bob)
    const { app: other } = await makeClient(ada)
    const { app: foreign } = await makeClient(bob)
    expect(await outcome(endGrantForApp(bob.actor, app.id, his))).toBe('not_found')
    expect(await outcome(endGrantForApp(viewer.actor, app.id, his))).toBe('forbidden')
    expect(await outcome(endGrantForApp(ada.actor, other.id, his))).toBe('not_found')
    expect(await outcome(endGrantForApp(bob.actor, foreign.id, his))).toBe('not_found')
    expect(await people()).toBe(1)
    expect(await narrowed((actor) => endGrantForApp(actor, app.id, his))).toBe(true)
  })
})

test('who answered for it may be gone', async () => {
  await addMember(ada.projectId, bob, 'developer')
  const { app: his } = await register(bob.actor)
  await db().execute(sql`delete from memberships where project_id = ${ada.projectId} and user_id = ${bob.user.id}`)
  expect((await getApp(ada.actor, his.id)).responsible).toEqual({ id: bob.user.id, name: 'Bob', active: false })
  const [row] = await db().select().from(oauthClients).where(eq(oauthClients.id, his.id))
  expect(row?.responsibleId).toBe(bob.user.id)
})

async function withoutAudit(work: () => Promise<unknown>): Promise<void> {
  await db().execute(sql`alter table audit_events rename to audit_gone`)
  try {
    await work()
  } finally {
    await db().execute(sql`alter table audit_gone rename to audit_events`)
  }
}
