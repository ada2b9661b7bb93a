import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { explain, watchStatements } from '@/db/plans'
import { makePerson, type Person } from '@/db/testing'
import { type ListKeysInput, listKeys } from './list'
import { keyStatuses, sortFields } from './listing'

// With 10,000 keys in one project and as many in others, no list reads a whole table: neither that of keys, nor those
// of their secrets, their uses and the third parties.

const big = ['api_keys', 'api_key_secrets', 'api_key_uses', 'third_parties']
let ada: Person
let asked: ReturnType<typeof watchStatements>

beforeAll(async () => {
  ada = await makePerson()
  const bob = await makePerson({ name: 'Bob' })
  await fill(ada, 'a', 10_000)
  await fill(bob, 'b', 10_000)
  await db().execute(sql`analyze`)
  asked = watchStatements()
})

test.each(sortFields.flatMap((field) => [field, `-${field}`] as const))('sorted by %s: both pages', async (sort) => {
  const first = await planned({ sort })
  expect(first.data).toHaveLength(50)
  const second = await planned({ sort, cursor: String(first.nextCursor) })
  expect(second.data).toHaveLength(50)
  expect(new Set([...first.data, ...second.data].map((key) => key.id)).size).toBe(100)
  await planned({ sort, cursor: String(second.previousCursor) })
})

test.each([...keyStatuses, 'unrevoked'] as const)('status %s, in every order', async (status) => {
  for (const field of sortFields) {
    for (const sort of [field, `-${field}`] as const) {
      const first = await planned({ status, sort })
      expect(first.data.length).toBeGreaterThan(0)
      if (first.nextCursor) await planned({ status, sort, cursor: first.nextCursor })
    }
  }
})

test.each([
  ['three letters', 'key 77', 111],
  ['letters that many labels have', 'key', 50],
  ['letters that nothing has', 'zzzzzz', 0],
  ['two letters', 'ke', 50],
  ['two letters that nothing has', 'zz', 0],
  ['one letter', 'k', 50],
  ['a third party', 'party 477', 10],
  ['a hint', 'lk_a00000000077_…', 1],
  ['only wildcards', '%%%', 0],
])('search for %s', async (_, q, found) => {
  for (const sort of ['-createdAt', 'label', 'lastUsedAt'] as const) {
    const { data } = await planned({ q, sort })
    expect(data).toHaveLength(Math.min(found, 50))
  }
})

test('by third party, and those without one', async () => {
  expect((await planned({ thirdParty: 'a-party-77' })).data).toHaveLength(10)
  expect((await planned({ thirdParty: 'none' })).data).toHaveLength(50)
})

/** Lists, and asks for the plan of each statement that it took. */
async function planned(fields: Partial<ListKeysInput>) {
  asked.length = 0
  const page = await listKeys(ada.actor, { projectId: ada.projectId, sort: '-createdAt', limit: 50, ...fields })
  expect(asked.length).toBeGreaterThan(0)
  for (const statement of [...asked]) {
    const plan = await explain(statement)
    const scanned = big.filter((table) => plan.includes(`Seq Scan on ${table}`))
    expect(scanned, `${JSON.stringify(fields)}\n${statement.query}\n${plan}`).toEqual([])
  }
  return page
}

/** Keys as a busy project has them: 1 % expiring, 2 % expired, five revoked, half used, 500 of 5,000 third parties with ten keys each. */
async function fill({ user, projectId }: Person, letter: string, keys: number): Promise<void> {
  await db().execute(sql`insert into third_parties (id, project_id, name)
    select ${sql.raw(`'${letter}-party-' || n`)}, ${projectId}, 'Party ' || n from generate_series(1, ${sql.raw(String(keys / 2))}) as n`)
  // In parts, since statements have a deadline and the table many indexes.
  for (let done = 0; done < keys; done += 2_500) await fillPart(user.id, projectId, letter, keys, done)
}

async function fillPart(userId: string, projectId: string, letter: string, keys: number, done: number) {
  const n = sql.raw(`generate_series(${done + 1}, ${done + 2_500}) as n`)
  const id = sql.raw(`'${letter}' || md5('${letter}' || n)`)
  await db().execute(sql`insert into api_keys (id, project_id, label, third_party_id, scopes, created_at, created_by_id, responsible_id, expires_at, revoked_at)
    select ${id}, ${projectId}, 'Key ' || n, case when n % 2 = 0 then ${sql.raw(`'${letter}-party-' || (n / 2 % ${keys / 20} + 1)`)} end, '{}',
      now() - make_interval(mins => n), ${userId}, ${userId},
      case when n % 100 = 1 then now() + interval '5 days' when n % 50 = 2 then now() - interval '5 days' when n % 3 = 0 then now() + interval '90 days' end,
      case when n % 2000 = 3 then now() end
    from ${n}`)
  await db().execute(sql`insert into api_key_uses (key_id, project_id, used_at)
    select ${id}, ${projectId}, case when n % 2 = 0 then now() - make_interval(secs => n) else '1970-01-01Z' end from ${n}`)
  await db().execute(sql`insert into api_key_secrets (id, key_id, public_id, secret_hash, pepper_id)
    select ${sql.raw(`'${letter}s' || n`)}, ${id}, ${sql.raw(`'${letter}' || lpad(n::text, 11, '0')`)}, md5(n::text), '1' from ${n}`)
}
