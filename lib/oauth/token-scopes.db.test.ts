import { createHash } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { memberships, oauthArtifacts, oauthGrants } from '@/db/schema'
import { addMember, cli, makeClient, makePerson, origin, PASSWORD, type Person } from '@/db/testing'
import { updateApp } from '@/lib/apps/update'
import { mint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { type Client, startOauth } from '@/lib/front/testing'
import type { Role } from '@/lib/projects/roles'
import { forget } from '@/lib/runtime'
import type { AppScope } from '@/lib/scopes'
import { keepArtifact } from './artifacts'
import { giveGrant } from './consent'
import { verifyToken } from './verify'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
let oauth: Awaited<ReturnType<typeof startOauth>>
let ada: Person

beforeAll(async () => {
  process.env.OAUTH_PASSWORD_GRANT = '1'
  forget('env')
  forget('oauth-provider')
  oauth = await startOauth()
})

afterAll(async () => {
  delete process.env.OAUTH_PASSWORD_GRANT
  forget('env')
  forget('oauth-provider')
  await oauth.close()
})

beforeEach(async () => {
  ada = await makePerson()
})

/** What a token answer tells, held against what the token has; `error` if it was refused. */
async function told(client: Client, form: Record<string, string>): Promise<string> {
  const { status, body } = await oauth.post('token', client, form)
  if (status !== 200) return `${status} ${body.error}`
  const { actor } = await verifyToken(body.access_token, origin())
  const identity = ['openid', 'profile', 'email', 'offline_access']
  const api = body.scope.split(' ').filter((scope: string) => !identity.includes(scope))
  expect(api.sort()).toEqual([...actor.scopes].sort())
  return body.scope.split(' ').sort().join(' ')
}

describe('client credentials', () => {
  const machine = async (scopes: string[], person = ada, role?: Role) => {
    if (role) await addMember(ada.projectId, person, role)
    const { app, secret } = await makeClient(
      { actor: cli(person.user.id), projectId: ada.projectId },
      { kind: 'machine', scopes },
      { allowManagement: true },
    )
    return { id: app.id, secret }
  }

  test('leave out what is unknown or not to be had', async () => {
    const client = await machine(['orders:read', 'keys:read'])
    for (const [scope, expected] of [
      ['orders:read admin', 'orders:read'],
      ['admin orders:read nothing:at-all', 'orders:read'],
      ['orders:read orders:write', 'orders:read'],
      ['orders:read credentials:verify', 'orders:read'],
      ['openid orders:read offline_access', 'orders:read'],
      ['orders:read orders:read', 'orders:read'],
      ['keys:read orders:read', 'keys:read orders:read'],
      ['admin', '400 invalid_scope'],
      ['openid', '400 invalid_scope'],
      ['orders:write', '400 invalid_scope'],
      ['ORDERS:READ', '400 invalid_scope'],
    ] as const) {
      expect([scope, await told(client, { grant_type: 'client_credentials', scope })]).toEqual([scope, expected])
    }
    expect(await told(client, { grant_type: 'client_credentials' })).toBe('400 invalid_scope')
  })

  test('give no more than the role of the responsible person', async () => {
    const bob = await makePerson({ name: 'Bob' })
    const client = await machine(['orders:read', 'keys:write'], bob, 'developer')
    const form = { grant_type: 'client_credentials', scope: 'orders:read keys:write' }
    expect(await told(client, form)).toBe('keys:write orders:read')
    await setRole(bob, 'viewer')
    expect(await told(client, form)).toBe('orders:read')
    expect(await told(client, { ...form, scope: 'keys:write' })).toBe('400 invalid_scope')
  })

  test('give nothing to an app that was registered for nothing', async () => {
    expect(await told(await machine([]), { grant_type: 'client_credentials', scope: 'openid orders:read' })).toBe(
      '400 invalid_scope',
    )
  })
})

const setRole = ({ user }: Person, role: Role) =>
  db()
    .update(memberships)
    .set({ role })
    .where(and(eq(memberships.userId, user.id), eq(memberships.projectId, ada.projectId)))

describe('what a person allowed', () => {
  const all: AppScope[] = ['openid', 'orders:read', 'orders:write', 'keys:write']
  let bob: Person
  let client: Client
  let grantId: string

  beforeEach(async () => {
    bob = await makePerson({ name: 'Bob' })
    await addMember(ada.projectId, bob, 'developer')
    const { app, secret } = await makeClient(ada, {
      grantTypes: ['authorization_code', 'refresh_token', DEVICE],
      scopes: all,
    })
    client = { id: app.id, secret }
    const consent = { clientId: app.id, clientName: app.name, scopes: all, redirectUri: null }
    grantId = await giveGrant(bob.actor, { ...consent, projectId: ada.projectId })
  })

  const keep = async (kind: string, value: string, scope: string, more = {}) => {
    const subject = { grantId, clientId: client.id, accountId: bob.user.id, iat: Math.floor(Date.now() / 1000) }
    await keepArtifact(kind, value, { ...subject, jti: value, kind, scope, ...more }, 600)
    return value
  }
  /** The form of each way to a token of `scope`. */
  const ways = {
    code: async (scope: string) => ({
      grant_type: 'authorization_code',
      code: await keep('AuthorizationCode', `code ${grantId}`, scope, {
        redirectUri: 'https://app.example.com/callback',
        codeChallenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
        codeChallengeMethod: 'S256',
      }),
      code_verifier: 'v'.repeat(43),
      redirect_uri: 'https://app.example.com/callback',
    }),
    refresh: async (scope: string) => ({
      grant_type: 'refresh_token',
      refresh_token: await keep('RefreshToken', mint('refresh_token', env().KEY_BRAND).credential.reveal(), scope),
    }),
    device: async (scope: string) => ({
      grant_type: DEVICE,
      device_code: await keep('DeviceCode', `device ${grantId}`, scope),
    }),
  }

  for (const [way, form] of Object.entries(ways)) {
    test(`${way}: is told whole, and less once the role allows less`, async () => {
      const asked = await form('openid orders:read keys:write')
      await setRole(bob, 'viewer')
      expect(await told(client, asked)).toBe('openid orders:read')
    })

    test(`${way}: is told less once the app has less`, async () => {
      const asked = await form('openid orders:read orders:write')
      await updateApp(ada.actor, client.id, { scopes: ['openid', 'orders:write'] })
      expect(await told(client, asked)).toBe('openid orders:write')
    })

    test(`${way}: is told less once the person took something back`, async () => {
      const asked = await form('orders:read orders:write')
      await db()
        .update(oauthGrants)
        .set({ scopes: ['openid', 'orders:read'] })
        .where(eq(oauthGrants.clientId, client.id))
      expect(await told(client, asked)).toBe('orders:read')
    })

    test(`${way}: is invalid_scope once nothing is left of it`, async () => {
      const asked = await form('keys:write')
      await setRole(bob, 'viewer')
      expect(await told(client, asked)).toBe('400 invalid_scope')
    })
  }

  test('a refused refresh uses nothing up', async () => {
    const asked = await ways.refresh('keys:write orders:read')
    await setRole(bob, 'viewer')
    expect(await told(client, { ...asked, scope: 'keys:write' })).toBe('400 invalid_scope')
    expect(await told(client, { ...asked, scope: 'keys:write admin' })).toBe('400 invalid_scope')
    expect(await told(client, asked)).toBe('orders:read')
  })

  test('a refresh token that was used before is refused, whatever is left', async () => {
    const asked = await ways.refresh('orders:read')
    expect(await told(client, asked)).toBe('orders:read')
    await updateApp(ada.actor, client.id, { scopes: ['openid'] })
    // Sent again at once, as after a lost answer.
    expect(await told(client, asked)).toBe('400 invalid_scope')
    await db()
      .update(oauthArtifacts)
      .set({ consumedAt: sql`now() - interval '31 seconds'` })
      .where(eq(oauthArtifacts.kind, 'RefreshToken'))
    expect(await told(client, asked)).toBe('400 invalid_grant')
  })
})

describe('the password grant', () => {
  const own = {
    kind: 'web',
    grantTypes: ['password'],
    redirectUris: [],
    scopes: ['openid', 'orders:read', 'keys:write'],
  }

  test('leaves out what is unknown or not to be had', async () => {
    const bob = await makePerson({ name: 'Bob' })
    await addMember(ada.projectId, bob, 'viewer')
    const { app, secret } = await makeClient({ actor: cli(), projectId: ada.projectId }, own, { firstParty: true })
    const ask = ({ user }: Person, scope?: string) =>
      told(
        { id: app.id, secret },
        {
          grant_type: 'password',
          username: user.email,
          password: PASSWORD,
          ...(scope !== undefined && { scope }),
        },
      )
    expect(await ask(ada, 'openid orders:read keys:write')).toBe('keys:write openid orders:read')
    expect(await ask(ada, 'orders:read admin orders:write')).toBe('orders:read')
    expect(await ask(bob, 'orders:read keys:write')).toBe('orders:read')
    for (const scope of ['keys:write', 'orders:write', 'admin']) {
      expect([scope, await ask(bob, scope)]).toEqual([scope, '400 invalid_scope'])
    }
    expect(await ask(ada)).toBe('400 invalid_scope')
  })
})
