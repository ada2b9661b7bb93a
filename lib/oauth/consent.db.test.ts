import { readFileSync } from 'node:fs'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthArtifacts, oauthClients, oauthGrants } from '@/db/schema'
import { addMember, auditOf, makeClient, makePerson, origin, outcome, type Person, signInAs } from '@/db/testing'
import type { App } from '@/lib/apps/app'
import { mint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { narrowGrant } from '@/lib/grants/narrow'
import { removeGrant } from '@/lib/grants/remove'
import { endMembership } from '@/lib/members/end'
import type { AppScope } from '@/lib/scopes'
import { endSession } from '@/lib/sessions/end'
import { findArtifact, keepArtifact } from './artifacts'
import { type Consent, continueGrant, giveGrant } from './consent'
import { verifyToken } from './verify'

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
  redirectUri: URI,
  ...fields,
})
const grantsOf = (app: App, { user } = ada) =>
  db()
    .select()
    .from(oauthGrants)
    .where(and(eq(oauthGrants.clientId, app.id), eq(oauthGrants.userId, user.id), isNull(oauthGrants.revokedAt)))
const URI = 'https://app.example.com/callback'
const again = (app: App, wanted: AppScope[], { user } = ada, redirectUri = URI) =>
  continueGrant(user.id, { clientId: app.id, scopes: wanted, redirectUri })
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

describe('with two projects', () => {
  let eve: Person
  let app: App

  beforeEach(async () => {
    ;[app, eve] = [await newApp(), await makePerson({ name: 'Eve' })]
    await addMember(ada.projectId, eve, 'developer')
  })

  const give = (projectId: string | null, wanted: AppScope[], redirectUri = URI) =>
    giveGrant(eve.actor, consent(app, { projectId, scopes: wanted, redirectUri }))
  const issue = async (familyId: string, wanted: AppScope[]) => {
    const token = mint('access_token', env().KEY_BRAND).credential.reveal()
    const payload = { grantId: familyId, clientId: app.id, accountId: eve.user.id, scope: wanted.join(' ') }
    await keepArtifact('AccessToken', token, payload, 60)
    return token
  }
  const may = async (token: string) => {
    const { actor } = await verifyToken(token, origin())
    return [actor.projectId, ...actor.scopes].join(' ')
  }

  test('threat 95: consent for another project makes another grant, and tokens stay in theirs', async () => {
    const wide: AppScope[] = ['orders:read', 'orders:write', 'keys:read']
    const old = await issue(await give(ada.projectId, wide), wide)
    const other = await issue(await give(eve.projectId, ['orders:read']), ['orders:read'])
    const none = await issue(await give(null, ['openid']), ['openid'])
    expect(await may(old)).toBe([ada.projectId, 'keys:read', 'orders:read', 'orders:write'].join(' '))
    expect(await may(other)).toBe(`${eve.projectId} orders:read`)
    expect(await may(none)).toBe('')
    const grants = await grantsOf(app, eve)
    expect(new Map(grants.map((grant) => [grant.projectId, grant.scopes]))).toEqual(
      new Map([
        [ada.projectId, wide],
        [eve.projectId, ['orders:read']],
        [null, ['openid']],
      ]),
    )
    // Each ends by itself.
    await removeGrant(eve.actor, grants.find(({ projectId }) => projectId === ada.projectId)?.id ?? '')
    expect(await outcome(may(old))).toBe('revoked_credentials')
    expect(await may(other)).toBe(`${eve.projectId} orders:read`)
  })

  test('many first consents at once for each of two projects and none make three grants', async () => {
    const places = [ada.projectId, eve.projectId, null, ada.projectId, eve.projectId, null]
    await Promise.all(places.map((place) => give(place, place ? ['orders:read'] : ['openid'])))
    expect(await grantsOf(app, eve)).toHaveLength(3)
  })

  test('goes on without asking only while it is clear for which project', async () => {
    await give(ada.projectId, ['orders:read', 'openid'])
    expect(await again(app, ['orders:read'], eve)).not.toBeNull()
    // What concerns no project is a grant of its own.
    expect(await again(app, ['openid'], eve)).toBeNull()
    await give(null, ['openid'])
    expect(await again(app, ['openid'], eve)).not.toBeNull()
    await give(eve.projectId, ['orders:read'])
    expect(await again(app, ['orders:read'], eve)).toBeNull()
    await endMembership(db(), eve.actor, ada.projectId, eve.user.id)
    const familyId = await again(app, ['orders:read'], eve)
    expect(await may(await issue(familyId ?? '', ['orders:read']))).toBe(`${eve.projectId} orders:read`)
  })

  test('what is given later widens no older token, and what is taken stays taken', async () => {
    const both: AppScope[] = ['orders:read', 'orders:write']
    const [narrowFamily, wideFamily] = [await give(eve.projectId, ['orders:read']), await give(eve.projectId, both)]
    const [narrow, wide] = [await issue(narrowFamily, ['orders:read']), await issue(wideFamily, both)]
    // Whatever the library asks a family for.
    expect(await may(await issue(narrowFamily, both))).toBe(`${eve.projectId} orders:read`)
    expect(await findArtifact('Grant', narrowFamily)).toMatchObject({ openid: { scope: 'orders:read' } })
    const [grant] = await grantsOf(app, eve)
    await narrowGrant(eve.actor, grant?.id ?? '', ['orders:read'])
    expect(await may(wide)).toBe(`${eve.projectId} orders:read`)
    await give(eve.projectId, both)
    for (const token of [narrow, wide]) expect(await may(token)).toBe(`${eve.projectId} orders:read`)
    expect(await may(await issue(wideFamily, both))).toBe(`${eve.projectId} orders:read`)
    // A family that is left without any scope has ended.
    await narrowGrant(eve.actor, grant?.id ?? '', ['orders:write'])
    expect(await outcome(may(narrow))).toBe('revoked_credentials')
    expect(await findArtifact('Grant', narrowFamily)).toBeUndefined()
  })

  test('threat 96: is asked again for each redirect URI that was not allowed in this project', async () => {
    await give(eve.projectId, ['orders:read'])
    for (const other of [
      'https://evil.example/callback',
      'https://app.example.com/callback/',
      'https://app.example.com/callback?x=1',
      'https://app.example.com:8443/callback',
      '',
    ]) {
      expect([other, await again(app, ['orders:read'], eve, other)]).toEqual([other, null])
    }
    const next = 'https://app.example.com/next'
    await give(eve.projectId, ['orders:read'], next)
    for (const uri of [URI, next]) expect(await again(app, ['orders:read'], eve, uri)).not.toBeNull()
    const [grant] = await grantsOf(app, eve)
    expect(grant?.redirectUris).toEqual([URI, next])
    expect((await auditOf(grant?.id ?? '')).at(-1)).toMatchObject({
      action: 'grant.widened',
      changes: { redirectUris: [[URI], [URI, next]] },
    })
    // A grant of an earlier release knows none: it goes on, and the next request asks.
    await db()
      .update(oauthGrants)
      .set({ redirectUris: [] })
      .where(eq(oauthGrants.id, grant?.id ?? ''))
    expect(await again(app, ['orders:read'], eve)).toBeNull()
  })

  test('nothing is remembered for a native app or a device', async () => {
    app = (await makeClient(bob, { kind: 'native', redirectUris: ['http://127.0.0.1/cb'], isPublic: true, scopes })).app
    await give(eve.projectId, ['orders:read'], 'http://127.0.0.1:49152/cb')
    await giveGrant(eve.actor, consent(app, { projectId: eve.projectId, redirectUri: null }))
    expect(await grantsOf(app, eve)).toMatchObject([{ redirectUris: [] }])
  })

  test('the migration gives each family the scopes of its grant, and no more later', async () => {
    const familyId = await give(eve.projectId, ['orders:read'])
    await db().update(oauthArtifacts).set({ scopes: [] }).where(eq(oauthArtifacts.id, familyId))
    const token = await issue(familyId, ['orders:read'])
    const statements = readFileSync('drizzle/0016_grants_per_project.sql', 'utf8').split('--> statement-breakpoint')
    await db().execute(sql.raw(statements.at(-1) ?? ''))
    await give(eve.projectId, ['orders:write'])
    expect(await findArtifact('Grant', familyId)).toMatchObject({ openid: { scope: 'orders:read' } })
    expect(await may(token)).toBe(`${eve.projectId} orders:read`)
  })

  test('a family of an earlier release may do what its grant may', async () => {
    const familyId = await give(eve.projectId, ['orders:read'])
    await db().update(oauthArtifacts).set({ scopes: [] }).where(eq(oauthArtifacts.id, familyId))
    await give(eve.projectId, ['orders:write'])
    expect(await findArtifact('Grant', familyId)).toMatchObject({ openid: { scope: 'orders:read orders:write' } })
  })
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
  expect(await again(app, ['orders:read'])).toBeNull()
  ada.actor.origin.narrowedAt = undefined
  await giveGrant(ada.actor, consent(app, { clientName: 'Latchkey Support', scopes: ['orders:read', 'openid'] }))
  expect(ada.actor.origin.narrowedAt).toBeDefined()
  const [grant] = await grantsOf(app)
  expect(grant).toMatchObject({ clientName: 'Latchkey Support', scopes: ['orders:read', 'openid'] })
  expect((await auditOf(grant?.id ?? '')).at(-1)).toMatchObject({
    action: 'grant.given',
    changes: { name: ['Zapier', 'Latchkey Support'] },
  })
  expect(await again(app, ['keys:read'])).toBeNull()
})

test('goes on without asking for what was allowed, and asks for anything else', async () => {
  const app = await newApp()
  expect(await again(app, ['orders:read'])).toBeNull()
  ada.actor.origin.narrowedAt = undefined
  await giveGrant(ada.actor, consent(app))
  expect(ada.actor.origin.narrowedAt).toBeUndefined()
  expect(await again(app, ['orders:read'])).not.toBeNull()
  expect(await again(app, ['orders:read', 'openid'])).toBeNull()
  expect(await again(app, ['orders:read'], bob)).toBeNull()
  await removeGrant(ada.actor, (await grantsOf(app))[0]?.id ?? '')
  expect(await again(app, ['orders:read'])).toBeNull()
})
