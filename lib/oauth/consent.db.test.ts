import { and, eq, isNull } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthClients, oauthGrants } from '@/db/schema'
import { addMember, auditOf, makeClient, makePerson, outcome, type Person, signInAs } from '@/db/testing'
import type { App } from '@/lib/apps/app'
import { removeGrant } from '@/lib/grants/remove'
import type { AppScope } from '@/lib/scopes'
import { endSession } from '@/lib/sessions/end'
import { type Consent, continueGrant, giveGrant } from './consent'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

const scopes: AppScope[] = ['openid', 'orders:read', 'orders:write', 'keys:read']
const newApp = async () => (await makeClient(bob, { name: 'Zapier', scopes })).app
const consent = (app: App, fields: Partial<Consent> = {}): Consent => ({
  clientId: app.id,
  clientName: app.name,
  scopes: ['orders:read'],
  projectId: ada.projectId,
  redirectHost: 'app.example.com',
  ...fields,
})
const grantsOf = (app: App, { user } = ada) =>
  db()
    .select()
    .from(oauthGrants)
    .where(and(eq(oauthGrants.clientId, app.id), eq(oauthGrants.userId, user.id), isNull(oauthGrants.revokedAt)))
const rename = (app: App, name: string) => db().update(oauthClients).set({ name }).where(eq(oauthClients.id, app.id))

test('a first consent makes a grant, a wider one widens it, the same again writes nothing', async () => {
  const app = await newApp()
  await giveGrant(ada.actor, consent(app))
  await giveGrant(ada.actor, consent(app, { scopes: ['orders:write'] }))
  await giveGrant(ada.actor, consent(app))
  const [grant, second] = await grantsOf(app)
  expect(second).toBeUndefined()
  expect(grant).toMatchObject({ scopes: ['orders:read', 'orders:write'], projectId: ada.projectId })
  expect(await auditOf(grant?.id ?? '')).toMatchObject([
    { action: 'grant.given', actorId: ada.user.id, changes: { scopes: [null, ['orders:read']] } },
    { action: 'grant.widened', changes: { scopes: [['orders:read'], ['orders:read', 'orders:write']] } },
  ])
})

test('many first consents at once make one grant, and a family each', async () => {
  const app = await newApp()
  const wanted: AppScope[][] = [['orders:read'], ['orders:write'], ['keys:read'], ['orders:read'], ['openid']]
  const families = await Promise.all(wanted.map((each) => giveGrant(ada.actor, consent(app, { scopes: each }))))
  expect(new Set(families).size).toBe(5)
  const grants = await grantsOf(app)
  expect(grants).toHaveLength(1)
  expect(grants[0]?.scopes.sort()).toEqual(['keys:read', 'openid', 'orders:read', 'orders:write'])
})

test('what the app may not ask for is not given, whoever asked', async () => {
  const app = await newApp()
  await giveGrant(ada.actor, consent(app, { scopes: ['orders:read', 'audit:read'] }))
  expect((await grantsOf(app))[0]?.scopes).toEqual(['orders:read'])
})

test('the project is one of the person, and is there where a scope concerns one', async () => {
  const app = await newApp()
  expect(await outcome(giveGrant(ada.actor, consent(app, { projectId: null })))).toBe('validation_failed')
  expect(await outcome(giveGrant(ada.actor, consent(app, { projectId: bob.projectId })))).toBe('not_found')
  expect(await outcome(giveGrant(ada.actor, consent(app, { projectId: 'nothing' })))).toBe('not_found')
  expect(await outcome(giveGrant(ada.actor, consent(app, { projectId: null, scopes: ['openid'] })))).toBe('done')
})

test('a person with two projects may change which one it is about', async () => {
  const [app, eve] = [await newApp(), await makePerson({ name: 'Eve' })]
  await addMember(ada.projectId, eve, 'viewer')
  await giveGrant(eve.actor, consent(app))
  await giveGrant(eve.actor, consent(app, { projectId: eve.projectId }))
  expect(await grantsOf(app, eve)).toMatchObject([{ projectId: eve.projectId }])
})

test('an app that is gone, disabled or renamed meanwhile gets nothing', async () => {
  const app = await newApp()
  expect(await outcome(giveGrant(ada.actor, consent(app, { clientId: 'nothing' })))).toBe('not_found')
  await rename(app, 'Another name')
  expect(await outcome(giveGrant(ada.actor, consent(app)))).toBe('conflict')
  const shown = consent(app, { clientName: 'Another name' })
  await db().update(oauthClients).set({ disabledAt: new Date() }).where(eq(oauthClients.id, app.id))
  expect(await outcome(giveGrant(ada.actor, shown))).toBe('not_found')
  expect(await grantsOf(app)).toEqual([])
})

test('a session that ended meanwhile consents to nothing', async () => {
  const app = await newApp()
  const other = await signInAs(ada.user)
  await endSession(ada.actor, other.sessionId)
  expect(await outcome(giveGrant(other, consent(app)))).toBe('invalid_credentials')
  expect(await grantsOf(app)).toEqual([])
})

test('a renamed app does not keep what was allowed under its old name', async () => {
  const app = await newApp()
  await giveGrant(ada.actor, consent(app, { scopes: ['orders:read', 'orders:write', 'keys:read'] }))
  await rename(app, 'Latchkey Support')
  expect(await continueGrant(ada.user.id, app.id, ['orders:read'])).toBeNull()
  ada.actor.origin.narrowedAt = undefined
  await giveGrant(ada.actor, consent(app, { clientName: 'Latchkey Support', scopes: ['orders:read', 'openid'] }))
  expect(ada.actor.origin.narrowedAt).toBeDefined()
  const [grant] = await grantsOf(app)
  expect(grant).toMatchObject({ clientName: 'Latchkey Support', scopes: ['orders:read', 'openid'] })
  expect((await auditOf(grant?.id ?? '')).at(-1)).toMatchObject({
    action: 'grant.given',
    changes: { name: ['Zapier', 'Latchkey Support'] },
  })
  expect(await continueGrant(ada.user.id, app.id, ['keys:read'])).toBeNull()
})

test('goes on without asking for what was allowed, and asks for anything else', async () => {
  const app = await newApp()
  expect(await continueGrant(ada.user.id, app.id, ['orders:read'])).toBeNull()
  ada.actor.origin.narrowedAt = undefined
  await giveGrant(ada.actor, consent(app))
  expect(ada.actor.origin.narrowedAt).toBeUndefined()
  expect(await continueGrant(ada.user.id, app.id, ['orders:read'])).not.toBeNull()
  expect(await continueGrant(ada.user.id, app.id, ['orders:read', 'openid'])).toBeNull()
  expect(await continueGrant(bob.user.id, app.id, ['orders:read'])).toBeNull()
  await removeGrant(ada.actor, (await grantsOf(app))[0]?.id ?? '')
  expect(await continueGrant(ada.user.id, app.id, ['orders:read'])).toBeNull()
})
