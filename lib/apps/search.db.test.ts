import { beforeAll, expect, test } from 'vitest'
import { makeClient, makePerson, outcome, type Person } from '@/db/testing'
import { disableApp } from './disable'
import { markApp } from './mark'
import { countUnverifiedApps, searchApps, searchAppsSchema } from './search'

let root: Person
let ada: Person

beforeAll(async () => {
  root = await makePerson({ name: 'Root', isAdmin: true })
  ada = await makePerson({ name: 'Ada' })
})

const search = (fields = {}) => searchApps(root.actor, searchAppsSchema.parse(fields))
const names = async (fields = {}) => (await search(fields)).data.map(({ name }) => name)

test('apps of all projects: by name, id and state, with their project', async () => {
  const [plain, verified, own, off] = [
    (await makeClient(ada, { name: 'Plain app' })).app,
    (await makeClient(ada, { name: 'Verified app' })).app,
    (await makeClient(root, { name: 'Own app' })).app,
    (await makeClient(ada, { name: 'Off app' })).app,
  ]
  await markApp(root.actor, verified.id, { verified: true })
  await markApp(root.actor, own.id, { firstParty: true, verified: true })
  await disableApp(root.actor, off.id, { asAdmin: true })
  expect(await names()).toEqual(['Off app', 'Own app', 'Verified app', 'Plain app'])
  expect(await names({ show: 'unverified' })).toEqual(['Plain app'])
  expect(await names({ show: 'verified' })).toEqual(['Own app', 'Verified app'])
  expect(await names({ show: 'first_party' })).toEqual(['Own app'])
  expect(await names({ show: 'disabled' })).toEqual(['Off app'])
  expect(await names({ q: 'PLAIN' })).toEqual(['Plain app'])
  expect(await names({ q: 'pl' })).toEqual(['Plain app'])
  expect(await names({ q: plain.id })).toEqual(['Plain app'])
  expect((await search({ q: 'plain' })).data[0]).toMatchObject({ project: { slug: ada.user.project.slug } })
  expect(await countUnverifiedApps(root.actor)).toEqual({ count: 1, about: false })

  const first = await search({ limit: 1 })
  const second = await search({ limit: 1, cursor: first.nextCursor })
  expect(second.data[0]?.name).toBe('Own app')
  expect((await search({ limit: 1, cursor: second.previousCursor })).data).toEqual(first.data)
})

test('threat 42: not for others', async () => {
  expect(await outcome(searchApps(ada.actor, searchAppsSchema.parse({})))).toBe('not_found')
  expect(await outcome(countUnverifiedApps(ada.actor))).toBe('not_found')
})
