import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { memberships, oauthClients, projects, users } from '@/db/schema'
import {
  addMember,
  cli,
  keyActor,
  makeClient,
  makeKey,
  makePerson,
  makeToken,
  origin,
  outcome,
  type Person,
  verdict,
} from '@/db/testing'
import { takeOverApp } from '@/lib/apps/take-over'
import { updateApp } from '@/lib/apps/update'
import { mint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { type Client, startOauth } from '@/lib/front/testing'
import { takeOverKey } from '@/lib/keys/take-over'
import { leaveProject } from '@/lib/members/leave'
import { removeMember } from '@/lib/members/remove'
import type { Scope } from '@/lib/scopes'
import { disableUser } from '@/lib/users/disable'
import { enableUser } from '@/lib/users/enable'
import { makeAdmin } from '@/lib/users/make-admin'
import { removeAdmin } from '@/lib/users/remove-admin'
import { keepArtifact } from './artifacts'
import { type Consent, giveGrant } from './consent'
import { verifyToken } from './verify'

let oauth: Awaited<ReturnType<typeof startOauth>>
/** An admin who stays one, so that others can be demoted. */
let root: Person
let ada: Person
let admin: Person

beforeAll(async () => {
  oauth = await startOauth()
  root = await makePerson({ name: 'Root', isAdmin: true })
})
afterAll(() => oauth.close())

beforeEach(async () => {
  ada = await makePerson()
  admin = await makePerson({ name: 'Olga', isAdmin: true })
})

const machine = (scopes: string[]) => ({ kind: 'machine', scopes })
const clientOf = ({ app, secret }: Awaited<ReturnType<typeof makeClient>>): Client => ({ id: app.id, secret })
const ask = (client: Client, scope: string) => oauth.post('token', client, { grant_type: 'client_credentials', scope })
const introspect = async (client: Client, token: string) => (await oauth.post('introspect', client, { token })).body
const scopesOf = async (secret: string) => (await keyActor(secret)).scopes
const tokenVerdict = (token: string) => outcome(verifyToken(token, origin()))

/** Each way to a token, of a person who allowed the app `orders:read`, ready to be asked for. */
async function waysOf({ app, secret }: Awaited<ReturnType<typeof makeClient>>, person: Person) {
  const client = { id: app.id, secret }
  const consent: Consent = {
    clientId: app.id,
    clientName: app.name,
    scopes: ['orders:read'],
    projectId: person.projectId,
    redirectUri: null,
  }
  const grantId = await giveGrant(person.actor, consent)
  const verifier = 'v'.repeat(43)
  const common = {
    grantId,
    clientId: app.id,
    accountId: person.user.id,
    scope: 'orders:read',
    iat: Math.floor(Date.now() / 1000),
  }
  await keepArtifact(
    'AuthorizationCode',
    `code ${app.id}`,
    {
      ...common,
      jti: `code ${app.id}`,
      kind: 'AuthorizationCode',
      redirectUri: 'https://app.example.com/callback',
      codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
      codeChallengeMethod: 'S256',
    },
    60,
  )
  const refresh = mint('refresh_token', env().KEY_BRAND).credential.reveal()
  await keepArtifact(
    'RefreshToken',
    refresh,
    { ...common, jti: refresh, kind: 'RefreshToken', gty: 'authorization_code' },
    600,
  )
  await keepArtifact('DeviceCode', `device ${app.id}`, { ...common, jti: `device ${app.id}`, kind: 'DeviceCode' }, 600)
  const forms: Record<string, Record<string, string>> = {
    code: {
      grant_type: 'authorization_code',
      code: `code ${app.id}`,
      code_verifier: verifier,
      redirect_uri: 'https://app.example.com/callback',
    },
    refresh: { grant_type: 'refresh_token', refresh_token: refresh },
    device: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: `device ${app.id}` },
  }
  return { client, forms }
}

const everyWay = {
  grantTypes: [
    'authorization_code',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
    'client_credentials',
  ],
  scopes: ['openid', 'orders:read', 'keys:read'],
}

/** What takes the person who answers for an app away, and how the app is answered for again. */
const departures: [name: string, leave: (bob: Person, projectId: string) => Promise<unknown>][] = [
  ['is disabled', (bob) => disableUser(cli(), bob.user.id)],
  ['leaves the project', (bob, projectId) => leaveProject(bob.actor, projectId)],
  [
    'is no member any more, in whatever way',
    (bob) => db().delete(memberships).where(eq(memberships.userId, bob.user.id)),
  ],
]

describe('an app whose responsible person', () => {
  for (const [name, leave] of departures) {
    test(`${name} gets no token by any grant, and those it has are refused`, async () => {
      const bob = await makePerson({ name: 'Bob' })
      await addMember(ada.projectId, bob, 'developer')
      const made = await makeClient({ actor: bob.actor, projectId: ada.projectId }, everyWay)
      const { client, forms } = await waysOf(made, ada)
      const own = (await ask(client, 'orders:read')).body.access_token
      const persons = await makeToken(made.app, ['orders:read'], ada)
      expect([await tokenVerdict(own), await tokenVerdict(persons)]).toEqual(['done', 'done'])

      await leave(bob, ada.projectId)
      forms.own = { grant_type: 'client_credentials', scope: 'orders:read' }
      for (const [way, form] of Object.entries(forms)) {
        const { status, body } = await oauth.post('token', client, form)
        expect([way, status, body.error]).toEqual([way, 401, 'invalid_client'])
      }
      for (const path of ['par', 'device', 'introspect']) {
        const answer = await oauth.post(path, client, { scope: 'orders:read', token: persons })
        expect([path, answer.status, answer.body.error]).toEqual([path, 401, 'invalid_client'])
      }
      expect([await tokenVerdict(own), await tokenVerdict(persons)]).toEqual([
        'invalid_credentials',
        'invalid_credentials',
      ])

      await takeOverApp(ada.actor, made.app.id)
      expect(await tokenVerdict(persons)).toBe('done')
      for (const [way, form] of Object.entries(forms)) {
        expect([way, (await oauth.post('token', client, form)).status]).toEqual([way, 200])
      }
    })
  }

  test('goes with its project', async () => {
    const made = await makeClient(ada, everyWay)
    const { client, forms } = await waysOf(made, root)
    await db().update(projects).set({ deletedAt: new Date() }).where(eq(projects.id, ada.projectId))
    for (const form of Object.values(forms)) expect((await oauth.post('token', client, form)).status).toBe(401)
  })
})

describe('threat 33: a resource server', () => {
  /** A gateway’s app of `who`, and a token of somebody else that it may look at. */
  async function gateway(actor: Parameters<typeof makeClient>[0]) {
    const client = clientOf(await makeClient(actor, machine(['credentials:verify'])))
    const { app } = await makeClient(root, machine(['orders:read']))
    return { client, token: await makeToken(app, ['orders:read']) }
  }

  test('of a disabled admin introspects nothing', async () => {
    const { client, token } = await gateway(admin)
    expect(await introspect(client, token)).toMatchObject({ active: true })
    await disableUser(cli(), admin.user.id)
    expect(await introspect(client, token)).toMatchObject({ error: 'invalid_client' })
    await enableUser(cli(), admin.user.id)
    expect(await introspect(client, token)).toMatchObject({ active: true })
  })

  test('of a demoted admin sees that foreign tokens are not active', async () => {
    const { client, token } = await gateway(admin)
    await removeAdmin(cli(), admin.user.id)
    expect(await introspect(client, token)).toEqual({ active: false })
    expect((await ask(client, 'credentials:verify')).body.error).toBe('invalid_scope')
    await makeAdmin(cli(), admin.user.id)
    expect(await introspect(client, token)).toMatchObject({ active: true })
  })

  test('sees a token as not active whose app nobody answers for', async () => {
    const { client } = await gateway(admin)
    const bob = await makePerson({ name: 'Bob' })
    await addMember(ada.projectId, bob, 'developer')
    const { app } = await makeClient({ actor: bob.actor, projectId: ada.projectId }, machine(['orders:read']))
    const token = await makeToken(app, ['orders:read'])
    await disableUser(cli(), bob.user.id)
    expect(await introspect(client, token)).toEqual({ active: false })
  })
})

describe('admin-granted scopes', () => {
  for (const scope of ['credentials:verify', 'site:audit'] as Scope[]) {
    test(`${scope} ends with the admin role, for keys and for apps' tokens`, async () => {
      const key = await makeKey(admin, { scopes: [scope, 'orders:read'] })
      const byCli = await makeKey({ actor: cli(admin.user.id), projectId: admin.projectId }, { scopes: [scope] })
      const app = await makeClient(admin, machine([scope, 'orders:read']))
      const token = await makeToken(app.app, [scope, 'orders:read'])
      const tokenScopes = async () => (await verifyToken(token, origin())).actor.scopes
      expect(await scopesOf(key.secret)).toContain(scope)
      expect(await tokenScopes()).toContain(scope)

      const actor = cli()
      await removeAdmin(actor, admin.user.id)
      // The answer waits until no instance can hold what was true before.
      expect(actor.origin.narrowedAt).toBeDefined()
      expect(await scopesOf(key.secret)).toEqual(['orders:read'])
      expect(await scopesOf(byCli.secret)).toEqual([])
      expect(await tokenScopes()).toEqual(['orders:read'])
      expect((await ask(clientOf(app), `${scope} orders:read`)).body.scope).toBe('orders:read')

      await makeAdmin(cli(), admin.user.id)
      expect(await scopesOf(key.secret)).toContain(scope)
      expect(await tokenScopes()).toContain(scope)
    })
  }

  test('of the command line rest on its word while its person never was an admin', async () => {
    const by = { actor: cli(ada.user.id), projectId: ada.projectId }
    const key = await makeKey(by, { scopes: ['credentials:verify'] })
    const client = clientOf(await makeClient(by, machine(['credentials:verify'])))
    expect(await scopesOf(key.secret)).toEqual(['credentials:verify'])
    expect((await ask(client, 'credentials:verify')).body.scope).toBe('credentials:verify')
    await makeAdmin(cli(), ada.user.id)
    await removeAdmin(cli(), ada.user.id)
    expect(await scopesOf(key.secret)).toEqual([])
    expect((await ask(client, 'credentials:verify')).body.error).toBe('invalid_scope')
  })

  test('do not pass to an owner who is not an admin', async () => {
    await addMember(ada.projectId, admin, 'developer')
    const { secret } = await makeKey(
      { actor: admin.actor, projectId: ada.projectId },
      { scopes: ['site:audit', 'orders:read'] },
    )
    await removeMember(ada.actor, ada.projectId, admin.user.id, { keys: 'keep' })
    expect(await scopesOf(secret)).toEqual(['orders:read'])
  })

  test('of the command line pass to an admin who takes the key over, and then end with that role', async () => {
    const [bob, second] = [await makePerson({ name: 'Bob' }), await makePerson({ isAdmin: true })]
    await addMember(ada.projectId, bob, 'developer')
    await addMember(ada.projectId, second, 'developer')
    const { key, secret } = await makeKey(
      { actor: cli(bob.user.id), projectId: ada.projectId },
      { scopes: ['credentials:verify'] },
    )
    await leaveProject(bob.actor, ada.projectId)
    expect(await verdict(secret)).toBe('invalid_credentials')
    await takeOverKey(second.actor, key.id)
    expect(await scopesOf(secret)).toEqual(['credentials:verify'])
    await removeAdmin(cli(), second.user.id)
    expect(await scopesOf(secret)).toEqual([])
  })

  test('are not given to the app of somebody who is not an admin, except by the command line', async () => {
    await addMember(ada.projectId, admin, 'developer')
    const { app, ...rest } = await makeClient(ada, machine(['orders:read']))
    const more = { scopes: ['orders:read', 'credentials:verify'] as Scope[] }
    expect(await outcome(updateApp(admin.actor, app.id, more))).toBe('forbidden')
    expect(await outcome(updateApp(cli(), app.id, more))).toBe('done')
    expect((await ask(clientOf({ app, ...rest }), 'credentials:verify')).status).toBe(200)
    const [row] = await db().select().from(oauthClients).where(eq(oauthClients.id, app.id))
    expect(row?.grantedByOperator).toBe(true)
  })

  test('rest for a disabled admin too', async () => {
    const { secret } = await makeKey(admin, { scopes: ['site:audit'] })
    await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, admin.user.id))
    expect(await verdict(secret)).toBe('invalid_credentials')
  })
})
