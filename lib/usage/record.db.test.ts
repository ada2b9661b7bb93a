import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { db, handle } from '@/db'
import { keyActor, makeKey, makePerson, type Person } from '@/db/testing'
import type { KeyActor } from '@/lib/actor'
import { getKey } from '@/lib/keys/get'
import { regenerateKey } from '@/lib/keys/regenerate'
import { forget } from '@/lib/runtime'
import { flushUsage, recordUse } from './record'

let ada: Person

const use = (actor: KeyActor, route: string) => recordUse(actor, actor.origin, route, 200)

beforeAll(async () => {
  ada = await makePerson()
})

// As in a process that has just started.
beforeEach(() => void forget('usage'))
afterEach(() => void vi.restoreAllMocks())

const key = async () => {
  const made = await makeKey(ada)
  return { id: made.key.id, actor: await keyActor(made.secret, { userAgent: 'curl/8', address: '198.51.100.1' }) }
}

test('the first use is written, with when, from where, by what and where to', async () => {
  const { id, actor } = await key()
  use(actor, 'GET /api/v1/me')
  await flushUsage()
  const { lastUsedAt, lastUsed } = await getKey(ada.actor, id)
  expect(lastUsed).toEqual({ address: '198.51.100.1', userAgent: 'curl/8', route: 'GET /api/v1/me' })
  expect(Math.abs(Date.parse(String(lastUsedAt)) - Date.now())).toBeLessThan(5_000)
})

test('it is written by itself, soon after', async () => {
  const { id, actor } = await key()
  use(actor, 'GET /api/v1/me')
  await vi.waitFor(async () => expect((await getKey(ada.actor, id)).lastUsedAt).not.toBeNull(), 3_000)
})

test('at most once a minute for a secret, and then again', async () => {
  const { id, actor } = await key()
  use(actor, 'GET /first')
  await flushUsage()
  await db().execute(sql`update api_key_uses set used_at = now() - interval '1 hour' where key_id = ${id}`)
  use(actor, 'GET /second')
  await flushUsage()
  expect((await getKey(ada.actor, id)).lastUsed?.route).toBe('GET /first')
  const now = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(now + 60_000)
  use(actor, 'GET /third')
  await flushUsage()
  expect((await getKey(ada.actor, id)).lastUsed?.route).toBe('GET /third')
})

test('many keys are written by one statement', async () => {
  const keys = [await key(), await key(), await key()]
  const write = vi.spyOn(handle().db, 'execute')
  for (const { actor } of keys) for (let i = 0; i < 3; i++) use(actor, 'GET /many')
  await flushUsage()
  expect(write).toHaveBeenCalledTimes(1)
  for (const { id } of keys) expect((await getKey(ada.actor, id)).lastUsed?.route).toBe('GET /many')
})

test('a use never goes back in time, whoever writes it later', async () => {
  const { id, actor } = await key()
  use(actor, 'GET /older')
  await db().execute(
    sql`update api_key_uses set used_at = now() + interval '1 minute', route = 'GET /newer' where key_id = ${id}`,
  )
  await flushUsage()
  expect((await getKey(ada.actor, id)).lastUsed?.route).toBe('GET /newer')
})

test('during an overlap the use of the old secret is told apart', async () => {
  const made = await makeKey(ada)
  const old = await keyActor(made.secret)
  const { secret } = await regenerateKey(ada.actor, made.key.id, { overlapSeconds: 3600 })
  use(await keyActor(secret.reveal()), 'GET /new')
  await flushUsage()
  expect(await getKey(ada.actor, made.key.id)).toMatchObject({
    lastUsed: { route: 'GET /new' },
    overlap: { lastUsedAt: null },
  })
  use(old, 'GET /old')
  await flushUsage()
  expect((await getKey(ada.actor, made.key.id)).overlap?.lastUsedAt).not.toBeNull()
})

test('what could not be written is written by the next use', async () => {
  const { id, actor } = await key()
  await db().execute(sql`alter table api_key_secret_uses rename to gone`)
  use(actor, 'GET /lost')
  await flushUsage()
  await db().execute(sql`alter table gone rename to api_key_secret_uses`)
  expect((await getKey(ada.actor, id)).lastUsedAt).toBeNull()
  use(actor, 'GET /again')
  await flushUsage()
  expect((await getKey(ada.actor, id)).lastUsed?.route).toBe('GET /again')
})

test('threat 50: what a client says of itself is kept as text, and not more than 500 characters of it', async () => {
  const { id, actor } = await key()
  const userAgent = `\x1b[31m"'\\; \u2028 ÿ${randomBytes(600).toString('hex')}`
  use({ ...actor, origin: { ...actor.origin, userAgent } }, 'GET /x')
  await flushUsage()
  expect((await getKey(ada.actor, id)).lastUsed?.userAgent).toBe(userAgent.slice(0, 500))
})
