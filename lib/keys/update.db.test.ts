import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { addMember, auditOf, keyActor, makeKey, makePerson, outcome, type Person, verdict } from '@/db/testing'
import { createThirdParty } from '@/lib/third-parties/create'
import { getKey } from './get'
import { updateKeySchema } from './input'
import type { Key } from './key'
import { revokeKey } from './revoke'
import { updateKey } from './update'

let ada: Person
let bob: Person
let key: Key
let secret: string

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

beforeEach(async () => {
  ;({ key, secret } = await makeKey(ada, { scopes: ['orders:read', 'orders:write'], note: 'old' }))
})

const update = (fields: Record<string, unknown>, actor = ada.actor as Parameters<typeof updateKey>[0], id = key.id) =>
  updateKey(actor, id, updateKeySchema.parse(fields))

test('changes what was named, leaves the rest, and writes down both', async () => {
  const after = await update({ label: 'New', note: null, thirdParty: { name: 'Acme' }, rateLimitPerMinute: 5 })
  expect(after).toEqual({ ...key, label: 'New', note: null, thirdParty: after.thirdParty, rateLimitPerMinute: 5 })
  expect(after.thirdParty?.name).toBe('Acme')
  expect((await auditOf(key.id)).at(-1)?.changes).toMatchObject({ label: ['Test key', 'New'], note: ['old', null] })
})

test('what changes nothing writes nothing', async () => {
  await update({ label: key.label })
  await update({})
  expect(await auditOf(key.id)).toHaveLength(1)
})

test('threat 27: scopes can only be taken away, and are gone on the next request', async () => {
  await expect(update({ scopes: ['orders:read', 'keys:read'] })).rejects.toMatchObject({ code: 'validation_failed' })
  await update({ scopes: ['orders:read'] })
  expect((await keyActor(secret)).scopes).toEqual(['orders:read'])
  await expect(update({ scopes: ['orders:read', 'orders:write'] })).rejects.toMatchObject({ status: 422 })
})

test('of two that take different scopes away at once, none gives one back', async () => {
  await Promise.allSettled([update({ scopes: ['orders:read'] }), update({ scopes: ['orders:write'] })])
  expect((await getKey(ada.actor, key.id)).scopes.length).toBeLessThanOrEqual(1)
})

test('an allowlist is in force on the next request', async () => {
  await update({ allowedAddresses: ['198.51.100.0/24', '2001:db8::/32'] })
  expect(await verdict(secret)).toBe('address_not_allowed')
  expect(await verdict(secret, { address: '198.51.100.9' })).toBe('good')
  expect(await verdict(secret, { address: '2001:db8::1' })).toBe('good')
  expect(await verdict(secret, { address: null })).toBe('address_not_allowed')
})

test('threat 35: foreign and unknown keys and third parties', async () => {
  expect(await outcome(update({ label: 'His' }, bob.actor))).toBe('not_found')
  expect(await outcome(update({ label: 'His' }, bob.actor, 'nothing'))).toBe('not_found')
  const his = await createThirdParty(bob.actor, bob.projectId, { name: 'His' })
  expect(await outcome(update({ thirdParty: his.id }))).toBe('validation_failed')
  expect(await outcome(update({ thirdParty: 'nothing' }))).toBe('validation_failed')
  expect(await getKey(ada.actor, key.id)).toEqual(key)
})

test('a viewer may not, nor may anybody once it is revoked', async () => {
  const viewer = await makePerson()
  await addMember(ada.projectId, viewer, 'viewer')
  expect(await outcome(update({ label: 'x' }, viewer.actor))).toBe('forbidden')
  await revokeKey(ada.actor, key.id)
  expect(await outcome(update({ label: 'x' }))).toBe('conflict')
})

test('threat 85: when the audit row cannot be written nothing changes', async () => {
  await db().execute(sql`alter table audit_events rename to audit_gone`)
  try {
    await expect(update({ label: 'Lost', thirdParty: { name: 'Lost' } })).rejects.toThrow()
  } finally {
    await db().execute(sql`alter table audit_gone rename to audit_events`)
  }
  expect(await getKey(ada.actor, key.id)).toEqual(key)
})

test('threat 28: members that are nobody’s to set are refused', () => {
  for (const name of [
    'id',
    'projectId',
    'responsibleId',
    'createdById',
    'hint',
    'secretHash',
    'revokedAt',
    'expiresAt',
  ]) {
    expect(updateKeySchema.safeParse({ [name]: 'x' }).success).toBe(false)
  }
})
