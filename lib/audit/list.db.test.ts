import { beforeAll, expect, test } from 'vitest'
import { addMember, makeKey, makePerson, type Person } from '@/db/testing'
import { revokeKey } from '@/lib/keys/revoke'
import { updateKey } from '@/lib/keys/update'
import { listTargetEvents } from './list'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

test('tells what was done with a key, newest first, and who holds it by name', async () => {
  const { key } = await makeKey(ada)
  const { key: other } = await makeKey(ada)
  await updateKey(ada.actor, key.id, { thirdParty: { name: 'Zapier' }, label: 'New' })
  await revokeKey(ada.actor, key.id, { reason: 'leaked' })
  await revokeKey(ada.actor, other.id)
  const events = await listTargetEvents(ada.actor, { kind: 'key', id: key.id })
  expect(events).toMatchObject([
    { action: 'key.revoked', actor: { kind: 'user', name: 'Ada' }, changes: { reason: [null, 'leaked'] } },
    { action: 'key.updated', changes: { label: ['Test key', 'New'], thirdParty: [null, 'Zapier'] } },
    { action: 'key.created', changes: { hint: [null, key.hint] } },
  ])
})

test('to members who may see the key, and to nobody else', async () => {
  const { key } = await makeKey(ada)
  const target = { kind: 'key', id: key.id } as const
  expect(await listTargetEvents(bob.actor, target)).toEqual([])
  await addMember(ada.projectId, bob, 'viewer')
  expect(await listTargetEvents(bob.actor, target)).toHaveLength(1)
})
