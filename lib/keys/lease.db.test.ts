import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { db, handle } from '@/db'
import { apiKeys, oauthArtifacts } from '@/db/schema'
import { cli, keyActor, makeClient, makeKey, makePerson, makeToken, origin, outcome, type Person } from '@/db/testing'
import type { Actor } from '@/lib/actor'
import { judgeCredential } from '@/lib/api/authenticate'
import { checksum } from '@/lib/credentials/checksum'
import { settled } from '@/lib/narrowing'
import { endArtifact } from '@/lib/oauth/artifacts'
import { isUsedUp } from '@/lib/rate-limit'
import { forget } from '@/lib/runtime'
import { disableUser } from '@/lib/users/disable'
import { enableUser } from '@/lib/users/enable'
import { createKey } from './create'
import { endOverlap } from './end-overlap'
import { createKeySchema, updateKeySchema } from './input'
import type { Key } from './key'
import { keyLease } from './record'
import { regenerateKey } from './regenerate'
import { revokeKey } from './revoke'
import { updateKey } from './update'

// What a check costs the database, and what acts that narrow cost those who ask for them: with a lease, as in
// production. Why the wait is as long as it is: docs/decisions/0003-lease.md.

let ada: Person
let key: Key
let secret: string

beforeAll(async () => {
  use({ VERIFY_LEASE_MS: '1000', FAILED_AUTH_PER_MINUTE: '3' })
  ada = await makePerson()
})
afterAll(() => use({ VERIFY_LEASE_MS: '0', FAILED_AUTH_PER_MINUTE: undefined }))

beforeEach(async () => {
  for (const name of ['key-lease', 'limit-failuresPerAddress', 'refusals']) forget(name)
  ;({ key, secret } = await makeKey(ada, { scopes: ['orders:read'] }))
})
afterEach(() => void vi.restoreAllMocks())

describe('what a check costs', () => {
  test('good: one read, then none within the lease', async () => {
    expect(await cost(secret)).toMatchObject({ verdict: 'done', reads: 1 })
    for (let i = 0; i < 5; i++) expect(await cost(secret)).toMatchObject({ verdict: 'done', reads: 0 })
  })

  test('threat 8: refused: one read by one and the same statement, whatever is wrong', async () => {
    const unknown = await cost(withPublicId('0'.repeat(12)))
    const wrong = await cost(wrongSecret())
    forget('limit-failuresPerAddress')
    expect(await cost(secret)).toMatchObject({ verdict: 'done' })
    const wrongWhileHeld = await cost(wrongSecret())
    const again = await cost(wrongSecret())
    for (const each of [unknown, wrong, wrongWhileHeld, again]) {
      expect(each).toEqual({ verdict: 'invalid_credentials', reads: 1, statements: unknown.statements })
    }
    expect(unknown.statements[0]).toContain('"api_key_secrets"')
  })

  test('threat 8: a wrong secret of a child costs as much as an unknown id; the right one reads its ancestors once', async () => {
    const parent = await makeKey(ada, { scopes: ['keys:write', 'orders:read'] })
    const actor = await keyActor(parent.secret)
    const made = await createKey(
      actor,
      ada.projectId,
      createKeySchema.parse({ label: 'Child', scopes: ['orders:read'] }),
    )
    const child = made.secret.reveal()
    keyLease().clear()
    const unknown = await cost(withPublicId('0'.repeat(12)))
    const wrong = () => cost(checked(child.slice(0, 16) + randomText(43)))
    expect(await wrong()).toEqual({ ...unknown, verdict: 'invalid_credentials' })
    // What the wrong one left behind is good for no verdict by itself.
    expect(await cost(child)).toMatchObject({ verdict: 'done', reads: 2 })
    expect(await cost(child)).toMatchObject({ verdict: 'done', reads: 0 })
    forget('limit-failuresPerAddress')
    expect(await wrong()).toEqual({ ...unknown, verdict: 'invalid_credentials' })
    await revokeKey(ada.actor, parent.key.id)
    expect(await cost(child)).toMatchObject({ verdict: 'revoked_credentials', reads: 2 })
    expect(await cost(child)).toMatchObject({ verdict: 'revoked_credentials', reads: 0 })
  })

  test('misses are not remembered', async () => {
    const unknown = withPublicId('0'.repeat(12))
    expect([(await cost(unknown)).reads, (await cost(unknown)).reads]).toEqual([1, 1])
  })

  test('threat 100: one string that is refused, however often it is sent, costs the statements of the slow lane', async () => {
    expect(await cost(secret)).toMatchObject({ verdict: 'done' })
    for (const bad of [withPublicId('0'.repeat(12)), wrongSecret()]) {
      await cost(bad)
      const sent = counting()
      const all = Array.from({ length: 200 }, () => outcome(judgeCredential(bad, { origin: origin() })))
      expect(new Set(await Promise.all(all))).toEqual(new Set(['invalid_credentials']))
      expect(sent().length).toBeLessThanOrEqual(2)
    }
  })

  test('threat 100: an access token that is revoked or has expired costs one read', async () => {
    const { app } = await makeClient(ada)
    const [revoked, expired] = [await makeToken(app, ['orders:read'], ada), await makeToken(app, ['orders:read'], ada)]
    await endArtifact('AccessToken', revoked)
    await db()
      .update(oauthArtifacts)
      .set({ expiresAt: new Date(Date.now() - 1) })
      .where(eq(oauthArtifacts.id, expired.slice(4, 16)))
    for (const [token, verdict] of [
      [revoked, 'revoked_credentials'],
      [expired, 'expired_credentials'],
    ] as const) {
      expect(await cost(token)).toMatchObject({ verdict, reads: 1 })
      for (let i = 0; i < 5; i++) expect(await cost(token)).toMatchObject({ verdict, reads: 0 })
    }
  })

  test('many at once share one read', async () => {
    const run = counting()
    await Promise.all(Array.from({ length: 200 }, () => judgeCredential(secret, { origin: origin() })))
    expect(run()).toHaveLength(1)
  })

  test('with failures used up: credentials share the statements of the slow lane, and the good ones get through', async () => {
    const [other, third] = [await makeKey(ada), await makeKey(ada)]
    expect(await cost(secret)).toMatchObject({ verdict: 'done' })
    for (let i = 0; i < 3; i++) expect((await cost(wrongSecret())).verdict).toBe('invalid_credentials')
    const sent = counting()
    const bad = Array.from({ length: 100 }, (_, i) => (i % 2 ? wrongSecret() : withPublicId(randomText(12))))
    const verdicts = await Promise.all(
      [...bad, other.secret].map((each) => outcome(judgeCredential(each, { origin: origin() }))),
    )
    expect(verdicts).toEqual([...Array(100).fill('invalid_credentials'), 'done'])
    // One that goes at once if nobody had a turn lately, and one for all the others.
    expect(sent().length).toBeLessThanOrEqual(2)
    // Another address waits for nobody.
    expect(await cost(third.secret, '203.0.113.99')).toMatchObject({ verdict: 'done', reads: 1 })
    // Who was good a moment ago is let in while it is held, after its lease, and after a write of anybody's.
    expect(await cost(secret)).toMatchObject({ verdict: 'done', reads: 0 })
    const now = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => now + 1_000)
    expect(await cost(secret)).toMatchObject({ verdict: 'done', reads: 1 })
    keyLease().clear()
    expect(await cost(secret)).toMatchObject({ verdict: 'done', reads: 1 })
  })

  test('threat 100: final refusals cost one read, count once, and stop nobody', async () => {
    const gone: Record<string, string> = {}
    const make = (fields = {}) => makeKey(ada, fields)
    const revoked = await make()
    await revokeKey(ada.actor, revoked.key.id)
    gone[revoked.secret] = 'revoked_credentials'
    const expired = await make({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
    await db()
      .update(apiKeys)
      .set({ expiresAt: new Date(Date.now() - 1) })
      .where(eq(apiKeys.id, expired.key.id))
    gone[expired.secret] = 'expired_credentials'
    const replaced = await make()
    await regenerateKey(ada.actor, replaced.key.id, { overlapSeconds: 0 })
    gone[replaced.secret] = 'revoked_credentials'
    keyLease().clear()
    for (const [each, verdict] of Object.entries(gone)) {
      expect(await cost(each)).toMatchObject({ verdict, reads: 1 })
      keyLease().clear()
      for (let i = 0; i < 20; i++) expect(await cost(each)).toMatchObject({ verdict, reads: 0 })
    }
    // Three different ones are the whole allowance, and each was counted once: the next new key waits in the lane.
    expect(await isUsedUp('failuresPerAddress', '203.0.113.7')).toBe(true)
    forget('limit-failuresPerAddress')
    forget('refusals')
    for (let i = 0; i < 20; i++) await cost(revoked.secret)
    await cost('lk_malformed')
    await cost('lk_malformed')
    expect(await isUsedUp('failuresPerAddress', '203.0.113.7')).toBe(false)
  })

  test('what can become good again is not remembered: a disabled person, a list of addresses, another secret', async () => {
    const bob = await makePerson({ name: 'Bob' })
    const { key, secret } = await makeKey(bob)
    await disableUser(cli(), bob.user.email)
    expect((await cost(secret)).verdict).toBe('invalid_credentials')
    await enableUser(cli(), bob.user.id)
    // Acts that give something back end no lease.
    keyLease().clear()
    expect((await cost(secret)).verdict).toBe('done')
    await updateKey(cli(), key.id, updateKeySchema.parse({ allowedAddresses: ['10.0.0.0/8'] }))
    expect((await cost(secret)).verdict).toBe('address_not_allowed')
    await updateKey(cli(), key.id, updateKeySchema.parse({ allowedAddresses: [] }))
    keyLease().clear()
    expect((await cost(secret)).verdict).toBe('done')
    // A refusal is remembered by the whole credential: another secret with the same id is judged by itself.
    await revokeKey(cli(), key.id)
    expect((await cost(secret)).verdict).toBe('revoked_credentials')
    const wrong = checked(secret.slice(0, 16) + randomText(43))
    expect(await cost(wrong)).toMatchObject({ verdict: 'invalid_credentials', reads: 1 })
  })

  test('good keys that nobody has seen yet count as no failures, however many come at once from one address', async () => {
    const keys = await Promise.all(Array.from({ length: 40 }, () => makeKey(ada)))
    const verdicts = await Promise.all(keys.map(({ secret }) => outcome(judgeCredential(secret, { origin: origin() }))))
    expect(new Set(verdicts)).toEqual(new Set(['done']))
  })
})

describe('an act that ends or narrows', () => {
  const acts: Record<string, (actor: Actor) => Promise<unknown>> = {
    revoke: (actor) => revokeKey(actor, key.id),
    regenerate: (actor) => regenerateKey(actor, key.id, { overlapSeconds: 0 }),
    'end overlap': (actor) => endOverlap(actor, key.id),
    'fewer scopes': (actor) => updateKey(actor, key.id, updateKeySchema.parse({ scopes: [] })),
    'fewer addresses': (actor) => updateKey(actor, key.id, updateKeySchema.parse({ allowedAddresses: ['10.0.0.1'] })),
    'disable the person': (actor) => disableUser(actor as never, person.user.email),
  }
  let person: Person

  test.each(Object.keys(acts))('%s: refused here at once, elsewhere when it is answered', async (name) => {
    person = await makePerson()
    ;({ key, secret } = await makeKey(person, { scopes: ['orders:read'] }))
    if (name === 'end overlap') await regenerateKey(person.actor, key.id, { overlapSeconds: 600 })
    // Another instance has just read the key.
    await judgeCredential(secret, { origin: origin() })
    const elsewhere = forget<ReturnType<typeof keyLease>>('key-lease')
    await judgeCredential(secret, { origin: origin() })
    const publicId = secret.slice(3, 15)
    expect(elsewhere?.held(publicId)).toBeDefined()

    const actor = name === 'disable the person' ? cli() : { ...person.actor, origin: origin() }
    await acts[name]?.(actor)
    const committed = performance.now()
    expect(keyLease().held(publicId)).toBeUndefined()
    await settled(actor.origin)
    const waited = performance.now() - committed
    if (handle().kind === 'pglite') expect(waited).toBeLessThan(50)
    else {
      expect(waited).toBeGreaterThan(1_040)
      expect(elsewhere?.held(publicId)).toBeUndefined()
    }
  })

  test('many in one request wait once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => makeKey(ada)))
    const actor = { ...ada.actor, origin: origin() }
    for (const { key } of keys) await revokeKey(actor, key.id)
    const committed = performance.now()
    await settled(actor.origin)
    expect(performance.now() - committed).toBeLessThan(1_500)
  })

  test('what takes nothing away does not wait, and what was refused neither', async () => {
    const quick = async (act: (actor: Actor) => Promise<unknown>) => {
      const actor = { ...ada.actor, origin: origin() }
      await outcome(act(actor))
      return actor.origin.narrowedAt
    }
    const edit = (fields: object) => quick((actor) => updateKey(actor, key.id, updateKeySchema.parse(fields)))
    expect(await edit({ label: 'Renamed' })).toBeUndefined()
    expect(await edit({ label: 'Again', scopes: ['orders:read'], allowedAddresses: [] })).toBeUndefined()
    expect(await edit({ scopes: [] })).toBeDefined()
    expect(await quick((actor) => revokeKey(actor, 'unknown'))).toBeUndefined()
  })

  test('what may have been made, nobody knows, waits too', async () => {
    const actor = { ...ada.actor, origin: origin() }
    vi.spyOn(db(), 'transaction').mockRejectedValue(Object.assign(new Error('away'), { code: 'DEADLINE' }))
    await expect(revokeKey(actor, key.id)).rejects.toThrow('away')
    expect(actor.origin.narrowedAt).toBeDefined()
  })
})

function use(settings: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  for (const name of ['env', 'key-lease', 'limit-failuresPerAddress']) forget(name)
}

/** Begins to note the statements that are sent; call the result for them. */
function counting(): () => string[] {
  const { logger } = (db()._ as unknown as { session: { logger: { logQuery(query: string): void } } }).session
  const sent = vi.spyOn(logger, 'logQuery')
  sent.mockClear()
  return () => sent.mock.calls.map(([query]) => query)
}

/** What becomes of a credential, and what it cost. */
async function cost(credential: string, address = '203.0.113.7') {
  const sent = counting()
  const verdict = await outcome(judgeCredential(credential, { origin: origin({ address }) }))
  return { verdict, reads: sent().length, statements: sent() }
}

/** The key's own public id with another secret, and the right checksum: only the database can tell. */
const wrongSecret = () => checked(secret.slice(0, 16) + randomText(43))

const withPublicId = (publicId: string) => checked(`lk_${publicId}_${randomText(43)}`)

const randomText = (length: number) => randomBytes(length).toString('hex').slice(0, length)

const checked = (body: string) => body + checksum(body)
