import { randomBytes } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { db, handle } from '@/db'
import { apiKeySecrets, apiKeys, memberships, projects } from '@/db/schema'
import { addMember, cli, keyActor, makeKey, makePerson, origin, outcome, type Person, verdict } from '@/db/testing'
import { hash, mint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { forget } from '@/lib/runtime'
import { disableUser } from '@/lib/users/disable'
import { createKey } from './create'
import { createKeySchema } from './input'
import type { Key } from './key'
import { verifyKey } from './verify'

let ada: Person
let key: Key
let secret: string

beforeAll(async () => {
  ada = await makePerson()
})

beforeEach(async () => {
  ;({ key, secret } = await makeKey(ada, { scopes: ['keys:write', 'keys:read', 'orders:read'] }))
})

/** The public id of `good` with another secret and the right checksum: only the database can tell. */
function wrongSecret(good: string): string {
  const { credential } = mint('api_key', 'lk')
  const body = good.slice(0, 16) + credential.reveal().slice(16, 59)
  return withChecksum(body)
}

function withChecksum(body: string): string {
  let crc = ~0
  for (const byte of Buffer.from(body)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let text = ''
  for (let rest = ~crc >>> 0; text.length < 6; rest = Math.floor(rest / 62)) text = digits[rest % 62] + text
  return body + text
}

test('a good key says everything an answer may say about it', async () => {
  const { key, secret } = await makeKey(ada, { thirdParty: { name: 'Acme' }, scopes: ['orders:read'] })
  expect(await verifyKey(secret, origin())).toMatchObject({
    actor: {
      kind: 'key',
      keyId: key.id,
      projectId: ada.projectId,
      responsibleId: ada.user.id,
      scopes: ['orders:read'],
    },
    hint: key.hint,
    expiresAt: null,
    project: { id: ada.projectId, slug: ada.user.project.slug },
    thirdParty: { name: 'Acme' },
  })
})

test('threat 8: an unknown id and a wrong secret get the same refusal', async () => {
  const refusal = async (text: string) => {
    try {
      return await verifyKey(text, origin())
    } catch (error) {
      const { code, message } = error as Error & { code: string }
      return [code, message]
    }
  }
  const wrong = wrongSecret(secret)
  expect(wrong.slice(0, 16)).toBe(secret.slice(0, 16))
  expect(await refusal(wrong)).toEqual([
    'invalid_credentials',
    expect.stringMatching(/^The credential is not valid\. Ask/),
  ])
  expect(await refusal(mint('api_key', 'lk').credential.reveal())).toEqual(await refusal(wrong))
})

test('threat 8: nothing is told of a revoked, expired or restricted key to who does not have its secret', async () => {
  const wrong = wrongSecret(secret)
  for (const change of [{ revokedAt: new Date() }, { expiresAt: new Date(0) }, { allowedAddresses: ['10.0.0.1'] }]) {
    await db().update(apiKeys).set(change).where(eq(apiKeys.id, key.id))
    expect(await verdict(wrong)).toBe('invalid_credentials')
  }
  expect(await verdict(secret)).toBe('revoked_credentials')
})

test('threat 1: what is misspelt is refused without asking the database', async () => {
  const asked = vi.spyOn(handle().db as never as { _: object; select: () => unknown }, 'select')
  for (const text of ['', 'lk_', `${secret} `, ` ${secret}`, `${secret}x`, secret.slice(0, -1), `"${secret}"`]) {
    expect(await verdict(text)).toBe('malformed_credentials')
  }
  expect(await verdict(`${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`)).toBe('malformed_credentials')
  expect(await verdict('lk_'.repeat(3000))).toBe('malformed_credentials')
  expect(asked).not.toHaveBeenCalled()
})

test('a credential of another kind is no key, though its hash were there', async () => {
  const { credential } = mint('access_token', 'lk')
  await db()
    .update(apiKeySecrets)
    .set({ publicId: credential.reveal().slice(4, 16), secretHash: hash(credential, env().peppers[0]).reveal() })
    .where(eq(apiKeySecrets.keyId, key.id))
  expect(await verdict(credential.reveal())).toBe('invalid_credentials')
})

describe('threat 25: the end', () => {
  test('good before, refused at or after, by the clock of the database', async () => {
    await db().execute(sql`update api_keys set expires_at = now() + interval '300 milliseconds' where id = ${key.id}`)
    const [row] = await db().select({ at: apiKeys.expiresAt }).from(apiKeys).where(eq(apiKeys.id, key.id))
    const end = Number(row?.at)
    const seen = new Set<string>()
    for (let last = ''; last !== 'expired_credentials'; ) {
      const before = await databaseTime()
      last = await verdict(secret)
      const after = await databaseTime()
      seen.add(last)
      if (last === 'good') expect(Math.floor(before)).toBeLessThan(end)
      else expect(after).toBeGreaterThanOrEqual(end)
    }
    expect([...seen]).toEqual(['good', 'expired_credentials'])
  })

  const databaseTime = async () => {
    const [row] = await db()
      .select({ ms: sql<string>`extract(epoch from clock_timestamp()) * 1000` })
      .from(sql`(select 1) as one`)
    return Number(row?.ms)
  }
})

describe('the responsible person', () => {
  test('threat 33: disabled: the key is refused from the next request on', async () => {
    const person = await makePerson()
    const { secret } = await makeKey(person)
    expect(await verdict(secret)).toBe('good')
    await disableUser(cli(), person.user.email)
    expect(await verdict(secret)).toBe('invalid_credentials')
  })

  test('threat 34: no longer a member: the same', async () => {
    const person = await makePerson()
    await addMember(ada.projectId, person, 'developer')
    const { secret } = await makeKey({ actor: person.actor, projectId: ada.projectId })
    expect(await verdict(secret)).toBe('good')
    await db()
      .delete(memberships)
      .where(and(eq(memberships.userId, person.user.id), eq(memberships.projectId, ada.projectId)))
    expect(await verdict(secret)).toBe('invalid_credentials')
  })

  test('threat 41: with a smaller role, the key keeps only what that role may do', async () => {
    const person = await makePerson()
    await addMember(ada.projectId, person, 'developer')
    const scopes = ['keys:read', 'keys:write', 'audit:read', 'orders:write']
    const { secret } = await makeKey({ actor: person.actor, projectId: ada.projectId }, { scopes })
    expect((await keyActor(secret)).scopes).toEqual(scopes)
    const before = await keyActor(secret)
    await db()
      .update(memberships)
      .set({ role: 'viewer' })
      .where(and(eq(memberships.userId, person.user.id), eq(memberships.projectId, ada.projectId)))
    expect((await keyActor(secret)).scopes).toEqual(['keys:read', 'orders:write'])
    // Also for a request that was judged before the change.
    const input = createKeySchema.parse({ label: 'x' })
    expect(await outcome(createKey(before, ada.projectId, input))).toBe('forbidden')
  })

  test('threat 33: a deleted project: its keys are refused', async () => {
    const person = await makePerson()
    const { secret } = await makeKey(person)
    await db().update(projects).set({ deletedAt: new Date() }).where(eq(projects.id, person.projectId))
    expect(await verdict(secret)).toBe('invalid_credentials')
  })
})

test('threat 13: after the pepper was changed old keys work, new ones carry the new one, and dropping the old ends only old ones', async () => {
  const before = String(process.env.KEY_PEPPERS)
  const newer = `2:${randomBytes(32).toString('base64')}`
  const use = (peppers: string) => {
    process.env.KEY_PEPPERS = peppers
    forget('env')
  }
  try {
    use(`${newer},${before}`)
    const fresh = await makeKey(ada)
    const [row] = await db().select().from(apiKeySecrets).where(eq(apiKeySecrets.keyId, fresh.key.id))
    expect(row?.pepperId).toBe('2')
    expect([await verdict(secret), await verdict(fresh.secret)]).toEqual(['good', 'good'])
    use(newer)
    expect([await verdict(secret), await verdict(fresh.secret)]).toEqual(['invalid_credentials', 'good'])
  } finally {
    use(before)
  }
})
