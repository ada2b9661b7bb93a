import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthArtifacts, oauthClients } from '@/db/schema'
import { auditOf, makeClient, makePerson, outcome, type Person } from '@/db/testing'
import type { App } from '@/lib/apps/app'
import { mint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { removeGrant } from '@/lib/grants/remove'
import { consumeArtifact, endArtifact, endFamily, findArtifact, findByUserCode, keepArtifact } from './artifacts'
import { giveGrant } from './consent'
import { pruneArtifacts } from './prune'

let ada: Person
let app: App

beforeAll(async () => {
  ada = await makePerson()
  ;({ app } = await makeClient(ada, { name: 'Zapier', scopes: ['openid', 'orders:read', 'orders:write'] }))
})

let count = 0
const newValue = () => `value-${++count}-${'x'.repeat(30)}`
const newToken = (kind: 'access_token' | 'refresh_token') => mint(kind, env().KEY_BRAND).credential.reveal()

async function newFamily(client = app): Promise<{ familyId: string; grantId: string }> {
  const consent = { clientId: client.id, clientName: client.name, scopes: ['orders:read'] as const, redirectUri: null }
  const familyId = await giveGrant(ada.actor, { ...consent, projectId: ada.projectId })
  const [row] = await db().select().from(oauthArtifacts).where(eq(oauthArtifacts.id, familyId))
  return { familyId, grantId: row?.grantId ?? '' }
}

const keep = (kind: string, value: string, familyId?: string, seconds = 60) =>
  keepArtifact(kind, value, { kind, grantId: familyId, clientId: app.id, accountId: ada.user.id }, seconds)

test('what is kept is found by its value and kind, and is not there to be read', async () => {
  const { familyId } = await newFamily()
  for (const [kind, value] of [
    ['AuthorizationCode', newValue()],
    ['AccessToken', newToken('access_token')],
    ['RefreshToken', newToken('refresh_token')],
  ] as const) {
    await keep(kind, value, familyId)
    expect(await findArtifact(kind, value)).toMatchObject({
      clientId: app.id,
      accountId: ada.user.id,
      grantId: familyId,
    })
    expect(await findArtifact('DeviceCode', value)).toBeUndefined()
    expect(await findArtifact(kind, `${value.slice(0, -1)}_`)).toBeUndefined()
    const text = JSON.stringify(await db().select().from(oauthArtifacts))
    expect(text).not.toContain(value)
    expect(text).not.toContain(value.slice(20))
  }
})

test('is consumed once: of twenty at once one does it, and the family of a copy ends', async () => {
  const { familyId } = await newFamily()
  const [code, token] = [newValue(), newToken('access_token')]
  await keep('AuthorizationCode', code, familyId)
  await keep('AccessToken', token, familyId)
  const all = await Promise.all(Array.from({ length: 20 }, () => outcome(consumeArtifact('AuthorizationCode', code))))
  expect(all.sort()).toEqual([...Array(19).fill('conflict'), 'done'])
  expect(await findArtifact('AccessToken', token)).toBeUndefined()
  expect(await findArtifact('Grant', familyId)).toBeUndefined()
})

test('what was consumed is still known, as consumed', async () => {
  const { familyId } = await newFamily()
  const code = newValue()
  await keep('AuthorizationCode', code, familyId)
  await consumeArtifact('AuthorizationCode', code)
  expect(await findArtifact('AuthorizationCode', code)).toMatchObject({ consumed: true })
})

test('nothing is saved in a family that has ended, or under a grant that was removed', async () => {
  const { familyId } = await newFamily()
  await endFamily(familyId, 'used twice')
  const late = newToken('access_token')
  expect(await outcome(keep('AccessToken', late, familyId))).toBe('revoked_credentials')
  expect(await findArtifact('AccessToken', late)).toBeUndefined()

  const other = await newFamily()
  await removeGrant(ada.actor, other.grantId)
  expect(await outcome(keep('RefreshToken', newToken('refresh_token'), other.familyId))).toBe('revoked_credentials')
  // A new consent is a new grant: what came of the old one stays dead.
  const next = await newFamily()
  expect(next.grantId).not.toBe(other.grantId)
  expect(await outcome(keep('RefreshToken', newToken('refresh_token'), other.familyId))).toBe('revoked_credentials')
  expect(await outcome(keep('RefreshToken', newToken('refresh_token'), 'no family'))).toBe('revoked_credentials')
})

test('what was ended or consumed is not brought back by saving it again', async () => {
  const device = newValue()
  await keep('DeviceCode', device)
  await consumeArtifact('DeviceCode', device)
  await keep('DeviceCode', device)
  expect(await findArtifact('DeviceCode', device)).toMatchObject({ consumed: true })
  const request = newValue()
  await keep('Interaction', request)
  await endArtifact('Interaction', request)
  await keep('Interaction', request)
  expect(await findArtifact('Interaction', request)).toBeUndefined()
})

test('a request is answered once, of several at once too; a token may be ended again', async () => {
  const request = newValue()
  await keep('Interaction', request)
  const all = await Promise.all(Array.from({ length: 6 }, () => outcome(endArtifact('Interaction', request))))
  expect(all.sort()).toEqual([...Array(5).fill('conflict'), 'done'])
  const { familyId } = await newFamily()
  const token = newToken('access_token')
  await keep('AccessToken', token, familyId)
  await endArtifact('AccessToken', token)
  expect(await outcome(endArtifact('AccessToken', token))).toBe('done')
  expect(await findArtifact('Grant', familyId)).toBeDefined()
})

test('a family ends with all of its own and nothing else, once, and that is written down', async () => {
  const [one, other] = [await newFamily(), await newFamily()]
  const [token, refresh, others] = [newToken('access_token'), newToken('refresh_token'), newToken('access_token')]
  await keep('AccessToken', token, one.familyId)
  await keep('RefreshToken', refresh, one.familyId)
  await keep('AccessToken', others, other.familyId)
  const before = (await auditOf(one.grantId)).length
  await Promise.all(Array.from({ length: 5 }, () => endFamily(one.familyId, 'used twice')))
  expect(await findArtifact('AccessToken', token)).toBeUndefined()
  expect(await findArtifact('RefreshToken', refresh)).toBeUndefined()
  expect(await findArtifact('AccessToken', others)).toBeDefined()
  const rows = (await auditOf(one.grantId)).slice(before)
  expect(rows).toMatchObject([{ action: 'grant.family_ended', changes: { reason: [null, 'used twice'] } }])
})

test('disabled apps have nothing', async () => {
  const { app: other } = await makeClient(ada, { name: 'Off', scopes: ['orders:read'] })
  const { familyId } = await newFamily(other)
  const token = newToken('refresh_token')
  await keepArtifact('RefreshToken', token, { kind: 'RefreshToken', grantId: familyId, clientId: other.id }, 60)
  expect(await findArtifact('RefreshToken', token)).toBeDefined()
  await db().update(oauthClients).set({ disabledAt: new Date() }).where(eq(oauthClients.id, other.id))
  expect(await findArtifact('RefreshToken', token)).toBeUndefined()
})

test('a device is found by its user code, which is not stored', async () => {
  const value = newValue()
  await keepArtifact('DeviceCode', value, { kind: 'DeviceCode', clientId: app.id, userCode: 'BCDFGHJK' }, 60)
  expect(await findByUserCode('BCDFGHJK')).toMatchObject({ clientId: app.id })
  expect(await findByUserCode('BCDFGHJL')).toBeUndefined()
})

test('what expired a month ago is forgotten, families when nothing of them is left; what may still be used is not', async () => {
  const { familyId } = await newFamily()
  const { familyId: spent } = await newFamily()
  const [token, old, recent] = [newToken('refresh_token'), newToken('access_token'), newToken('access_token')]
  await keep('RefreshToken', token, familyId)
  await keep('AccessToken', old, familyId)
  await keep('AccessToken', recent, familyId)
  const ids = await db().select({ id: oauthArtifacts.id, kind: oauthArtifacts.kind }).from(oauthArtifacts)
  const publicId = (value: string) => value.split('_')[1] ?? ''
  const expire = (id: string, days: number) =>
    db()
      .update(oauthArtifacts)
      .set({ expiresAt: sql`now() - make_interval(days => ${days})` })
      .where(eq(oauthArtifacts.id, id))
  await expire(publicId(old), 31)
  await expire(publicId(recent), 29)
  for (const id of [familyId, spent]) {
    await db()
      .update(oauthArtifacts)
      .set({ createdAt: sql`now() - interval '40 days'` })
      .where(eq(oauthArtifacts.id, id))
  }
  await pruneArtifacts()
  const left = new Set((await db().select({ id: oauthArtifacts.id }).from(oauthArtifacts)).map(({ id }) => id))
  const gone = ids.filter(({ id }) => !left.has(id)).map(({ id }) => id)
  expect(gone.sort()).toEqual([publicId(old), spent].sort())
})
