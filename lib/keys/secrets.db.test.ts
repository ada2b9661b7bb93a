import { beforeAll, expect, test } from 'vitest'
import { makeKey, makePerson, type Person } from '@/db/testing'
import { endOverlap } from './end-overlap'
import { regenerateKey } from './regenerate'
import { revokeKey } from './revoke'
import { listSecrets } from './secrets'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

test('the current secret, and the old one as long as it works', async () => {
  const { key } = await makeKey(ada)
  expect(await listSecrets(ada.actor, key.id)).toMatchObject([{ hint: key.hint, endsAt: null, lastUsedAt: null }])
  const { key: after } = await regenerateKey(ada.actor, key.id, { overlapSeconds: 3600 })
  expect(await listSecrets(ada.actor, key.id)).toMatchObject([
    { hint: after.hint, endsAt: null },
    { hint: key.hint, endsAt: after.overlap?.endsAt },
  ])
  await endOverlap(ada.actor, key.id)
  expect(await listSecrets(ada.actor, key.id)).toMatchObject([{ hint: after.hint }])
})

test('of a revoked key none but the last is told', async () => {
  const { key } = await makeKey(ada)
  const { key: after } = await regenerateKey(ada.actor, key.id, { overlapSeconds: 3600 })
  await revokeKey(ada.actor, key.id)
  expect((await listSecrets(ada.actor, key.id)).map(({ hint }) => hint)).toEqual([after.hint])
})

test('to strangers there are none', async () => {
  const { key } = await makeKey(ada)
  expect(await listSecrets(bob.actor, key.id)).toEqual([])
})
