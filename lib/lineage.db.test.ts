import { readdirSync, readFileSync } from 'node:fs'
import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeySecrets, apiKeys, memberships, oauthClients, oauthGrants, projects, users } from '@/db/schema'
import {
  addMember,
  auditOf,
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
import type { Actor } from '@/lib/actor'
import { judgeCredential, takeRequest } from '@/lib/api/authenticate'
import { enableApp } from '@/lib/apps/enable'
import { endClientSecretOverlap } from '@/lib/apps/end-overlap'
import { registerAppSchema } from '@/lib/apps/input'
import { registerApp } from '@/lib/apps/register'
import { rotateClientSecret } from '@/lib/apps/rotate-secret'
import { updateApp } from '@/lib/apps/update'
import { isFailure } from '@/lib/errors'
import { endGrants } from '@/lib/grants/end'
import { createKey } from '@/lib/keys/create'
import { endOverlap } from '@/lib/keys/end-overlap'
import { createKeySchema } from '@/lib/keys/input'
import { keyLease } from '@/lib/keys/record'
import { regenerateKey } from '@/lib/keys/regenerate'
import { revokeKey } from '@/lib/keys/revoke'
import { updateKey } from '@/lib/keys/update'
import { tokenLease } from '@/lib/oauth/record'
import { verifyToken } from '@/lib/oauth/verify'

// Row 99 of the threats: no act of a limited credential leaves anybody with a less limited one.

const inside = { address: '10.1.2.3' }
const outside = { address: '192.0.2.7' }
const soon = () => new Date(Date.now() + 3_600_000)

let ada: Person
beforeEach(async () => {
  ada = await makePerson()
})

/** A key with an hour to live, a list of addresses and 50 requests a minute, which manages keys and apps. */
async function limited(fields: Record<string, unknown> = {}) {
  const made = await makeKey(ada, {
    label: 'Limited',
    scopes: ['keys:read', 'keys:write', 'apps:write', 'orders:read'],
    expiresAt: soon().toISOString(),
    allowedAddresses: ['10.0.0.0/8'],
    rateLimitPerMinute: 50,
    ...fields,
  })
  return { ...made, actor: await keyActor(made.secret, inside) }
}

/** A token of an app that Ada let in. */
async function delegated(scopes = ['keys:read', 'keys:write', 'apps:write', 'orders:read'] as const) {
  const { app } = await makeClient(ada, { name: 'Deployer', scopes: [...scopes] })
  const token = await makeToken(app, scopes, ada)
  return { app, token, actor: await tokenActor(token) }
}

const tokenActor = async (token: string) =>
  (await verifyToken(token, origin(inside), { laneOf: async () => null })).actor

const tokenVerdict = (token: string, from = inside) =>
  outcome(verifyToken(token, origin(from), { laneOf: async () => null }))

async function make(actor: Actor, fields: Record<string, unknown> = {}) {
  const input = createKeySchema.parse({ label: 'Child', scopes: ['orders:read'], ...fields })
  const { key, secret } = await createKey(actor, ada.projectId, input)
  return { key, secret: secret.reveal() }
}

/** For rows that a test changes by itself. */
function forget() {
  keyLease().clear()
  tokenLease().clear()
}

describe('a child of a key', () => {
  test('gets at most what the key has, whatever it asks for', async () => {
    const { actor, key } = await limited()
    const parent = { kind: 'key', id: key.id, name: 'Limited' }
    const within = { expiresAt: key.expiresAt, allowedAddresses: ['10.0.0.0/8'], rateLimitPerMinute: 50, parent }
    for (const asked of [
      {},
      { expiresAt: null, allowedAddresses: [], rateLimitPerMinute: null },
      { expiresAt: '2999-01-01T00:00:00Z', rateLimitPerMinute: 1_000_000, allowedAddresses: ['0.0.0.0/0'] },
    ]) {
      expect((await make(actor, asked)).key).toMatchObject(within)
    }
    expect((await make(actor, { allowedAddresses: ['10.9.0.0/16', '192.0.2.0/24'] })).key.allowedAddresses).toEqual([
      '10.9.0.0/16',
    ])
    expect((await make(actor, { rateLimitPerMinute: 7 })).key.rateLimitPerMinute).toBe(7)
    expect(await outcome(make(actor, { allowedAddresses: ['192.0.2.0/24'] }))).toBe('forbidden')
  })

  test('is refused for what its parent is refused for', async () => {
    const cases: [Partial<typeof apiKeys.$inferInsert>, string][] = [
      [{ revokedAt: new Date() }, 'revoked_credentials'],
      [{ expiresAt: new Date(Date.now() - 1000) }, 'expired_credentials'],
      [{ allowedAddresses: ['192.0.2.1'] }, 'address_not_allowed'],
    ]
    for (const [change, code] of cases) {
      const { actor, key } = await limited()
      const { secret } = await make(actor)
      expect(await verdict(secret, inside)).toBe('good')
      await db().update(apiKeys).set(change).where(eq(apiKeys.id, key.id))
      forget()
      expect([code, await verdict(secret, inside)]).toEqual([code, code])
    }
  })

  test('ends with the answer to its parent’s revocation, and loses what its parent loses', async () => {
    const { actor, key } = await limited()
    const { secret } = await make(actor)
    expect((await keyActor(secret, inside)).scopes).toEqual(['orders:read'])
    await updateKey(ada.actor, key.id, { scopes: ['keys:write'] })
    expect((await keyActor(secret, inside)).scopes).toEqual([])
    await updateKey(ada.actor, key.id, { allowedAddresses: ['10.9.0.0/16'] })
    expect(await verdict(secret, inside)).toBe('address_not_allowed')
    await updateKey(ada.actor, key.id, { allowedAddresses: [] })
    expect(await verdict(secret, inside)).toBe('good')
    await revokeKey(ada.actor, key.id)
    expect(await verdict(secret, inside)).toBe('revoked_credentials')
  })

  test('is refused while nobody is responsible for its parent', async () => {
    const ben = await makePerson({ name: 'Ben' })
    await addMember(ada.projectId, ben, 'owner')
    const { actor, key } = await limited()
    const { key: child, secret } = await make(actor)
    // The child is Ben's now, and its parent still Ada's.
    await db().update(apiKeys).set({ responsibleId: ben.user.id }).where(eq(apiKeys.id, child.id))
    const is = async () => {
      forget()
      return verdict(secret, inside)
    }
    expect(await is()).toBe('good')
    await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, ada.user.id))
    expect(await is()).toBe('invalid_credentials')
    await db().update(users).set({ disabledAt: null }).where(eq(users.id, ada.user.id))
    await db().update(memberships).set({ role: 'viewer' }).where(eq(memberships.userId, ada.user.id))
    expect(await is()).toBe('good')
    await db().delete(memberships).where(eq(memberships.userId, ada.user.id))
    expect(await is()).toBe('invalid_credentials')
    await db().update(apiKeys).set({ responsibleId: ben.user.id }).where(eq(apiKeys.id, key.id))
    expect(await is()).toBe('good')
    await db().update(projects).set({ deletedAt: new Date() }).where(eq(projects.id, ada.projectId))
    expect(await is()).toBe('invalid_credentials')
  })

  test('counts against its parent’s limit too, and the parent’s requests with it', async () => {
    const { actor, secret: parent } = await limited({ rateLimitPerMinute: 3 })
    const one = (await make(actor, { rateLimitPerMinute: 2 })).secret
    const two = (await make(actor)).secret
    const call = async (secret: string) => {
      const judged = await judgeCredential(secret, { origin: origin(inside), audience: undefined })
      const speaks = judged.key?.actor
      if (!speaks) throw new Error('not a key')
      return outcome(takeRequest({ ...judged, actor: speaks }))
    }
    expect(await call(one)).toBe('done')
    expect(await call(two)).toBe('done')
    expect(await call(parent)).toBe('done')
    for (const secret of [one, two, parent]) expect(await call(secret)).toBe('rate_limited')
  })

  test('made by a secret in its overlap ends with the overlap', async () => {
    const { secret, key } = await limited({ expiresAt: null })
    const old = await keyActor(secret, inside)
    await regenerateKey(ada.actor, key.id, { overlapSeconds: 600 })
    const child = (await make(old)).key
    expect(new Date(child.expiresAt ?? '9999').getTime()).toBeLessThan(Date.now() + 601_000)
    const sibling = (await makeKey(ada, { allowedAddresses: ['10.0.0.1'], rateLimitPerMinute: 1 })).key
    expect(await outcome(regenerateKey(old, sibling.id, { overlapSeconds: 0 }))).toBe('forbidden')
  })
})

describe('a child of an app’s token', () => {
  test('of a person ends with the person’s grant, and loses what that loses', async () => {
    const { actor, app } = await delegated()
    const { key, secret } = await make(actor)
    expect(key.parent).toEqual({ kind: 'grant', id: actor.grantId, name: 'Deployer' })
    expect((await keyActor(secret)).scopes).toEqual(['orders:read'])
    const grant = eq(oauthGrants.id, actor.grantId ?? '')
    await db()
      .update(oauthGrants)
      .set({ scopes: ['keys:write'] })
      .where(grant)
    forget()
    expect((await keyActor(secret)).scopes).toEqual([])
    await db().update(oauthClients).set({ disabledAt: new Date() }).where(eq(oauthClients.id, app.id))
    forget()
    expect(await verdict(secret)).toBe('invalid_credentials')
    await db().update(oauthClients).set({ disabledAt: null }).where(eq(oauthClients.id, app.id))
    await db().transaction((tx) => endGrants(tx, ada.actor, grant))
    forget()
    expect(await verdict(secret)).toBe('revoked_credentials')
  })

  test('that acts for nobody ends with the app', async () => {
    const { app } = await makeClient(ada, { kind: 'machine', scopes: ['keys:write', 'orders:read'] })
    const actor = await tokenActor(await makeToken(app, ['keys:write', 'orders:read']))
    const { key, secret } = await make(actor)
    expect(key.parent).toEqual({ kind: 'grant', id: app.id, name: app.name })
    expect(await verdict(secret)).toBe('good')
    await db().update(oauthClients).set({ disabledAt: new Date() }).where(eq(oauthClients.id, app.id))
    forget()
    expect(await verdict(secret)).toBe('invalid_credentials')
  })
})

describe('an app that a key registered', () => {
  const machine = registerAppSchema.parse({ name: 'Child app', kind: 'machine', scopes: ['orders:read'] })

  test('is never more than the key by its own tokens, and neither is what those make', async () => {
    const { actor, key } = await limited()
    const { app } = await registerApp(actor, ada.projectId, machine)
    const token = await makeToken(app, ['orders:read'])
    expect(await tokenVerdict(token)).toBe('done')
    expect(await tokenVerdict(token, outside)).toBe('address_not_allowed')
    expect((await verifyToken(token, origin(inside), { laneOf: async () => null })).ancestors).toMatchObject([
      { id: key.id, rateLimit: 50 },
    ])
    // A person gives it more, and it stays within the key.
    await updateApp(ada.actor, app.id, { scopes: ['keys:write', 'orders:read', 'orders:write'] })
    const wider = await makeToken(app, ['keys:write', 'orders:read', 'orders:write'])
    const child = await tokenActor(wider)
    expect(child.scopes).toEqual(['keys:write', 'orders:read'])
    const { key: grandchild, secret } = await make(child)
    expect(grandchild).toMatchObject({ allowedAddresses: ['10.0.0.0/8'], expiresAt: key.expiresAt })
    expect(await verdict(secret, inside)).toBe('good')
    await revokeKey(ada.actor, key.id)
    expect(await tokenVerdict(token)).toBe('revoked_credentials')
    expect(await verdict(secret, inside)).toBe('revoked_credentials')
    // The actor was judged before, and acts after.
    expect(await outcome(make(child))).toBe('revoked_credentials')
  })
})

describe('acts on others', () => {
  const acts: Record<string, (actor: Actor, keyId: string) => Promise<unknown>> = {
    label: (actor, id) => updateKey(actor, id, { label: 'Mine' }),
    addresses: (actor, id) => updateKey(actor, id, { allowedAddresses: [] }),
    limit: (actor, id) => updateKey(actor, id, { rateLimitPerMinute: 1_000_000 }),
    regenerate: (actor, id) => regenerateKey(actor, id, { overlapSeconds: 0 }),
    'end overlap': (actor, id) => endOverlap(actor, id),
  }
  const narrow = { scopes: ['orders:read'], allowedAddresses: ['10.1.0.0/16'], rateLimitPerMinute: 10 }
  const wider = {
    scopes: { scopes: ['orders:write'] },
    addresses: { allowedAddresses: ['10.0.0.0/7'] },
    anywhere: { allowedAddresses: [] },
    never: { expiresAt: null },
    later: { expiresAt: new Date(Date.now() + 7_200_000).toISOString() },
    limit: { rateLimitPerMinute: 51 },
    'usual limit': { rateLimitPerMinute: null },
  }

  test('a key acts on no sibling that is wider in anything', async () => {
    const { actor, key } = await limited()
    for (const [what, fields] of Object.entries(wider)) {
      const sibling = await makeKey(ada, { ...narrow, expiresAt: key.expiresAt, ...fields })
      for (const [act, run] of Object.entries(acts)) {
        const code = what === 'scopes' ? 'insufficient_scope' : 'forbidden'
        expect([what, act, await outcome(run(actor, sibling.key.id))]).toEqual([what, act, code])
      }
      expect(await auditOf(sibling.key.id, 'refused')).toHaveLength(Object.keys(acts).length)
      // To end it is always allowed.
      expect(await outcome(revokeKey(actor, sibling.key.id))).toBe('done')
    }
  })

  test('a key acts on a sibling within its own limits, and on its child, but widens neither', async () => {
    const { actor, key } = await limited()
    const sibling = (await makeKey(ada, { ...narrow, expiresAt: key.expiresAt })).key.id
    const child = (await make(actor, { allowedAddresses: ['10.1.0.0/16'], rateLimitPerMinute: 10 })).key.id
    for (const id of [sibling, child]) {
      expect(await outcome(updateKey(actor, id, { label: 'Mine', rateLimitPerMinute: 9 }))).toBe('done')
      expect(await outcome(updateKey(actor, id, { allowedAddresses: ['10.1.2.0/24'] }))).toBe('done')
      expect(await outcome(updateKey(actor, id, { allowedAddresses: ['10.0.0.0/8'] }))).toBe('forbidden')
      expect(await outcome(updateKey(actor, id, { allowedAddresses: [] }))).toBe('forbidden')
      expect(await outcome(updateKey(actor, id, { rateLimitPerMinute: 10 }))).toBe('forbidden')
      expect(await outcome(updateKey(actor, id, { rateLimitPerMinute: null }))).toBe('forbidden')
      expect(await outcome(regenerateKey(actor, id, { overlapSeconds: 60 }))).toBe('done')
      expect(await outcome(endOverlap(actor, id))).toBe('done')
    }
  })

  test('a key does not widen itself, and still regenerates itself', async () => {
    const { actor, key } = await limited()
    expect(await outcome(updateKey(actor, key.id, { allowedAddresses: [] }))).toBe('forbidden')
    expect(await outcome(updateKey(actor, key.id, { allowedAddresses: ['10.0.0.0/7'] }))).toBe('forbidden')
    expect(await outcome(updateKey(actor, key.id, { rateLimitPerMinute: null }))).toBe('forbidden')
    expect(await outcome(updateKey(actor, key.id, { label: 'Same', allowedAddresses: ['10.0.0.0/9'] }))).toBe('done')
    const { key: after } = await regenerateKey(actor, key.id, { overlapSeconds: 0 })
    expect(after.expiresAt).toBe(key.expiresAt)
  })

  test('a token acts on no key that outlives it or can do more, except on the children of its grant', async () => {
    const { actor } = await delegated()
    const short = { ...narrow, expiresAt: new Date(Date.now() + 60_000).toISOString() }
    for (const fields of [
      { ...short, expiresAt: null },
      { ...short, rateLimitPerMinute: 1_000_000 },
      { ...short, scopes: ['orders:write'] },
    ]) {
      const { key } = await makeKey(ada, fields)
      for (const [act, run] of Object.entries(acts)) {
        const refused = await outcome(run(actor, key.id))
        expect([act, ['forbidden', 'insufficient_scope'].includes(refused)]).toEqual([act, true])
      }
      expect(await outcome(revokeKey(actor, key.id))).toBe('done')
    }
    const within = (await makeKey(ada, short)).key.id
    const child = (await make(actor)).key
    expect(child.expiresAt).toBeNull()
    for (const id of [within, child.id]) {
      expect(await outcome(updateKey(actor, id, { label: 'Mine' }))).toBe('done')
      expect(await outcome(regenerateKey(actor, id, { overlapSeconds: 0 }))).toBe('done')
      expect(await outcome(updateKey(actor, id, { rateLimitPerMinute: 1_000_000 }))).toBe('forbidden')
    }
  })

  test('a limited key or a token acts on no app but those that it registered', async () => {
    const appActs: Record<string, (actor: Actor, id: string) => Promise<unknown>> = {
      'rotate secret': (actor, id) => rotateClientSecret(actor, id, { overlapSeconds: 600 }),
      'end overlap': (actor, id) => endClientSecretOverlap(actor, id),
      rename: (actor, id) => updateApp(actor, id, { name: 'Mine' }),
      lifetime: (actor, id) => updateApp(actor, id, { machineTtl: 86_400 }),
    }
    const machine = { name: 'Machine', kind: 'machine', scopes: ['orders:read'] }
    const foreign = (await makeClient(ada, machine)).app.id
    const web = (await makeClient(ada)).app.id
    for (const { actor } of [await limited(), await delegated(), await limited({ expiresAt: null })]) {
      for (const run of Object.values(appActs)) expect(await outcome(run(actor, foreign))).toBe('forbidden')
      expect(await outcome(updateApp(actor, web, { redirectUris: ['https://evil.example/'] }))).toBe('forbidden')
      expect(await outcome(rotateClientSecret(actor, web, { overlapSeconds: 0 }))).toBe('forbidden')
      await db().update(oauthClients).set({ disabledAt: new Date() }).where(eq(oauthClients.id, foreign))
      expect(await outcome(enableApp(actor, foreign))).toBe('forbidden')
      await db().update(oauthClients).set({ disabledAt: null }).where(eq(oauthClients.id, foreign))
      const own = (await registerApp(actor, ada.projectId, registerAppSchema.parse(machine))).app.id
      for (const [act, run] of Object.entries(appActs))
        expect([act, await outcome(run(actor, own))]).toEqual([act, 'done'])
    }
    // One without any limit acts on all.
    const free = await limited({ expiresAt: null, allowedAddresses: [], rateLimitPerMinute: null })
    for (const [act, run] of Object.entries(appActs))
      expect([act, await outcome(run(free.actor, foreign))]).toEqual([act, 'done'])
  })
})

describe('to regenerate a parent', () => {
  test.each([
    [{ overlapSeconds: 0 }, 'revoked_credentials'],
    [{ overlapSeconds: 0, endChildren: false }, 'good'],
    [{ overlapSeconds: 60 }, 'good'],
    [{ overlapSeconds: 60, endChildren: true }, 'revoked_credentials'],
  ])('with %j leaves its children %s', async (input, code) => {
    const { actor, key } = await limited()
    const child = await make(actor)
    const machine = registerAppSchema.parse({ name: 'Child app', kind: 'machine', scopes: ['orders:read'] })
    const { app } = await registerApp(actor, ada.projectId, machine)
    const token = await makeToken(app, ['orders:read'])
    const stranger = await makeKey(ada)
    await regenerateKey(ada.actor, key.id, input)
    expect(await verdict(child.secret, inside)).toBe(code)
    expect(await tokenVerdict(token)).toBe(code === 'good' ? 'done' : 'invalid_credentials')
    expect(await verdict(stranger.secret)).toBe('good')
    const [revoked] = (await auditOf(child.key.id)).filter(({ action }) => action === 'key.revoked')
    expect(revoked?.changes ?? null).toEqual(code === 'good' ? null : { reason: [null, 'Its parent was regenerated'] })
  })
})

test('a chain that is too long is not made longer', async () => {
  let actor: Actor = (await limited()).actor
  let made = 0
  try {
    for (;;) {
      const machine = registerAppSchema.parse({ name: 'Link', kind: 'machine', scopes: [] })
      const { app } = await registerApp(actor, ada.projectId, machine)
      await updateApp(ada.actor, app.id, { scopes: ['apps:write'] })
      actor = await tokenActor(await makeToken(app, ['apps:write']))
      made++
    }
  } catch (error) {
    expect(isFailure(error) && error.code).toBe('forbidden')
  }
  expect(made).toBe(5)
})

test('a key that a person made has no parent, and its check makes no further read', async () => {
  const { key, secret } = await makeKey(ada)
  expect(key.parent).toBeNull()
  const [row] = await db()
    .select({ publicId: apiKeySecrets.publicId })
    .from(apiKeySecrets)
    .where(eq(apiKeySecrets.keyId, key.id))
  expect((await keyLease().read(row?.publicId ?? '')).record?.ancestors).toEqual([])
  expect(await verdict(secret)).toBe('good')
})

test('the migration finds parents in the audit log', async () => {
  const { actor: key } = await limited()
  const { actor: token } = await delegated()
  const { app: machine } = await makeClient(ada, {
    kind: 'machine',
    scopes: ['keys:write', 'apps:write', 'orders:read'],
  })
  const own = await tokenActor(await makeToken(machine, ['keys:write', 'apps:write', 'orders:read']))
  const input = registerAppSchema.parse({ name: 'Child app', kind: 'machine', scopes: ['orders:read'] })
  const children = { key: '', grant: '', client: '' }
  const apps = { key: '', grant: '', client: '' }
  for (const [kind, actor] of [
    ['key', key],
    ['grant', token],
    ['client', own],
  ] as const) {
    children[kind] = (await make(actor)).key.id
    apps[kind] = (await registerApp(actor, ada.projectId, input)).app.id
  }
  const unrelated = (await makeKey(ada)).key.id
  const parents = async () => {
    const found: unknown[] = []
    for (const [table, ids] of [
      [apiKeys, [...Object.values(children), unrelated]],
      [oauthClients, Object.values(apps)],
    ] as const) {
      const { parentKeyId, parentGrantId, parentClientId } = table
      for (const id of ids) {
        found.push(
          await db().select({ parentKeyId, parentGrantId, parentClientId }).from(table).where(eq(table.id, id)),
        )
      }
    }
    return found
  }
  const before = await parents()
  const none = { parentKeyId: null, parentGrantId: null, parentClientId: null }
  await db().update(apiKeys).set(none)
  await db().update(oauthClients).set(none)
  expect(await parents()).not.toEqual(before)
  const [file = ''] = readdirSync('drizzle').filter((name) => name.endsWith('_lineage.sql'))
  const statements = readFileSync(`drizzle/${file}`, 'utf8').split('--> statement-breakpoint')
  const updates = statements.filter((statement) => /^UPDATE /m.test(statement))
  expect(updates).toHaveLength(6)
  for (const statement of updates) await db().execute(sql.raw(statement))
  expect(await parents()).toEqual(before)
})
