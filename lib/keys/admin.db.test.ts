import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys } from '@/db/schema'
import { auditCount, auditOf, cli, makeKey, makePerson, outcome, type Person, signInAs, verdict } from '@/db/testing'
import { disableUser } from '@/lib/users/disable'
import { makeAdmin } from '@/lib/users/make-admin'
import { removeAdmin } from '@/lib/users/remove-admin'
import { countKeys } from './count'
import { findKey } from './find'
import { keyBuckets, REVOKED_AT_ONCE } from './listing'
import { regenerateKey } from './regenerate'
import { revokeKey } from './revoke'
import { type ManyKeys, revokeManyKeys } from './revoke-many'
import { keyFilterSchema, MOST_NAMESAKES, searchKeys } from './search'

let root: Person
let ada: Person

beforeAll(async () => {
  root = await makePerson({ name: 'Root', isAdmin: true })
  ada = await makePerson({ name: 'Ada Lovelace' })
})

const search = (fields: Record<string, unknown> = {}) =>
  searchKeys(root.actor, { ...keyFilterSchema.parse({}), limit: 50, ...fields })
const labels = async (fields: Record<string, unknown> = {}) => (await search(fields)).data.map(({ label }) => label)

describe('an admin revokes', () => {
  test('a key of a project that is not theirs, with a reason, once', async () => {
    const { key, secret } = await makeKey(ada)
    expect(await outcome(revokeKey(root.actor, key.id))).toBe('not_found')
    const both = [1, 2].map(() => outcome(revokeKey(root.actor, key.id, { reason: 'Leaked', asAdmin: true })))
    expect((await Promise.all(both)).sort()).toEqual(['conflict', 'done'])
    expect(await verdict(secret)).toBe('revoked_credentials')
    expect((await auditOf(key.id)).find(({ action }) => action === 'key.revoked')).toMatchObject({
      actorId: root.user.id,
      projectId: ada.projectId,
      changes: { reason: [null, 'Leaked'] },
    })
  })

  test('threat 38: nobody else does, whatever they ask for', async () => {
    const bob = await makePerson({ name: 'Bob' })
    const { key, secret } = await makeKey(ada)
    // Not even in a project of one's own: it is another power.
    for (const { actor } of [bob, ada]) {
      expect(await outcome(revokeKey(actor, key.id, { asAdmin: true }))).toBe('not_found')
      expect(await outcome(all(actor, { keyIds: [key.id] }))).toBe('not_found')
      expect(await outcome(all({ ...actor, isAdmin: true }, { keyIds: [key.id] }))).toBe('not_found')
    }
    expect(await verdict(secret)).toBe('good')
    expect((await auditOf(key.id, 'refused')).at(-1)).toMatchObject({ actorId: ada.user.id })
  })

  test('threat 41: not who was one a moment ago', async () => {
    const bob = await makePerson({ name: 'Bob' })
    await makeAdmin(cli(), bob.user.id)
    const actor = await signInAs(bob.user)
    await removeAdmin(root.actor, bob.user.id)
    const { key } = await makeKey(ada)
    expect(await outcome(revokeKey(actor, key.id, { asAdmin: true }))).toBe('not_found')
  })
})

describe('many at once', () => {
  test('by id, a row each, and again without harm', async () => {
    const made = [await makeKey(ada), await makeKey(root), await makeKey(ada)]
    const keyIds = made.map(({ key }) => key.id)
    const before = await auditCount()
    expect(await all(root.actor, { keyIds }, 'Clean-up')).toBe(3)
    expect(await auditCount()).toBe(before + 3)
    expect(await Promise.all(made.map(({ secret }) => verdict(secret)))).toEqual(Array(3).fill('revoked_credentials'))
    expect(root.actor.origin.narrowedAt).toBeGreaterThan(0)
    expect(await all(root.actor, { keyIds })).toBe(0)
    expect(await auditCount()).toBe(before + 3)
  })

  test('by filter, in parts: interrupted after the first, the second time ends the rest', async () => {
    const carol = await makePerson({ name: 'Carol' })
    const { key, secret } = await makeKey(carol, { label: 'Mass 0' })
    await makeRows(carol, 'mass', REVOKED_AT_ONCE + 20)
    const which: ManyKeys = { filter: keyFilterSchema.parse({ q: 'mass ' }) }
    for await (const ended of revokeManyKeys(root.actor, which)) {
      expect(ended).toBe(REVOKED_AT_ONCE)
      break
    }
    const left = () => db().$count(apiKeys, sql`label like 'Mass %' and revoked_at is null`)
    expect(await left()).toBe(21)
    expect(await all(root.actor, which)).toBe(21)
    expect(await left()).toBe(0)
    expect(await verdict(secret)).toBe('revoked_credentials')
    expect(await auditOf(key.id)).toHaveLength(2)
  })
})

describe('more namesakes than a page looks at', () => {
  const filter = keyFilterSchema.parse({ q: 'zapier' })

  test('are said to be more, are in the file, and lose their keys to who revokes all that match', async () => {
    const most = MOST_NAMESAKES + 30
    const zoe = await makePerson({ name: 'Zoe' })
    await db().execute(sql`insert into third_parties (id, project_id, name)
      select 'twin' || n, ${zoe.projectId}, 'Zapier ' || n from generate_series(1, ${sql.raw(String(most))}) as n`)
    await makeRows(zoe, 'twin', most)
    await db().execute(sql`update api_keys set third_party_id = id where id like 'twin%'`)
    expect(await searchKeys(root.actor, { ...filter, limit: 1_000 })).toMatchObject({
      data: { length: MOST_NAMESAKES },
      cut: true,
    })
    // Fewer than all at once, so that some of them are not among those that are near.
    const first = await searchKeys(root.actor, { ...filter, every: true, sort: 'createdAt', limit: 150 })
    const second = await searchKeys(root.actor, {
      ...filter,
      every: true,
      sort: 'createdAt',
      limit: 150,
      cursor: first.nextCursor ?? '',
    })
    expect([first, second].map(({ data, cut }) => [data.length, cut])).toEqual([
      [150, false],
      [most - 150, false],
    ])
    expect(await all(root.actor, { filter })).toBe(most)
    expect(await db().$count(apiKeys, sql`id like 'twin%' and revoked_at is null`)).toBe(0)
    expect(await search({ q: 'Zapier 7' })).toMatchObject({ data: [], cut: false })

    // The same where the bucket is about uses.
    await db().execute(sql`update api_keys set revoked_at = null, revoked_by_id = null where id like 'twin%'`)
    expect(await all(root.actor, { filter: { ...filter, status: 'never_used' } })).toBe(most)
  })
})

describe('search', () => {
  test('threat 42: for admins only, and without anything secret', async () => {
    const { secret } = await makeKey(ada, { label: 'Seen' })
    for (const ask of [
      () => searchKeys(ada.actor, { ...keyFilterSchema.parse({}), limit: 50 }),
      () => findKey(ada.actor, secret),
      () => countKeys(ada.actor, ['active']),
    ]) {
      expect(await outcome(ask())).toBe('not_found')
    }
    const page = JSON.stringify(await search({ q: 'seen' }))
    expect(page).not.toContain(secret.slice(16))
    expect(page).not.toMatch(/hash|pepper/i)
  })

  test('by label, project, person, address, third party and hint', async () => {
    const grace = await makePerson({ name: 'Grace Hopper' })
    const { key } = await makeKey(grace, { label: 'Compiler', thirdParty: { name: 'Univac' } })
    for (const q of [
      'compil',
      'Grace Hopper’s',
      'hopper',
      grace.user.email,
      'UNIVAC',
      key.hint,
      grace.user.project.slug,
    ]) {
      expect([q, await labels({ q })]).toEqual([q, ['Compiler']])
    }
    expect((await search({ q: 'compil' })).data[0]).toMatchObject({
      project: { slug: grace.user.project.slug },
      responsible: { name: 'Grace Hopper', email: grace.user.email, active: true },
    })
    for (const q of ["'; drop table users --", '%%%', '\\', '__', 'x'.repeat(200)])
      expect(await labels({ q })).toEqual([])
  })

  test('whose is this: a whole key is found by what it is, and by nothing else', async () => {
    const { key, secret } = await makeKey(ada, { label: 'Found' })
    expect(await findKey(root.actor, ` ${secret} `)).toEqual({ hint: key.hint, secret: 'current' })
    expect(await labels({ q: key.hint })).toEqual(['Found'])
    await regenerateKey(ada.actor, key.id, { overlapSeconds: 0 })
    expect(await findKey(root.actor, secret)).toMatchObject({ secret: 'replaced' })
    for (const text of ['', 'Found', secret.slice(0, -1), `${secret}0`]) {
      expect([text, await outcome(findKey(root.actor, text))]).toEqual([text, 'validation_failed'])
    }
  })

  test('each bucket has its keys, and the board counts the same', async () => {
    const ends = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
    const dora = await makePerson({ name: 'Dora' })
    const make = async (label: string, fields = {}) =>
      (await makeKey(dora, { label, expiresAt: ends(30), thirdParty: { name: `For ${label}` }, ...fields })).key
    const used = (id: string, days: number) =>
      db().execute(sql`update api_key_uses set used_at = now() - make_interval(days => ${days}) where key_id = ${id}`)
    await used((await make('b plain')).id, 1)
    await used((await make('b expiring', { expiresAt: ends(5) })).id, 1)
    await make('b never')
    await used((await make('b unused')).id, 91)
    await used((await make('b endless', { expiresAt: null })).id, 1)
    await used((await make('b nobody', { thirdParty: null })).id, 1)
    await used((await make('b managing', { scopes: ['keys:write'] })).id, 1)
    await used((await make('b managing apps', { scopes: ['orders:read', 'apps:write'] })).id, 1)
    const overlap = await make('b overlap')
    await used(overlap.id, 1)
    await regenerateKey(dora.actor, overlap.id, { overlapSeconds: 3600 })
    const gone = await make('b revoked')
    await revokeKey(dora.actor, gone.id)
    const past = await make('b expired')
    await db()
      .update(apiKeys)
      .set({ expiresAt: new Date(Date.now() - 1000) })
      .where(eq(apiKeys.id, past.id))
    const eve = await makePerson({ name: 'Eve' })
    const orphan = await makeKey(eve, { label: 'b orphan', expiresAt: ends(30), thirdParty: { name: 'Eve’s' } })
    await used(orphan.key.id, 1)
    await disableUser(cli(), eve.user.id)
    const former = await makePerson({ name: 'Former', isAdmin: true })
    for (const [who, label] of [
      [former, 'b of a former admin'],
      [root, 'b of an admin'],
    ] as const) {
      const scopes = ['audit:read', 'site:audit']
      const { key } = await makeKey(who, { label, expiresAt: ends(30), thirdParty: { name: 'Log' }, scopes })
      await used(key.id, 1)
    }
    await removeAdmin(cli(), former.user.id)

    const expected = {
      expiring: ['b expiring'],
      never_used: ['b never'],
      unused: ['b unused'],
      without_expiry: ['b endless'],
      unassigned: ['b nobody'],
      management: ['b managing', 'b managing apps'],
      admin_scopes: ['b of a former admin'],
      disabled_maker: ['b orphan'],
      overlap: ['b overlap'],
      expired: ['b expired'],
      revoked: ['b revoked'],
    }
    for (const [status, wanted] of Object.entries(expected)) {
      for (const sort of ['label', '-createdAt', 'expiresAt', '-lastUsedAt']) {
        const found = (await labels({ status, q: 'b ', sort })).sort()
        expect([status, sort, found]).toEqual([status, sort, wanted])
      }
    }
    const counts = await countKeys(root.actor, keyBuckets)
    for (const status of keyBuckets) {
      const { data } = await search({ status, limit: 3000 })
      const exact = { count: data.length, about: false }
      const about = { count: expect.any(Number), about: true }
      expect([status, counts.get(status)]).toEqual([status, data.length > 400 ? about : exact])
      expect(counts.get(status)?.count).toBeGreaterThanOrEqual(Math.min(data.length, 401))
    }
  })

  test('page by page, there and back, in every order', async () => {
    for (const field of ['createdAt', 'lastUsedAt', 'expiresAt', 'label']) {
      for (const sort of [field, `-${field}`]) {
        const whole = await labels({ sort, limit: 12 })
        const first = await search({ sort, limit: 4 })
        const second = await search({ sort, limit: 4, cursor: first.nextCursor })
        const third = await search({ sort, limit: 4, cursor: second.nextCursor })
        expect([first, second, third].flatMap(({ data }) => data.map(({ label }) => label))).toEqual(whole)
        expect((await search({ sort, limit: 4, cursor: third.previousCursor })).data).toEqual(second.data)
      }
    }
  })
})

async function all(actor: Person['actor'], which: ManyKeys, reason?: string): Promise<number> {
  let ended = 0
  for await (const so of revokeManyKeys(actor, which, { reason })) ended = so
  return ended
}

/** Many keys of a person, as rows: `mass1`, `mass2` …, with the labels `Mass 1`, `Mass 2` … */
async function makeRows({ user, projectId }: Person, name: string, rows: number): Promise<void> {
  const label = `${name.charAt(0).toUpperCase()}${name.slice(1)} `
  await db().execute(sql`insert into api_keys (id, project_id, label, scopes, created_by_id, responsible_id)
    select ${name} || n, ${projectId}, ${label} || n, '{}', ${user.id}, ${user.id}
    from generate_series(1, ${sql.raw(String(rows))}) as n`)
  await db().execute(
    sql`insert into api_key_uses (key_id, project_id) select id, project_id from api_keys where id like ${`${name}%`}`,
  )
  await db().execute(sql`insert into api_key_secrets (id, key_id, public_id, secret_hash, pepper_id)
    select id, id, id, '', '1' from api_keys where id like ${`${name}%`}`)
}
