import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeySecrets, apiKeys } from '@/db/schema'
import { addMember, auditOf, cli, keyActor, makeKey, makePerson, outcome, type Person, verdict } from '@/db/testing'
import type { Actor } from '@/lib/actor'
import { createKey } from './create'
import { endOverlap } from './end-overlap'
import { getKey } from './get'
import { idempotencyOf } from './idempotency'
import { createKeySchema, regenerateKeySchema } from './input'
import type { Key } from './key'
import { regenerateKey } from './regenerate'
import { revokeKey } from './revoke'

let ada: Person
let bob: Person
let key: Key
let secret: string

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

beforeEach(async () => {
  ;({ key, secret } = await makeKey(ada, { scopes: ['orders:read'] }))
})

const regenerate = (actor: Actor = ada.actor, overlapSeconds = 0, keyId = key.id) =>
  regenerateKey(actor, keyId, { overlapSeconds })

describe('regenerate', () => {
  test('without overlap the old secret is dead and the new one works; the key stays the same', async () => {
    const { key: after, secret: fresh } = await regenerate()
    expect(await verdict(secret)).toBe('revoked_credentials')
    expect(await verdict(fresh.reveal())).toBe('good')
    expect({ ...after, hint: '' }).toEqual({ ...key, hint: '' })
    expect(fresh.reveal().startsWith(after.hint.replace('…', ''))).toBe(true)
    expect(after.hint).not.toBe(key.hint)
  })

  test('threat 24: during the overlap both work, then the old one does not', async () => {
    const { key: after, secret: fresh } = await regenerate(ada.actor, 3600)
    expect(after.overlap).toMatchObject({ hint: key.hint, lastUsedAt: null })
    expect(Date.parse(String(after.overlap?.endsAt)) - Date.now()).toBeGreaterThan(3590_000)
    expect([await verdict(secret), await verdict(fresh.reveal())]).toEqual(['good', 'good'])
    await db().execute(sql`update api_key_secrets set ends_at = now() where key_id = ${key.id} and ends_at is not null`)
    expect([await verdict(secret), await verdict(fresh.reveal())]).toEqual(['revoked_credentials', 'good'])
    expect((await getKey(ada.actor, key.id)).overlap).toBeNull()
  })

  test.each([-1, 604_801, 1.5, 1e300, '60', null, Number.NaN])(
    'threat 24: an overlap of %s is refused',
    (overlapSeconds) => {
      expect(regenerateKeySchema.safeParse({ overlapSeconds }).success).toBe(false)
    },
  )

  test('the overlap never outlasts the key, whose end stays where it was', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    const short = await makeKey(ada, { expiresAt })
    const { key: after } = await regenerate(ada.actor, 604_800, short.key.id)
    expect(after.expiresAt).toBe(expiresAt)
    expect(after.overlap?.endsAt).toBe(expiresAt)
  })

  test('a second one during an overlap is refused, and goes through once the overlap was ended', async () => {
    await regenerate(ada.actor, 3600)
    expect(await outcome(regenerate())).toBe('conflict')
    await endOverlap(ada.actor, key.id)
    expect(await outcome(regenerate())).toBe('done')
  })

  test('a revoked or expired key is not brought back', async () => {
    const expired = await makeKey(ada)
    await db()
      .update(apiKeys)
      .set({ expiresAt: new Date(0) })
      .where(eq(apiKeys.id, expired.key.id))
    expect(await outcome(regenerate(ada.actor, 0, expired.key.id))).toBe('conflict')
    await revokeKey(ada.actor, key.id)
    expect(await outcome(regenerate())).toBe('conflict')
  })

  test('threat 35: a foreign key answers as one that does not exist, and keeps its secret', async () => {
    const foreign = await regenerate(bob.actor).catch((error: unknown) => error)
    const unknown = await regenerate(bob.actor, 0, 'nothing').catch((error: unknown) => error)
    expect(foreign).toMatchObject({ code: 'not_found', message: (unknown as Error).message })
    expect(await verdict(secret)).toBe('good')
  })

  test('a viewer may not', async () => {
    const viewer = await makePerson()
    await addMember(ada.projectId, viewer, 'viewer')
    expect(await outcome(regenerate(viewer.actor))).toBe('forbidden')
  })

  test('one audit row says which secret followed which', async () => {
    const { key: after } = await regenerate()
    const rows = await auditOf(key.id)
    expect(rows.map((row) => row.action)).toEqual(['key.created', 'key.regenerated'])
    expect(rows[1]?.changes).toMatchObject({ hint: [key.hint, after.hint] })
  })

  test('threat 85: when the audit row cannot be written the old secret stays', async () => {
    await db().execute(sql`alter table audit_events rename to audit_gone`)
    try {
      await expect(regenerate()).rejects.toThrow()
    } finally {
      await db().execute(sql`alter table audit_gone rename to audit_events`)
    }
    expect(await verdict(secret)).toBe('good')
  })

  test('threat 29: the same Idempotency-Key five times at once gives one new secret', async () => {
    const idempotency = idempotencyOf('again', { regenerate: key.id })
    const all = await Promise.all(
      Array.from({ length: 5 }, () =>
        outcome(regenerateKey(ada.actor, key.id, { overlapSeconds: 60 }, { idempotency })),
      ),
    )
    expect(all.sort()).toEqual(['done', ...Array(4).fill('idempotency_conflict')])
  })
})

describe('threat 27: by a key', () => {
  test('its own secret, whatever it may do', async () => {
    const own = await makeKey(ada, { scopes: ['keys:write', 'orders:read'] })
    expect(await outcome(regenerate(await keyActor(own.secret), 0, own.key.id))).toBe('done')
    expect(await verdict(own.secret)).toBe('revoked_credentials')
  })

  test('a key that can do no more than it can', async () => {
    const manager = await keyActor((await makeKey(ada, { scopes: ['keys:write', 'orders:read'] })).secret)
    expect(await outcome(regenerate(manager))).toBe('done')
  })

  test('never one that can do more, since it would be handed its secret', async () => {
    const manager = await keyActor((await makeKey(ada, { scopes: ['keys:write'] })).secret)
    expect(await outcome(regenerate(manager))).toBe('insufficient_scope')
    const other = await makeKey(ada, { scopes: ['keys:write'] })
    expect(await outcome(regenerate(manager, 0, other.key.id))).toBe('forbidden')
    expect([await verdict(secret), await verdict(other.secret)]).toEqual(['good', 'good'])
  })

  test('nor does a person who is no admin get the secret of a key that an admin made to check credentials', async () => {
    const input = createKeySchema.parse({ label: 'Gateway', scopes: ['credentials:verify'] })
    const gateway = await createKey(cli(), ada.projectId, input)
    expect(await outcome(regenerate(ada.actor, 0, gateway.key.id))).toBe('forbidden')
    expect(await verdict(gateway.secret.reveal())).toBe('good')
  })

  test('without keys:write none, not even its own', async () => {
    expect(await outcome(regenerate(await keyActor(secret)))).toBe('insufficient_scope')
  })
})

describe('at once', () => {
  test('threat 23: ten regenerates at once leave one or two live secrets', async () => {
    const secrets = [secret]
    for (const overlap of [0, 3600]) {
      const all = await Promise.allSettled(Array.from({ length: 10 }, () => regenerate(ada.actor, overlap)))
      for (const each of all) if (each.status === 'fulfilled') secrets.push(each.value.secret.reveal())
    }
    expect(secrets.length).toBeGreaterThan(2)
    const live = (await Promise.all(secrets.map((each) => verdict(each)))).filter((each) => each === 'good')
    expect(live.length).toBeGreaterThanOrEqual(1)
    expect(live.length).toBeLessThanOrEqual(2)
    const current = await db().select().from(apiKeySecrets).where(sql`key_id = ${key.id} and ends_at is null`)
    expect(current).toHaveLength(1)
  })

  test('threat 22: regenerate against revoke: nothing of the key lives', async () => {
    for (let round = 0; round < 5; round++) {
      const made = await makeKey(ada)
      const secrets = [made.secret]
      const work = [
        () => regenerate(ada.actor, 60, made.key.id).then((result) => void secrets.push(result.secret.reveal())),
        () => revokeKey(ada.actor, made.key.id),
        () => regenerate(ada.actor, 60, made.key.id).then((result) => void secrets.push(result.secret.reveal())),
      ]
      if (round % 2) work.reverse()
      await Promise.allSettled(work.map((begin) => begin()))
      for (const each of secrets) expect(await verdict(each)).toBe('revoked_credentials')
    }
  })
})

describe('end overlap', () => {
  test('the old secret stops, the new one goes on', async () => {
    const { secret: fresh } = await regenerate(ada.actor, 3600)
    expect((await endOverlap(ada.actor, key.id)).overlap).toBeNull()
    expect([await verdict(secret), await verdict(fresh.reveal())]).toEqual(['revoked_credentials', 'good'])
    expect((await auditOf(key.id)).map((row) => row.action)).toEqual([
      'key.created',
      'key.regenerated',
      'key.overlap_ended',
    ])
  })

  test('twice, at once, or with nothing to end: a conflict', async () => {
    expect(await outcome(endOverlap(ada.actor, key.id))).toBe('conflict')
    await regenerate(ada.actor, 3600)
    const both = await Promise.all([endOverlap(ada.actor, key.id), endOverlap(ada.actor, key.id)].map(outcome))
    expect(both.sort()).toEqual(['conflict', 'done'])
  })

  test('threat 35: not for strangers', async () => {
    await regenerate(ada.actor, 3600)
    expect(await outcome(endOverlap(bob.actor, key.id))).toBe('not_found')
    expect(await outcome(endOverlap(bob.actor, 'nothing'))).toBe('not_found')
    expect(await verdict(secret)).toBe('good')
  })

  test('threat 85: when the audit row cannot be written the old secret goes on', async () => {
    await regenerate(ada.actor, 3600)
    await db().execute(sql`alter table audit_events rename to audit_gone`)
    try {
      await expect(endOverlap(ada.actor, key.id)).rejects.toThrow()
    } finally {
      await db().execute(sql`alter table audit_gone rename to audit_events`)
    }
    expect(await verdict(secret)).toBe('good')
  })
})
