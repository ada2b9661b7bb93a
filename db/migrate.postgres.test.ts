import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { forget, once } from '@/lib/runtime'
import { handle, openPostgres } from '.'
import { migrateConfigured } from './migrate'

const url = new URL(String(process.env.DATABASE_URL))
const superuser = postgres(url.href, { max: 1, onnotice: () => {} })
const suffix = url.pathname.slice(1, 14)
const as = (user: string, database: string) => {
  const made = new URL(url)
  made.username = `${user}_${suffix}`
  made.password = 'a password of this test'
  made.pathname = `${database}_${suffix}`
  return made.href
}

afterAll(() => superuser.end())

test('with DATABASE_OWNER_URL the application owns nothing, changes no table, and does its work', async () => {
  for (const role of ['owner', 'app']) {
    await superuser.unsafe(`create role "${role}_${suffix}" login password 'a password of this test'`)
  }
  await superuser.unsafe(`create database "owned_${suffix}" owner "owner_${suffix}"`)
  const before = { DATABASE_URL: process.env.DATABASE_URL }
  Object.assign(process.env, { DATABASE_URL: as('app', 'owned'), DATABASE_OWNER_URL: as('owner', 'owned') })
  forget('env')
  const tests = handle()
  forget('database')
  once('database', () => openPostgres(as('app', 'owned')))
  try {
    await migrateConfigured()
    await migrateConfigured()
    const { auditOf, keyActor, makeKey, makePerson, verdict } = await import('./testing')
    const ada = await makePerson()
    const { key, secret } = await makeKey(ada, { scopes: ['keys:write'], thirdParty: { name: 'Acme' } })
    const { revokeKey } = await import('@/lib/keys/revoke')
    expect(await verdict(secret)).toBe('good')
    await revokeKey(await keyActor(secret), key.id)
    expect(await auditOf(key.id)).toHaveLength(2)
    const { sealEvents } = await import('@/lib/audit/seal')
    expect(await sealEvents()).toBeGreaterThan(0)
    // What tells a log that was removed from a new one is read with the application's rights.
    const { readEnd } = await import('@/lib/audit/end')
    expect(await readEnd(handle().db)).toMatchObject({ begun: true, last: { number: expect.any(Number) } })

    const app = postgres(as('app', 'owned'), { max: 1, onnotice: () => {} })
    const owned = await app`select relname from pg_class where relowner = current_user::regrole`
    expect(owned).toHaveLength(0)
    for (const statement of [
      'drop table api_keys',
      'alter table users add column x text',
      'create table mine (x text)',
      'truncate audit_events',
    ]) {
      await expect(app.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
    }
    await app.end()
  } finally {
    await handle().close()
    forget('database')
    once('database', () => tests)
    Object.assign(process.env, before)
    delete process.env.DATABASE_OWNER_URL
    forget('env')
    await superuser.unsafe(`drop database "owned_${suffix}" with (force)`)
    for (const role of ['owner', 'app']) await superuser.unsafe(`drop role "${role}_${suffix}"`)
  }
})
