import { expect, test } from 'vitest'
import { addMember, makeClient, makeGrant, makeKey, makePerson } from '@/db/testing'
import { narrowGrant } from '@/lib/grants/narrow'
import { removeGrant } from '@/lib/grants/remove'
import { revokeKey } from '@/lib/keys/revoke'
import { createThirdParty } from '@/lib/third-parties/create'
import { listConnectionEvents } from './history'
import { getConnection } from './list'

test('tells of keys and grants together, ended ones too, and of nobody else', async () => {
  const [ada, bob] = [await makePerson(), await makePerson({ name: 'Bob' })]
  await addMember(ada.projectId, bob, 'developer')
  const { app } = await makeClient(bob, { name: 'Zapier' })
  const thirdParty = (await createThirdParty(ada.actor, ada.projectId, { name: 'Zapier', app: app.id })).id
  await makeKey(ada, { label: 'One', thirdParty })
  const two = await makeKey(ada, { label: 'Two', thirdParty })
  await makeKey({ actor: bob.actor, projectId: ada.projectId }, { label: "Bob's", thirdParty })
  await makeKey(ada, { label: 'Unrelated' })
  await revokeKey(ada.actor, two.key.id)
  await removeGrant(ada.actor, (await makeGrant(ada, app)).id)
  const grant = await makeGrant(ada, app, { scopes: ['orders:read', 'orders:write'] })
  await narrowGrant(ada.actor, grant.id, ['orders:read'])
  await removeGrant(bob.actor, (await makeGrant(bob, app)).id)

  const events = await listConnectionEvents(ada.actor, await getConnection(ada.actor, `app-${app.id}`))
  expect(events.map(({ action, target }) => [action, target.name])).toEqual([
    ['grant.narrowed', 'Zapier'],
    ['grant.removed', 'Zapier'],
    ['key.revoked', 'Two'],
    ['key.created', 'Two'],
    ['key.created', 'One'],
  ])
  expect(events.find(({ action }) => action === 'grant.narrowed')?.target.id).toBe(grant.id)
})
