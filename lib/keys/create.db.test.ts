import { setTimeout as sleep } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { db } from '@/db'
import { apiKeySecrets, apiKeys, memberships } from '@/db/schema'
import { addMember, auditOf, cli, keyActor, makeKey, makePerson, outcome, type Person, verdict } from '@/db/testing'
import type { Actor } from '@/lib/actor'
import * as credentials from '@/lib/credentials'
import { createKey } from './create'
import { idempotencyOf } from './idempotency'
import { createKeySchema } from './input'
import { issueSecret } from './issue-secret'
import { revokeKey } from './revoke'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

const input = (fields: Record<string, unknown> = {}) => createKeySchema.parse({ label: 'Shop', ...fields })
const create = (actor: Actor, fields: Record<string, unknown> = {}, projectId = ada.projectId) =>
  createKey(actor, projectId, input(fields))

describe('what is made', () => {
  test('a key that works at once, with what was asked for', async () => {
    const expiresAt = '2031-05-06T07:08:09.123Z'
    const { key, secret } = await create(ada.actor, {
      label: 'Shop 🛒',
      thirdParty: { name: 'Acme', website: 'https://acme.example' },
      scopes: ['orders:read'],
      note: 'Two\nlines',
      allowedAddresses: ['203.0.113.0/24'],
      rateLimitPerMinute: 7,
      expiresAt,
    })
    expect(key).toMatchObject({
      label: 'Shop 🛒',
      thirdParty: { name: 'Acme', website: 'https://acme.example/' },
      scopes: ['orders:read'],
      note: 'Two\nlines',
      allowedAddresses: ['203.0.113.0/24'],
      rateLimitPerMinute: 7,
      expiresAt,
      status: 'active',
      createdBy: { id: ada.user.id, name: 'Ada' },
      responsible: { id: ada.user.id, name: 'Ada', active: true },
      lastUsedAt: null,
      lastUsed: null,
      overlap: null,
      revokedAt: null,
    })
    expect(secret.reveal().startsWith(key.hint.replace('…', ''))).toBe(true)
    expect(key.id).toMatch(/^[0-9A-Za-z]{21}$/)
    expect(secret.reveal()).not.toContain(key.id)
    expect(await verdict(secret.reveal())).toBe('good')
  })

  test('one audit row, in which nothing of the secret stands', async () => {
    const { key, secret } = await create(ada.actor, { scopes: ['orders:read'] })
    const rows = await auditOf(key.id)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      action: 'key.created',
      actorKind: 'user',
      actorId: ada.user.id,
      actorName: 'Ada',
      projectId: ada.projectId,
      address: '203.0.113.7',
      requestId: ada.actor.origin.requestId,
      changes: { hint: [null, key.hint], scopes: [null, ['orders:read']] },
    })
    expect(JSON.stringify(rows)).not.toContain(secret.reveal().slice(16, 32))
  })

  test('threat 85: when the audit row cannot be written there is no key', async () => {
    const before = await db().select({ id: apiKeys.id }).from(apiKeys)
    await db().execute(sql`alter table audit_events rename to audit_gone`)
    try {
      await expect(create(ada.actor)).rejects.toThrow()
    } finally {
      await db().execute(sql`alter table audit_gone rename to audit_events`)
    }
    expect(await db().select({ id: apiKeys.id }).from(apiKeys)).toHaveLength(before.length)
  })

  test('an end that lies in the past by the clock of the database is refused', async () => {
    await expect(create(ada.actor, { expiresAt: '2020-01-01T00:00:00Z' })).rejects.toMatchObject({
      code: 'validation_failed',
      errors: { expiresAt: [expect.any(String)] },
    })
  })

  test('threat 32: ids and secrets are all distinct and show no order', async () => {
    const made = []
    for (let i = 0; i < 20; i++) made.push(await create(ada.actor))
    expect(new Set(made.map(({ key }) => key.id)).size).toBe(20)
    expect(new Set(made.map(({ key }) => key.hint)).size).toBe(20)
    expect(new Set(made.map(({ secret }) => secret.reveal().slice(16, 59))).size).toBe(20)
    // By chance twenty ids stand in order once in 10^18.
    const ids = made.map(({ key }) => key.id)
    expect([...ids].sort()).not.toEqual(ids)
  })

  test('threat 31: a public id that exists is never given twice', async () => {
    const { key } = await create(ada.actor)
    const [taken] = await db().select().from(apiKeySecrets).where(eq(apiKeySecrets.keyId, key.id))
    const minted = credentials.mint('api_key', 'lk')
    const mint = vi
      .spyOn(credentials, 'mint')
      .mockReturnValueOnce({ publicId: String(taken?.publicId), credential: minted.credential })
    await db()
      .update(apiKeySecrets)
      .set({ endsAt: new Date(0) })
      .where(eq(apiKeySecrets.keyId, key.id))
    const { credential } = await db().transaction((tx) => issueSecret(tx, key.id))
    expect(mint).toHaveBeenCalledTimes(2)
    mint.mockRestore()
    expect(credential.reveal()).not.toBe(minted.credential.reveal())
    expect(await verdict(credential.reveal())).toBe('good')
    expect(await verdict(minted.credential.reveal())).toBe('invalid_credentials')
  })
})

describe('who may', () => {
  test('threat 35: in a foreign project it is the same as in one that does not exist', async () => {
    const foreign = await create(bob.actor).catch((error: unknown) => error)
    const unknown = await create(bob.actor, {}, 'nowhere').catch((error: unknown) => error)
    expect(foreign).toMatchObject({ code: 'not_found' })
    expect((unknown as Error).message).toBe((foreign as Error).message)
  })

  test('a developer may, a viewer may not', async () => {
    const [dev, viewer] = [await makePerson(), await makePerson()]
    await addMember(ada.projectId, dev, 'developer')
    await addMember(ada.projectId, viewer, 'viewer')
    expect(await outcome(create(dev.actor))).toBe('done')
    expect(await outcome(create(viewer.actor))).toBe('forbidden')
  })

  test('a key may only in its own project', async () => {
    const actor = await keyActor((await makeKey(ada, { scopes: ['keys:write'] })).secret)
    expect(await outcome(create(actor))).toBe('done')
    expect(await outcome(create(actor, {}, bob.projectId))).toBe('not_found')
  })

  test('on the command line the longest-standing owner answers for it, or who was named', async () => {
    const late = await makePerson({ name: 'Late' })
    await addMember(ada.projectId, late, 'owner')
    await db().update(memberships).set({ createdAt: new Date() }).where(eq(memberships.userId, late.user.id))
    expect((await create(cli())).key.responsible.id).toBe(ada.user.id)
    expect((await create(cli(late.user.id))).key.responsible.id).toBe(late.user.id)
    expect(await outcome(create(cli(bob.user.id)))).toBe('conflict')
  })
})

describe('threat 27: a credential never gives what it does not have', () => {
  test('a key gives scopes it has, others it does not', async () => {
    const actor = await keyActor((await makeKey(ada, { scopes: ['keys:write', 'orders:read'] })).secret)
    expect((await create(actor, { scopes: ['orders:read'] })).key.scopes).toEqual(['orders:read'])
    expect(await outcome(create(actor, { scopes: ['orders:write'] }))).toBe('insufficient_scope')
    expect(await outcome(create(actor, { scopes: ['keys:read'] }))).toBe('insufficient_scope')
  })

  test('a key never gives keys:write, a person may, the command line when told to', async () => {
    const actor = await keyActor((await makeKey(ada, { scopes: ['keys:write'] })).secret)
    expect(await outcome(create(actor, { scopes: ['keys:write'] }))).toBe('forbidden')
    expect((await create(ada.actor, { scopes: ['keys:write'] })).key.scopes).toEqual(['keys:write'])
    expect(await outcome(create(cli(), { scopes: ['keys:write'] }))).toBe('forbidden')
    const told = await createKey(cli(), ada.projectId, input({ scopes: ['keys:write'] }), { allowManagement: true })
    expect(told.key.scopes).toEqual(['keys:write'])
  })

  test('credentials:verify is given by admins and the command line alone', async () => {
    const admin = await makePerson({ isAdmin: true })
    await addMember(ada.projectId, admin, 'owner')
    const scopes = ['credentials:verify']
    expect(await outcome(create(ada.actor, { scopes }))).toBe('forbidden')
    expect(await outcome(create(admin.actor, { scopes }))).toBe('done')
    const { secret } = await createKey(cli(), ada.projectId, input({ scopes: [...scopes, 'keys:write'] }), {
      allowManagement: true,
    })
    expect(await outcome(create(await keyActor(secret.reveal()), { scopes }))).toBe('forbidden')
  })

  test('an unknown scope is no scope', () => {
    expect(createKeySchema.safeParse({ label: 'x', scopes: ['keys:admin'] }).success).toBe(false)
  })
})

describe('once', () => {
  const idempotency = (key: string, request: unknown = 1) => ({ idempotency: idempotencyOf(key, request) })

  test('threat 29: the same Idempotency-Key sent ten times at once makes one key', async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, () => createKey(ada.actor, ada.projectId, input(), idempotency('ten'))),
    )
    const made = all.filter((each) => each.status === 'fulfilled')
    expect(made).toHaveLength(1)
    const keyId = made[0]?.value.key.id
    for (const each of all) {
      if (each.status === 'rejected') {
        expect(each.reason).toMatchObject({ code: 'idempotency_conflict', status: 409, extra: { keyId } })
      }
    }
  })

  test('the same key with another request is refused, and what failed claims nothing', async () => {
    await createKey(ada.actor, ada.projectId, input(), idempotency('one'))
    const other = createKey(ada.actor, ada.projectId, input(), idempotency('one', 2))
    await expect(other).rejects.toMatchObject({ code: 'idempotency_conflict', status: 422 })
    const past = input({ expiresAt: '2020-01-01T00:00:00Z' })
    expect(await outcome(createKey(ada.actor, ada.projectId, past, idempotency('two')))).toBe('validation_failed')
    expect(await outcome(createKey(ada.actor, ada.projectId, input(), idempotency('two')))).toBe('done')
  })

  test('threat 30: another caller who sends the Idempotency-Key learns nothing and repeats nothing', async () => {
    const { key } = await createKey(ada.actor, ada.projectId, input(), idempotency('hers'))
    const his = await createKey(bob.actor, bob.projectId, input(), idempotency('hers'))
    expect(his.key.id).not.toBe(key.id)
  })

  test('after 24 hours an Idempotency-Key is free again', async () => {
    await createKey(ada.actor, ada.projectId, input(), idempotency('old'))
    await db().execute(
      sql`update idempotency_keys set created_at = now() - interval '24 hours 1 second' where key = 'old'`,
    )
    expect(await outcome(createKey(ada.actor, ada.projectId, input(), idempotency('old')))).toBe('done')
  })
})

test('threat 26: a key that is revoked while it makes children has made none after the answer', async () => {
  const { key, secret } = await makeKey(ada, { scopes: ['keys:write'] })
  const actor = await keyActor(secret)
  const child = () => outcome(create(actor, { label: 'child of the revoked' }))
  // Each goes on until it is refused, so that some are under way whenever the key is revoked.
  const families = Array.from({ length: 5 }, async () => {
    for (;;) {
      const result = await child()
      if (result !== 'done') return result
      await sleep(10)
    }
  })
  await sleep(50)
  await revokeKey(ada.actor, key.id)
  const made = () => db().select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.label, 'child of the revoked'))
  const atAnswer = await made()
  expect(await Promise.all(families)).toEqual(Array(5).fill('revoked_credentials'))
  expect(await made()).toHaveLength(atAnswer.length)
  expect(await child()).toBe('revoked_credentials')
})
