import { beforeAll, expect, test } from 'vitest'
import { auditOf, makeClient, makeGrant, makePerson, outcome, type Person } from '@/db/testing'
import { listGrants } from './list'
import { narrowGrant } from './narrow'

let ada: Person
let bob: Person

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
})

const both = ['orders:read', 'orders:write']
const scopesOf = async (id: string) => (await listGrants(ada.actor)).find((grant) => grant.id === id)?.scopes
const make = async () => makeGrant(ada, (await makeClient(bob)).app, { scopes: both })

test('takes scopes away, and says which', async () => {
  const { id } = await make()
  ada.actor.origin.narrowedAt = undefined
  expect(await narrowGrant(ada.actor, id, ['orders:write'])).toEqual(['orders:write'])
  expect(ada.actor.origin.narrowedAt).toBeDefined()
  expect(await scopesOf(id)).toEqual(['orders:write'])
  expect(await auditOf(id)).toMatchObject([{ action: 'grant.narrowed', changes: { scopes: [both, ['orders:write']] } }])
})

test('gives none, and leaves all as it was where one was asked for', async () => {
  const { id } = await make()
  expect(await outcome(narrowGrant(ada.actor, id, ['orders:read', 'keys:read']))).toBe('validation_failed')
  expect(await scopesOf(id)).toEqual(both)
  ada.actor.origin.narrowedAt = undefined
  expect(await narrowGrant(ada.actor, id, both)).toEqual(both)
  expect(ada.actor.origin.narrowedAt).toBeUndefined()
  expect(await auditOf(id)).toEqual([])
})

test('with nothing left the grant ends', async () => {
  const { id } = await make()
  expect(await narrowGrant(ada.actor, id, [])).toEqual([])
  expect(await scopesOf(id)).toBeUndefined()
  expect(await auditOf(id)).toMatchObject([{ action: 'grant.removed' }])
  expect(await outcome(narrowGrant(ada.actor, id, ['orders:read']))).toBe('conflict')
})

test('two at once never give back what the other took', async () => {
  const { id } = await make()
  await Promise.all(
    [narrowGrant(ada.actor, id, ['orders:read']), narrowGrant(ada.actor, id, ['orders:write'])].map(outcome),
  )
  expect(await scopesOf(id)).toHaveLength(1)
  expect(await auditOf(id)).toHaveLength(1)
})

test("somebody else's grant is not there", async () => {
  const his = await makeGrant(bob, (await makeClient(bob)).app, { scopes: both })
  expect(await outcome(narrowGrant(ada.actor, his.id, ['orders:read']))).toBe('not_found')
  expect(await auditOf(his.id)).toEqual([])
})
