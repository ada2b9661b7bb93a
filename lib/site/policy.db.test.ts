import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys, apiKeyUses, sessions, sitePolicy } from '@/db/schema'
import {
  addMember,
  auditOf,
  cli,
  keyActor,
  makeClient,
  makeKey,
  makePerson,
  origin,
  outcome,
  type Person,
  signInAs,
  verdict,
} from '@/db/testing'
import { isFailure } from '@/lib/errors'
import { createKey } from '@/lib/keys/create'
import { createKeySchema } from '@/lib/keys/input'
import { listBreaches, walkBreaches } from '@/lib/keys/list-breaches'
import { regenerateKey } from '@/lib/keys/regenerate'
import { revokeIdleKeys } from '@/lib/keys/revoke-idle'
import { updateKey } from '@/lib/keys/update'
import { defaultPolicy, type Policy, policySchema } from '@/lib/policy/input'
import { readPolicy } from '@/lib/policy/read'
import { forget } from '@/lib/runtime'
import { signUp } from '@/lib/users/create'
import { changePolicy } from './change-policy'

let root: Person
let ada: Person

beforeAll(async () => {
  root = await makePerson({ name: 'Root', isAdmin: true })
  ada = await makePerson({ name: 'Ada' })
})
afterEach(async () => {
  await db().delete(sitePolicy)
})

const set = (policy: Partial<Policy>) => changePolicy(root.actor, policy)
const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()
const make = (fields: Record<string, unknown> = {}, person = ada) => makeKey(person, fields)
/** The fields that a new key is refused for. */
async function wrong(fields: Record<string, unknown>, actor = ada.actor as Parameters<typeof createKey>[0]) {
  try {
    await createKey(actor, ada.projectId, createKeySchema.parse({ label: 'New', ...fields }))
    return []
  } catch (error) {
    if (!isFailure(error)) throw error
    return Object.keys(error.errors ?? { [error.code]: [] })
  }
}

describe('changing it', () => {
  test('works, with old and new values in the log, and says nothing where nothing changes', async () => {
    expect(await readPolicy()).toEqual(defaultPolicy)
    expect(defaultPolicy).toMatchObject({ maxKeysPerProject: 1_000, idleDays: null })
    expect(await set({ idleDays: 90, withheldScopes: ['orders:write'] })).toMatchObject({ idleDays: 90 })
    expect((await auditOf('site')).at(-1)).toMatchObject({
      action: 'policy.changed',
      actorId: root.user.id,
      changes: { idleDays: [null, 90], withheldScopes: [[], ['orders:write']] },
    })
    const before = (await auditOf('site')).length
    await set({ idleDays: 90 })
    expect(await auditOf('site')).toHaveLength(before)
    expect(await readPolicy()).toEqual({ ...defaultPolicy, idleDays: 90, withheldScopes: ['orders:write'] })
  })

  test('two admins at once change different things, and both hold', async () => {
    const other = await makePerson({ name: 'Other', isAdmin: true })
    // The first time there is no row yet, the others there is.
    for (const maxLifetimeDays of [30, 31, 32, 33]) {
      const expiryRequired = maxLifetimeDays % 2 === 0
      await Promise.all([set({ maxLifetimeDays }), changePolicy(other.actor, { expiryRequired })])
      expect(await readPolicy()).toMatchObject({ maxLifetimeDays, expiryRequired })
    }
  })

  test('threat 38: is for admins, who proved themselves just now', async () => {
    const change = { maxKeysPerProject: 5 }
    expect(await outcome(changePolicy(ada.actor, change))).toBe('not_found')
    expect(await outcome(changePolicy({ ...ada.actor, isAdmin: true }, change))).toBe('not_found')
    expect(await outcome(listBreaches(ada.actor, defaultPolicy))).toBe('not_found')
    const late = await signInAs(root.user)
    await db()
      .update(sessions)
      .set({ authenticatedAt: sql`now() - interval '16 minutes'` })
      .where(eq(sessions.id, late.sessionId))
    expect(await outcome(changePolicy(late, change))).toBe('reauthentication_required')
    expect(await readPolicy()).toEqual(defaultPolicy)
    expect((await auditOf('site', 'refused')).map(({ actorId }) => actorId)).toContain(ada.user.id)
  })

  test('what the environment sets wins, and is not changed here', async () => {
    await set({ signUp: 'closed', usageRetentionDays: 30 })
    expect(await outcome(signUp(origin(), person('first')))).toBe('forbidden')
    process.env.SIGN_UP = 'open'
    forget('env')
    try {
      expect(await readPolicy()).toMatchObject({ signUp: 'open', usageRetentionDays: 30 })
      expect(await outcome(signUp(origin(), person('second')))).toBe('done')
      expect(await outcome(set({ signUp: 'closed' }))).toBe('conflict')
      expect(await outcome(set({ signUp: 'open', usageRetentionDays: 31 }))).toBe('done')
      process.env.USAGE_RETENTION_DAYS = '7'
      forget('env')
      expect(await readPolicy()).toMatchObject({ usageRetentionDays: 7 })
      expect(await outcome(set({ usageRetentionDays: 32 }))).toBe('conflict')
    } finally {
      delete process.env.SIGN_UP
      delete process.env.USAGE_RETENTION_DAYS
      forget('env')
    }
  })

  test('a stored value that a later version does not know leaves the others as they are', async () => {
    await db()
      .insert(sitePolicy)
      .values({ id: 'site', values: { idleDays: 10, withheldScopes: ['gone:scope'], signUp: 7, other: 1 } })
    expect(await readPolicy()).toEqual({ ...defaultPolicy, idleDays: 10 })
  })
})

describe('a new key', () => {
  test('must say until when and for whom, where the policy wants it', async () => {
    await set({ expiryRequired: true, thirdPartyRequired: true })
    expect(await wrong({})).toEqual(['thirdParty', 'expiresAt'])
    expect(await wrong({}, cli())).toEqual(['thirdParty', 'expiresAt'])
    expect(await wrong({ thirdParty: { name: 'Holder' }, expiresAt: days(4000) })).toEqual([])
  })

  test('lives no longer than it may, whoever makes it', async () => {
    // Made before, so that its own end does not bound what it makes.
    const { secret } = await make({ scopes: ['keys:write'] })
    await set({ maxLifetimeDays: 30 })
    const key = await keyActor(secret)
    for (const actor of [ada.actor, key, cli()]) {
      expect(await wrong({}, actor)).toEqual(['expiresAt'])
      expect(await wrong({ expiresAt: days(31) }, actor)).toEqual(['expiresAt'])
      // The day is chosen by a clock that may be ahead of this one.
      expect(await wrong({ expiresAt: days(30 + 0.5 / 24) }, actor)).toEqual([])
    }
  })

  test('is used from where it may be, as it says itself', async () => {
    await set({ addressRanges: ['203.0.113.0/24', '2001:db8::/32'] })
    expect(await wrong({})).toEqual(['allowedAddresses'])
    expect(await wrong({ allowedAddresses: ['203.0.0.0/16'] })).toEqual(['allowedAddresses'])
    expect(await wrong({ allowedAddresses: ['203.0.113.7', '198.51.100.1'] })).toEqual(['allowedAddresses'])
    const { key } = await make({ allowedAddresses: ['203.0.113.7', '203.0.113.128/25', '2001:db8:1::/48'] })
    expect(await outcome(updateKey(ada.actor, key.id, { allowedAddresses: [] }))).toBe('validation_failed')
    expect(await outcome(updateKey(ada.actor, key.id, { allowedAddresses: ['203.0.113.9'] }))).toBe('done')
  })

  test('has no scope that is withheld, unless an admin or the command line gives it', async () => {
    const { key: old } = await make({ scopes: ['orders:write'] })
    await set({ withheldScopes: ['orders:write'] })
    const { secret } = await makeKey(
      { actor: cli(), projectId: ada.projectId },
      { scopes: ['keys:write', 'orders:write'] },
    )
    expect(await wrong({ scopes: ['orders:write'] })).toEqual(['forbidden'])
    expect(await wrong({ scopes: ['orders:write'] }, await keyActor(secret))).toEqual(['forbidden'])
    expect(await outcome(regenerateKey(ada.actor, old.id, { overlapSeconds: 0 }))).toBe('forbidden')
    expect(await outcome(makeClient(ada, { kind: 'machine', scopes: ['orders:write'] }))).toBe('forbidden')
    await addMember(ada.projectId, root, 'owner')
    expect(await wrong({ scopes: ['orders:write'] }, root.actor)).toEqual([])
  })

  test('of 20 at once as many are made as there is room for', async () => {
    const bob = await makePerson({ name: 'Bob' })
    const { key } = await make({ label: 'Before' }, bob)
    await set({ maxKeysPerProject: 8 })
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => outcome(make({ label: `Key ${n}` }, bob))))
    expect(all.filter((each) => each === 'done')).toHaveLength(7)
    expect(all.filter((each) => each === 'conflict')).toHaveLength(13)
    await db().update(apiKeys).set({ revokedAt: sql`now()` }).where(eq(apiKeys.id, key.id))
    expect(await outcome(make({}, bob))).toBe('done')
    expect(await outcome(makeKey({ actor: cli(), projectId: bob.projectId }))).toBe('conflict')
    expect((await auditOf(bob.projectId, 'refused')).filter(({ action }) => action === 'key.created')).toHaveLength(14)
  })

  test('keys that were there can be given another label, and not lose their third party', async () => {
    const { key } = await make({ thirdParty: { name: 'Keeps' } })
    const { key: free } = await make({})
    await set({ thirdPartyRequired: true, expiryRequired: true, addressRanges: ['203.0.113.0/24'] })
    expect(await outcome(updateKey(ada.actor, key.id, { label: 'Other', thirdParty: null }))).toBe('validation_failed')
    expect(await outcome(updateKey(ada.actor, key.id, { label: 'Other' }))).toBe('done')
    expect(
      await outcome(updateKey(ada.actor, free.id, { label: 'Free', thirdParty: null, allowedAddresses: [] })),
    ).toBe('done')
  })
})

test('the keys that break a policy are listed, each with what it breaks', async () => {
  const eve = await makePerson({ name: 'Eve' })
  const good = { thirdParty: { name: 'T' }, expiresAt: days(10), allowedAddresses: ['203.0.113.7'] }
  const { key: fine } = await make({ ...good }, eve)
  const { key: endless } = await make({ ...good, label: 'Endless', expiresAt: null, thirdParty: null }, eve)
  const { key: long } = await make({ ...good, label: 'Long', expiresAt: days(60), allowedAddresses: ['10.0.0.1'] }, eve)
  const { key: strong } = await make({ ...good, label: 'Strong', scopes: ['orders:write'] }, eve)
  const policy = policySchema.parse({
    ...defaultPolicy,
    maxLifetimeDays: 30,
    thirdPartyRequired: true,
    withheldScopes: ['orders:write'],
    addressRanges: ['203.0.113.0/24'],
  })
  const found = await listBreaches(root.actor, policy)
  const rules = Object.fromEntries(found.keys.map(({ id, rules }) => [id, rules]))
  expect(rules[fine.id]).toBeUndefined()
  expect(rules[endless.id]).toEqual(['expiry', 'thirdParty'])
  expect(rules[long.id]).toEqual(['lifetime', 'addresses'])
  expect(rules[strong.id]).toEqual(['scopes'])
  expect(found.all).toBe(true)
  const walked: string[] = []
  for await (const part of walkBreaches(root.actor, policy)) walked.push(...part.map(({ id }) => id))
  expect(walked).toEqual(expect.arrayContaining([endless.id, long.id, strong.id]))
  expect(walked).not.toContain(fine.id)
  const ending = await listBreaches(root.actor, { ...defaultPolicy, expiryRequired: true })
  expect(ending.keys.find(({ id }) => id === endless.id)?.rules).toEqual(['expiry'])
  expect(ending.keys.map(({ id }) => id)).not.toContain(long.id)
  const few = await listBreaches(root.actor, { ...defaultPolicy, maxKeysPerProject: 3 })
  expect(few.keys.filter(({ project }) => project.slug === eve.user.project.slug)).toHaveLength(1)
})

test('idle keys end, and used, new, regenerated and ended ones stay as they are', async () => {
  const server = { ...cli(), name: 'server' as const }
  const tim = await makePerson({ name: 'Tim' })
  const old = async (label: string, used: number | null) => {
    const made = await make({ label }, tim)
    await db().update(apiKeys).set({ createdAt: sql`now() - interval '100 days'` }).where(eq(apiKeys.id, made.key.id))
    await db().execute(
      sql`update api_key_secrets set created_at = now() - interval '100 days' where key_id = ${made.key.id}`,
    )
    if (used !== null) {
      await db()
        .update(apiKeyUses)
        .set({ usedAt: sql`now() - make_interval(days => ${used})` })
        .where(eq(apiKeyUses.keyId, made.key.id))
    }
    return made
  }
  const never = await old('Never', null)
  const long = await old('Long ago', 40)
  const lately = await old('Lately', 5)
  const renewed = await old('Renewed', 40)
  const { secret } = await regenerateKey(tim.actor, renewed.key.id, { overlapSeconds: 0 })
  const fresh = await make({ label: 'Fresh' }, tim)
  expect(await revokeIdleKeys(server)).toBe(0)
  await set({ idleDays: 30 })
  expect((await listBreaches(root.actor, await readPolicy())).counts.idle).toBe(2)
  // The embedded database has one session; of two servers one does it.
  const both = await Promise.all([revokeIdleKeys(server), revokeIdleKeys({ ...server, origin: origin() })])
  expect(both[0] + both[1]).toBe(2)
  expect(await verdict(never.secret)).toBe('revoked_credentials')
  expect(await verdict(long.secret)).toBe('revoked_credentials')
  for (const good of [lately.secret, fresh.secret, secret.reveal()]) expect(await verdict(good)).toBe('good')
  expect((await auditOf(long.key.id)).at(-1)).toMatchObject({
    action: 'key.revoked',
    actorKind: 'system',
    actorName: 'server',
    changes: { reason: [null, 'Not used for 30 days'] },
  })
  expect(await revokeIdleKeys(server)).toBe(0)
})

const person = (name: string) => ({
  name,
  email: `${name}-signs-up@example.com`,
  password: 'seven otters juggle lanterns',
})
