import { readFileSync } from 'node:fs'
import { count, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { expect, inject, test } from 'vitest'
import { type Handle, handle, newPglite, openPglite, openPostgres } from '.'
import { migrate } from './migrate'

const migrations = (JSON.parse(readFileSync('drizzle/meta/_journal.json', 'utf8')) as { entries: unknown[] }).entries

/** Empty databases to begin with: two clients of one, where there can be two. */
async function emptyDatabase(): Promise<[Handle, Handle, () => Promise<void>]> {
  const source = inject('database')
  if (source.kind === 'pglite') {
    const only = openPglite(newPglite('memory://'))
    return [only, only, () => only.close()]
  }
  const url = new URL(source.url)
  url.pathname = 'latchkey_empty'
  const admin = postgres(source.url, { max: 1, onnotice: () => {} })
  await admin`create database latchkey_empty`
  const both = [openPostgres(url.href), openPostgres(url.href)] as const
  return [
    ...both,
    async () => {
      await Promise.all(both.map((each) => each.close()))
      await admin`drop database latchkey_empty`
      await admin.end()
    },
  ]
}

const rowsOf = async ({ db }: Handle, table: string) => {
  const [row] = await db.select({ rows: count() }).from(sql`${sql.identifier(table)}`)
  return row?.rows
}

test('two instances that start at once migrate once, and a later start finds nothing to do', async () => {
  const [one, two, close] = await emptyDatabase()
  try {
    await Promise.all([migrate(one), migrate(two), migrate(one), migrate(two)])
    expect(await rowsOf(one, 'latchkey_migrations')).toBe(migrations.length)
    expect(await rowsOf(two, 'api_keys')).toBe(0)
    await migrate(two)
    expect(await rowsOf(one, 'latchkey_migrations')).toBe(migrations.length)
  } finally {
    await close()
  }
})

test('what is in the database survives another start', async () => {
  await handle().db.execute(sql`insert into users (id, email, name) values ('u', 'u@example.com', 'U')`)
  await migrate(handle())
  expect(await rowsOf(handle(), 'users')).toBe(1)
})
