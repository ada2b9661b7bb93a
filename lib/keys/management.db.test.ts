import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { sessions } from '@/db/schema'
import { cli, keyActor, makeClient, makeKey, makePerson, outcome, PASSWORD, type Person, verdict } from '@/db/testing'
import { updateAppSchema } from '@/lib/apps/input'
import { rotateClientSecret } from '@/lib/apps/rotate-secret'
import { updateApp } from '@/lib/apps/update'
import { confirmByPassword } from '@/lib/users/confirm'
import { regenerateKey } from './regenerate'

// A screen that was left unlocked must not be enough to get a secret that makes and changes credentials.

let ada: Person

beforeAll(async () => {
  ada = await makePerson()
})

const signedInAgo = (minutes: number) =>
  db()
    .update(sessions)
    .set({ authenticatedAt: sql`now() - make_interval(mins => ${minutes})` })
    .where(eq(sessions.id, ada.actor.sessionId))

const machine = { kind: 'machine', scopes: ['orders:read', 'apps:write'] }

/** Acts that hand such a secret out, or give an app that has one more. */
const acts: [name: string, prepare: () => Promise<(actor: Person['actor']) => Promise<unknown>>][] = [
  ['a key is made', async () => (actor) => makeKey({ ...ada, actor }, { scopes: ['keys:write'] })],
  [
    'a key is regenerated',
    async () => {
      const { key } = await makeKey(ada, { scopes: ['apps:write'] })
      return (actor) => regenerateKey(actor, key.id, { overlapSeconds: 3600 })
    },
  ],
  ['an app is registered', async () => (actor) => makeClient({ ...ada, actor }, machine)],
  [
    'the secret of an app is rotated',
    async () => {
      const { app } = await makeClient(ada, machine)
      return (actor) => rotateClientSecret(actor, app.id, { overlapSeconds: 3600 })
    },
  ],
  [
    'an app is given more',
    async () => {
      const { app } = await makeClient(ada, { ...machine, scopes: ['orders:read'] })
      return (actor) => updateApp(actor, app.id, updateAppSchema.parse({ scopes: machine.scopes }))
    },
  ],
  [
    'an app may act for itself from now on',
    async () => {
      const { app } = await makeClient(ada, { scopes: ['apps:write'] })
      const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials']
      return (actor) => updateApp(actor, app.id, updateAppSchema.parse({ grantTypes }))
    },
  ],
]

test.each(acts)('%s: only by who has just proved who they are', async (_, prepare) => {
  await signedInAgo(1)
  const act = await prepare()
  await signedInAgo(16)
  expect(await outcome(act(ada.actor))).toBe('reauthentication_required')
  await confirmByPassword(ada.actor, PASSWORD)
  expect(await outcome(act(ada.actor))).toBe('done')
})

test('what manages nothing, and what hands no secret out, asks for nothing', async () => {
  await signedInAgo(1)
  const { key } = await makeKey(ada, { scopes: ['keys:read'] })
  const { app } = await makeClient(ada, machine)
  const { app: forPeople } = await makeClient(ada, { scopes: ['keys:write'] })
  await signedInAgo(16)
  for (const act of [
    () => regenerateKey(ada.actor, key.id, { overlapSeconds: 0 }),
    () => updateApp(ada.actor, app.id, updateAppSchema.parse({ name: 'Other' })),
    () => updateApp(ada.actor, forPeople.id, updateAppSchema.parse({ description: 'Other' })),
  ]) {
    expect(await outcome(act())).toBe('done')
  }
})

test('a key replaces its own secret, and so does the command line, without a session to be recent', async () => {
  await signedInAgo(1)
  const { key, secret } = await makeKey(ada, { scopes: ['keys:write'] })
  await signedInAgo(16)
  expect(await outcome(regenerateKey(await keyActor(secret), key.id, { overlapSeconds: 0 }))).toBe('done')
  expect(await verdict(secret)).toBe('revoked_credentials')
  expect(await outcome(regenerateKey(cli(), key.id, { overlapSeconds: 0 }))).toBe('done')
})
