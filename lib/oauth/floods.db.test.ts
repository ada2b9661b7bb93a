import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthArtifacts } from '@/db/schema'
import { makeClient, makePerson } from '@/db/testing'
import { type Client, startOauth } from '@/lib/front/testing'
import { forget } from '@/lib/runtime'
import { keepArtifact } from './artifacts'
import { pruneAnonymous } from './prune'

let oauth: Awaited<ReturnType<typeof startOauth>>
let client: Client
const redirectUri = 'https://app.example.com/callback'

beforeAll(async () => {
  oauth = await startOauth()
  const ada = await makePerson()
  const { app, secret } = await makeClient(ada, {
    grantTypes: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    scopes: ['openid', 'profile'],
  })
  client = { id: app.id, secret }
})
afterAll(() => oauth.close())
beforeEach(() => {
  for (const limit of ['pushedPerAddress', 'devicesPerAddress'] as const) forget(`limit-${limit}`)
})

const push = (state: string) =>
  oauth.post('par', client, {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    scope: 'openid profile',
    state,
  })

test('pushed requests of one address end at 60 a minute, with an error of the RFC', async () => {
  const statuses = new Map<number, number>()
  for (let one = 0; one < 65; one++) {
    const { status } = await push('x')
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  expect(Object.fromEntries(statuses)).toEqual({ 201: 60, 429: 5 })
  expect((await push('x')).body).toMatchObject({ error: 'temporarily_unavailable' })
})

test('device requests of one address end at 60 a minute, whatever they ask for', async () => {
  for (let one = 0; one < 60; one++) await oauth.post('device', client, { scope: 'openid profile' })
  expect(await oauth.post('device', client, {})).toMatchObject({ status: 429 })
})

test('a pushed request stores at most 8 kB', async () => {
  for (const [state, status] of [
    ['x'.repeat(3_500), 201],
    ['x'.repeat(4_500), 400],
    ['x'.repeat(8_000), 400],
    ['é'.repeat(4_000), 400],
    ['x'.repeat(30_000), 400],
  ] as const) {
    const answer = await push(state)
    expect([state.length, answer.status]).toEqual([state.length, status])
    if (status === 400) expect(answer.body).toMatchObject({ error: 'invalid_request' })
  }
  const [row] = await db()
    .select({ most: sql<number>`max(length(${oauthArtifacts.payload}))`.mapWith(Number) })
    .from(oauthArtifacts)
  expect(row?.most).toBeLessThanOrEqual(8_192)
})

test('what anybody left behind is gone within an hour of expiring, in batches, and nothing else is', async () => {
  for (const kind of ['PushedAuthorizationRequest', 'Interaction', 'DeviceCode', 'AuthorizationCode']) {
    await keepArtifact(kind, `old ${kind}`, { kind }, -31 * 60)
    await keepArtifact(kind, `recent ${kind}`, { kind }, -60)
  }
  await db().execute(sql`
    insert into oauth_artifacts (id, kind, scopes, payload, expires_at)
    select 'flood' || n, 'PushedAuthorizationRequest', '{}', 'x', now() - interval '1 hour' from generate_series(1, 1500) n`)
  expect(await pruneAnonymous()).toBe(1_503)
  expect(await pruneAnonymous()).toBe(0)
})
