import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { explain, watchStatements } from '@/db/plans'
import { makePerson, type Person } from '@/db/testing'
import { auditFilterSchema, searchAudit } from '@/lib/audit/search'
import { searchUsers, searchUsersSchema } from '@/lib/users/search'
import { countKeys } from './count'
import { keyBuckets, sortFields } from './listing'
import { keyFilterSchema, searchKeys } from './search'

// With 20,000 keys and events and 5,000 people, no page of the admin view reads a whole table of them.

const big = ['api_keys', 'api_key_secrets', 'api_key_uses', 'third_parties', 'users', 'audit_events', 'audit_seals']
let root: Person
let asked: ReturnType<typeof watchStatements>

beforeAll(async () => {
  root = await makePerson({ name: 'Root', isAdmin: true })
  await fill()
  asked = watchStatements()
})

test.each(keyBuckets)('keys: %s, in every order, both pages', async (status) => {
  for (const field of sortFields) {
    for (const sort of [field, `-${field}`] as const) {
      const read = (cursor?: string) =>
        searchKeys(root.actor, { ...keyFilterSchema.parse({ status }), sort, cursor, limit: 50 })
      const first = await planned(() => read())
      expect(first.data.length).toBeGreaterThan(0)
      if (first.nextCursor) await planned(() => read(first.nextCursor ?? ''))
    }
  }
})

test('keys: the first page does not wade through those that were revoked', async () => {
  asked.length = 0
  await searchKeys(root.actor, { ...keyFilterSchema.parse({ q: 'nothing has this' }), limit: 50 })
  const plans = await Promise.all(asked.map(explain))
  expect(plans[0]).toContain('api_keys_all_unrevoked')
})

// Where most keys are of a kind, reading the table until there are enough of them is the shortest way.
test('keys: what few keys are is counted without reading the others', async () => {
  await planned(() =>
    countKeys(root.actor, ['expiring', 'unused', 'management', 'admin_scopes', 'disabled_maker', 'overlap']),
  )
})

test.each([
  ['three letters', 'key 777', 11],
  ['letters that many labels have', 'key', 50],
  ['two letters', 'ke', 50],
  ['letters that nothing has', 'zzzzzz', 0],
  ['two letters that nothing has', 'zz', 0],
  ['a third party', 'party 477', 10],
  ['a person', 'person 4321 ', 4],
  ['an address', 'p4321@example.net', 4],
  ['a hint', 'lk_k00000000077_…', 1],
])('keys: search for %s', async (_, q, found) => {
  for (const sort of ['-createdAt', 'label'] as const) {
    const read = () => searchKeys(root.actor, { ...keyFilterSchema.parse({ q, status: 'all' }), sort, limit: 50 })
    expect((await planned(read)).data).toHaveLength(found)
  }
})

test('keys: all of a search, for a file, whatever the name is of', async () => {
  for (const q of ['party 477', 'person 4321 ', 'zzzzzz', 'zz']) {
    const filter = keyFilterSchema.parse({ q })
    await planned(() => searchKeys(root.actor, { ...filter, every: true, sort: 'createdAt', limit: 500 }))
  }
})

test('users: the keys of each are counted from an index alone', async () => {
  asked.length = 0
  await searchUsers(root.actor, searchUsersSchema.parse({}))
  const plans = await Promise.all(asked.map(explain))
  expect(plans.join('\n')).toMatch(/Index Cond: \(\(responsible_id = users\.id\) AND \(revoked_at IS NULL\)\)/)
})

test.each([{}, { q: 'person 432' }, { q: 'pe' }, { q: 'zz' }, { show: 'admins' }, { show: 'disabled' }])(
  'users: %j',
  async (fields) => {
    await planned(() => searchUsers(root.actor, searchUsersSchema.parse(fields)))
  },
)

test.each([
  {},
  { actor: 'u4321' },
  { action: 'key.revoked' },
  { target: 'k77' },
  { result: 'refused' },
  { from: '2020-01-01', to: '2020-01-05' },
  { from: '2020-01-05' },
  { action: 'key.updated', to: '2020-01-05' },
])('audit: %j', async (fields) => {
  const read = (cursor?: string) => searchAudit(root.actor, { ...auditFilterSchema.parse(fields), cursor, limit: 50 })
  const first = await planned(() => read())
  expect(first.data.length).toBeGreaterThan(0)
  if (first.nextCursor) await planned(() => read(first.nextCursor ?? ''))
})

/** Reads, and asks for the plan of each statement that it took. */
async function planned<Page>(read: () => Promise<Page>): Promise<Page> {
  asked.length = 0
  const page = await read()
  expect(asked.length).toBeGreaterThan(0)
  for (const statement of [...asked]) {
    const plan = await explain(statement)
    expect(
      big.filter((table) => plan.includes(`Seq Scan on ${table}`)),
      `${statement.query}\n${JSON.stringify(statement.params)}\n${plan}`,
    ).toEqual([])
  }
  return page
}

/** A site of 5,000 people with four keys each: of each hundred keys a few are in each bucket. */
async function fill(): Promise<void> {
  const parts = async (rows: number, insert: (n: ReturnType<typeof sql>) => ReturnType<typeof sql>) => {
    // In parts, since statements have a deadline and the tables many indexes.
    for (let done = 0; done < rows; done += 2_000) {
      const end = Math.min(done + 2_000, rows)
      await db().execute(insert(sql.raw(`generate_series(${done + 1}, ${end}) as n`)))
    }
  }
  const { projectId } = root
  await parts(
    5_000,
    (n) => sql`insert into users (id, email, name, created_at, disabled_at)
    select 'u' || n, 'p' || n || '@example.net', 'Person ' || n || ' x', now() - make_interval(mins => n),
      case when n % 1000 = 7 then now() end from ${n}`,
  )
  await db().execute(sql`insert into projects (id, slug, name)
    select 'q' || n, 'q' || n, 'Q ' || n from generate_series(0, 99) as n`)
  await parts(
    1_000,
    (n) => sql`insert into third_parties (id, project_id, name)
    select 'p' || n, ${projectId}, 'Party ' || n from ${n}`,
  )
  await parts(
    20_000,
    (n) => sql`insert into api_keys
    (id, project_id, label, third_party_id, scopes, created_at, created_by_id, responsible_id, expires_at, revoked_at)
    select 'k' || n, 'q' || n % 100, 'Key ' || n, case when n % 2 = 0 then 'p' || (n / 2 % 1000 + 1) end,
      case when n % 200 = 9 then array['keys:write'] when n % 200 = 109 then array['apps:write']
        when n % 200 = 11 then array['site:audit'] else '{}' end, now() - make_interval(mins => n),
      'u' || (n % 5000 + 1), 'u' || (n % 5000 + 1),
      case when n % 100 = 1 then now() + interval '5 days' when n % 50 = 2 then now() - interval '5 days'
        when n % 3 = 0 then now() + interval '90 days' end,
      case when n % 2000 = 3 then now() end
    from ${n}`,
  )
  await parts(
    20_000,
    (n) => sql`insert into api_key_uses (key_id, project_id, used_at)
    select 'k' || n, 'q' || n % 100, case when n % 50 = 0 then now() - interval '100 days'
      when n % 4 > 0 then now() - make_interval(secs => n) else '1970-01-01Z' end from ${n}`,
  )
  await parts(
    20_000,
    (n) => sql`insert into api_key_secrets (id, key_id, public_id, secret_hash, pepper_id)
    select 's' || n, 'k' || n, 'k' || lpad(n::text, 11, '0'), md5(n::text), '1' from ${n}`,
  )
  await parts(
    100,
    (n) => sql`insert into api_key_secrets (id, key_id, public_id, secret_hash, pepper_id, ends_at)
    select 'o' || n, 'k' || n * 7, lpad('o' || n, 12, '0'), md5(n::text), '1', now() + interval '1 hour' from ${n}`,
  )
  // The log's own triggers would date them all today.
  await db().execute(sql`alter table audit_events disable trigger user`)
  await parts(
    20_000,
    (n) => sql`insert into audit_events
    (id, at, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, project_id, result)
    select 'e' || n, '2020-01-01Z'::timestamptz + make_interval(mins => n), 'user', 'u' || (n % 5000 + 1), 'Person',
      case when n % 1000 = 5 then 'key.revoked' else 'key.updated' end, 'key', 'k' || n, 'Key', ${projectId},
      case when n % 500 = 5 then 'refused' else 'allowed' end from ${n}`,
  )
  await db().execute(sql`alter table audit_events enable trigger user`)
  await parts(20_000, (n) => sql`insert into audit_seals (number, event_id, hash) select n, 'e' || n, '' from ${n}`)
  await db().execute(sql`analyze`)
}
