import { and, eq, inArray, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthArtifacts } from '@/db/schema'
import { auditOf, makeClient, makePerson, origin, outcome, type Person } from '@/db/testing'
import { mint, parse } from '@/lib/credentials'
import { env } from '@/lib/env'
import { type Client, startOauth } from '@/lib/front/testing'
import { removeGrant } from '@/lib/grants/remove'
import { endFamily, keepArtifact } from './artifacts'
import { giveGrant } from './consent'
import { verifyToken } from './verify'

let oauth: Awaited<ReturnType<typeof startOauth>>
let ada: Person
let client: Client
let familyId: string
let grantId: string
let eventsBefore: number

beforeAll(async () => {
  oauth = await startOauth()
  ada = await makePerson()
  client = await newClient()
})

afterAll(() => oauth.close())

beforeEach(async () => {
  familyId = await giveGrant(ada.actor, {
    clientId: client.id,
    clientName: 'Test app',
    scopes: ['orders:read'],
    projectId: ada.projectId,
    redirectUri: null,
  })
  const [family] = await db().select().from(oauthArtifacts).where(eq(oauthArtifacts.id, familyId))
  grantId = family?.grantId ?? ''
  eventsBefore = (await auditOf(grantId)).length
})

async function newClient(): Promise<Client> {
  const { app, secret } = await makeClient(ada, { scopes: ['orders:read', 'orders:write'] })
  return { id: app.id, secret }
}

const scope = 'orders:read'

/** The first refresh token of the family, as a code is exchanged for. */
async function firstToken(): Promise<string> {
  const jti = mint('refresh_token', env().KEY_BRAND).credential.reveal()
  const subject = { grantId: familyId, clientId: client.id, accountId: ada.user.id, iat: Math.floor(Date.now() / 1000) }
  await keepArtifact('RefreshToken', jti, { ...subject, jti, kind: 'RefreshToken', scope }, 3600)
  return jti
}

interface Tokens {
  access: string
  refresh: string
}

/** What a refresh token is exchanged for; the error if it is refused. */
async function send(token: string, as = client): Promise<Tokens | string> {
  const { status, body } = await oauth.post('token', as, { grant_type: 'refresh_token', refresh_token: token })
  return status === 200 ? { access: body.access_token, refresh: body.refresh_token } : body.error
}

async function refresh(token: string, as = client): Promise<Tokens> {
  const got = await send(token, as)
  if (typeof got === 'string') throw new Error(got)
  return got
}

const works = (token: string) => outcome(verifyToken(token, origin()))

/** Lets time pass for all that is known of the family's refresh tokens. */
const later = (seconds: number) =>
  db()
    .update(oauthArtifacts)
    .set({
      consumedAt: sql`${oauthArtifacts.consumedAt} - make_interval(secs => ${seconds})`,
      settledAt: sql`${oauthArtifacts.settledAt} - make_interval(secs => ${seconds})`,
    })
    .where(and(eq(oauthArtifacts.familyId, familyId), eq(oauthArtifacts.kind, 'RefreshToken')))

const events = async (action: string) =>
  (await auditOf(grantId)).slice(eventsBefore).filter((event) => event.action === action)
const graces = async () => (await events('grant.refresh_repeated')).length
const isOver = async () => {
  const [family] = await db().select().from(oauthArtifacts).where(eq(oauthArtifacts.id, familyId))
  return family?.endedAt !== null
}

async function expectOver(...tokens: Tokens[]): Promise<void> {
  expect(await isOver()).toBe(true)
  for (const { access, refresh } of tokens) {
    expect(await works(access)).toBe('revoked_credentials')
    expect(await send(refresh)).toBe('invalid_grant')
  }
}

describe('an answer that was lost', () => {
  test('is given again within 30 seconds, and the family goes on', async () => {
    const first = await firstToken()
    await refresh(first)
    await later(29)
    const second = await refresh(first)
    expect(await works(second.access)).toBe('done')
    const third = await refresh(second.refresh)
    await later(3600)
    expect(await works((await refresh(third.refresh)).access)).toBe('done')
    expect(await isOver()).toBe(false)
    expect(await graces()).toBe(1)
    expect(await events('grant.refresh_repeated')).toMatchObject([{ projectId: ada.projectId, actorKind: 'system' }])
  })

  test('not after 30 seconds: the family ends', async () => {
    const first = await firstToken()
    const lost = await refresh(first)
    await later(31)
    expect(await send(first)).toBe('invalid_grant')
    await expectOver(lost)
    expect(await graces()).toBe(0)
  })

  test('three times; the fourth ends the family', async () => {
    const first = await firstToken()
    const all = [await refresh(first)]
    for (let again = 1; again <= 3; again++) all.push(await refresh(first))
    expect(await graces()).toBe(3)
    for (const { access } of all) expect(await works(access)).toBe('done')
    expect(await send(first)).toBe('invalid_grant')
    await expectOver(...all)
    expect(await graces()).toBe(3)
  })

  test('at each step of the line, but not behind it', async () => {
    const first = await firstToken()
    await refresh(first)
    const second = await refresh(first)
    await refresh(second.refresh)
    const third = await refresh(second.refresh)
    expect(await graces()).toBe(2)
    expect(await works(third.access)).toBe('done')
    // The client has got on from here: it cannot have lost this answer.
    expect(await send(first)).toBe('invalid_grant')
    await expectOver(third)
  })
})

describe('two at once', () => {
  for (const winner of [0, 1]) {
    test(`both get tokens, and an hour on the family goes on with number ${winner + 1}`, async () => {
      const first = await firstToken()
      const both = await Promise.all([refresh(first), refresh(first)])
      for (const { access } of both) expect(await works(access)).toBe('done')
      await later(3600)
      const [one, other] = [both[winner], both[1 - winner]] as [Tokens, Tokens]
      const next = await refresh(one.refresh)
      expect(await works(next.access)).toBe('done')
      // The other one is dead with its access token, though not yet a sign of a thief.
      expect(await works(other.access)).toBe('revoked_credentials')
      expect(await works(one.access)).toBe('done')
      expect(await send(other.refresh)).toBe('invalid_grant')
      expect(await oauth.post('introspect', client, { token: other.refresh })).toMatchObject({
        body: { active: false },
      })
      expect(await works((await refresh(next.refresh)).access)).toBe('done')
      await later(31)
      expect(await send(other.refresh)).toBe('invalid_grant')
      await expectOver(one, next)
    })
  }

  test('of the two that came of it only one is rotated, also at once', async () => {
    const first = await firstToken()
    const both = await Promise.all([refresh(first), refresh(first)])
    const next = await Promise.all(both.map(({ refresh: token }) => send(token)))
    expect(next.filter((got) => got === 'invalid_grant')).toHaveLength(1)
    expect(await isOver()).toBe(false)
  })

  test('what comes late for a token that lost is not kept', async () => {
    const first = await firstToken()
    const [mine, other] = [await refresh(first), await refresh(first)]
    await refresh(mine.refresh)
    const payload = { grantId: familyId, clientId: client.id, accountId: ada.user.id, scope }
    const access = mint('access_token', env().KEY_BRAND).credential.reveal()
    const token = mint('refresh_token', env().KEY_BRAND).credential.reveal()
    expect(await outcome(keepArtifact('AccessToken', access, payload, 60, other.refresh))).toBe('revoked_credentials')
    expect(await outcome(keepArtifact('RefreshToken', token, payload, 60, first))).toBe('revoked_credentials')
    expect(await outcome(keepArtifact('AccessToken', access, payload, 60, mine.refresh))).toBe('done')
  })
})

describe('a thief within the 30 seconds', () => {
  for (const [order, thiefFirst] of [
    ['thief first', true],
    ['owner first', false],
  ] as const) {
    test(`${order}: the family ends at the second line's next use`, async () => {
      const first = await firstToken()
      const [early, late] = [await refresh(first), await refresh(first)]
      const [thief, owner] = thiefFirst ? [early, late] : [late, early]
      await later(3600)
      const stolen = await refresh(thief.refresh)
      expect(await works(owner.access)).toBe('revoked_credentials')
      await later(3600)
      expect(await send(owner.refresh)).toBe('invalid_grant')
      await expectOver(stolen)
    })

    test(`${order}: and when the owner goes on first`, async () => {
      const first = await firstToken()
      const [early, late] = [await refresh(first), await refresh(first)]
      const [thief, owner] = thiefFirst ? [early, late] : [late, early]
      const next = await refresh(owner.refresh)
      await later(31)
      expect(await send(thief.refresh)).toBe('invalid_grant')
      await expectOver(next)
    })
  }
})

describe('no grace', () => {
  test('for another client, which neither ends the family nor uses one up', async () => {
    const [first, other] = [await firstToken(), await newClient()]
    const mine = await refresh(first)
    for (let again = 0; again < 5; again++) expect(await send(first, other)).toBe('invalid_grant')
    expect(await graces()).toBe(0)
    expect(await works(mine.access)).toBe('done')
    await refresh(first)
  })

  test('in a family that was ended, whoever ended it', async () => {
    for (const end of [
      () => endFamily(familyId, 'revoked by the app'),
      () => endFamily(familyId, 'used twice'),
      () => removeGrant(ada.actor, grantId),
    ]) {
      const first = await firstToken().catch(() => null)
      if (first === null) break
      await refresh(first)
      await end()
      expect(await send(first)).toBe('invalid_grant')
      expect(await graces()).toBe(0)
      familyId = await giveGrant(ada.actor, {
        clientId: client.id,
        clientName: 'Test app',
        scopes: ['orders:read'],
        projectId: ada.projectId,
        redirectUri: null,
      })
    }
    expect(await events('grant.removed')).toHaveLength(1)
  })

  test('for a token that has expired', async () => {
    const first = await firstToken()
    await refresh(first)
    await db()
      .update(oauthArtifacts)
      .set({ expiresAt: sql`now() - interval '1 second'` })
      .where(eq(oauthArtifacts.id, parse(first, env().KEY_BRAND)?.publicId ?? ''))
    expect(await send(first)).toBe('invalid_grant')
    expect(await graces()).toBe(0)
  })
})

describe('twenty at once', () => {
  const twenty = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, work))

  test('four get an answer, and the fifth ends the family with all of them', async () => {
    const first = await firstToken()
    const answers = await twenty(() => send(first))
    const won = answers.filter((got) => typeof got !== 'string')
    expect(won.length).toBeLessThanOrEqual(4)
    await expectOver(...won)
    expect(await events('grant.family_ended')).toHaveLength(1)
    expect(await graces()).toBe(3)
  })

  test('against a revocation nothing lives on', async () => {
    const first = await firstToken()
    const answers = twenty(() => send(first))
    await oauth.post('revoke', client, { token: first })
    const won = (await answers).filter((got) => typeof got !== 'string')
    await expectOver(...won)
    const live = await db()
      .select()
      .from(oauthArtifacts)
      .where(and(eq(oauthArtifacts.familyId, familyId), inArray(oauthArtifacts.kind, ['AccessToken', 'RefreshToken'])))
    expect(live.filter(({ endedAt }) => endedAt === null)).toEqual([])
  })
})
