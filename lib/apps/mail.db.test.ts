import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { oauthClients } from '@/db/schema'
import {
  addMember,
  auditOf,
  keyActor,
  mailTo,
  makeClient,
  makeGrant,
  makeKey,
  makePerson,
  outcome,
  type Person,
} from '@/db/testing'
import type { App } from '@/lib/apps/app'
import { removeGrant } from '@/lib/grants/remove'
import { endClientSecretOverlap } from './end-overlap'
import { tellAddedHosts } from './mail'
import { rotateClientSecret } from './rotate-secret'
import { updateApp } from './update'

const old = 'https://app.example.com/callback'
let owner: Person
let second: Person
let developer: Person
let reader: Person
let app: App
let grant: { id: string }

beforeEach(async () => {
  ;[owner, second, developer, reader] = [
    await makePerson({ name: 'Olive' }),
    await makePerson(),
    await makePerson(),
    await makePerson(),
  ]
  await addMember(owner.projectId, second, 'owner')
  await addMember(owner.projectId, developer, 'developer')
  ;({ app } = await makeClient(owner, { name: 'Ledger', redirectUris: [old], scopes: ['orders:read'] }))
  grant = await makeGrant(reader, app)
})

const setUris = (...redirectUris: string[]) => updateApp(owner.actor, app.id, { redirectUris })
const kinds = async ({ user }: Person) => (await mailTo(user.email)).map(({ kind }) => kind)
const latest = async ({ user }: Person) => (await mailTo(user.email)).at(-1)?.text

test('threat 96: a changed redirect URI is told to every owner, and an added host to the people', async () => {
  await setUris(old, 'https://evil.example/cb')
  for (const person of [owner, second]) {
    expect(await kinds(person)).toEqual(['app_redirects_changed'])
    expect(await latest(person)).toContain('Olive changed where Ledger sends the people')
    expect(await latest(person)).toContain('Added: https://evil.example/cb')
    expect(await latest(person)).not.toContain('Removed')
  }
  expect(await kinds(developer)).toEqual([])
  expect(await kinds(reader)).toEqual(['app_host_added'])
  expect(await latest(reader)).toContain('- evil.example')
})

test('another path, port or fewer URIs: hosts count with their port, and removing tells owners only', async () => {
  await setUris(old, 'https://app.example.com/other')
  await setUris('https://app.example.com/other')
  expect(await kinds(owner)).toEqual(['app_redirects_changed', 'app_redirects_changed'])
  expect(await latest(owner)).toContain(`Removed: ${old}`)
  expect(await kinds(reader)).toEqual([])
  await setUris('https://app.example.com/other', 'https://app.example.com:8443/other')
  expect(await latest(reader)).toContain('app.example.com:8443')
})

test('people hear once a day of each app, and then of all hosts that were added', async () => {
  const { app: other } = await makeClient(owner, { redirectUris: [old], scopes: ['orders:read'] })
  await makeGrant(reader, other)
  // Two grants are one person.
  await makeGrant(reader, app, { projectId: reader.projectId })
  await setUris(old, 'https://good.example/cb')
  await setUris(old, 'https://evil.example/cb')
  await setUris(old)
  await setUris(old, 'https://worse.example/cb')
  await updateApp(owner.actor, other.id, { redirectUris: [old, 'https://elsewhere.example/cb'] })
  await tellAddedHosts()
  expect(await kinds(reader)).toEqual(['app_host_added', 'app_host_added'])
  await db().update(oauthClients).set({ hostsToldAt: sql`now() - interval '1 day'` }).where(eq(oauthClients.id, app.id))
  await Promise.all([tellAddedHosts(), tellAddedHosts()])
  expect(await kinds(reader)).toHaveLength(3)
  expect(await latest(reader)).toMatch(/- evil\.example\n- worse\.example/)
  expect((await auditOf(app.id)).filter(({ action }) => action === 'app.hosts_told')).toMatchObject([
    { actorKind: 'system', changes: { hosts: [null, ['evil.example', 'worse.example']] } },
  ])
  expect((await kinds(owner)).filter((kind) => kind === 'app_redirects_changed')).toHaveLength(5)
})

test('a rotated secret and an ended overlap are told to the owners, whoever did it', async () => {
  await rotateClientSecret(owner.actor, app.id, { overlapSeconds: 3600 })
  expect(await latest(second)).toContain('The old secret expires')
  await endClientSecretOverlap(owner.actor, app.id)
  expect(await latest(second)).toContain('ended the old client secret')
  await rotateClientSecret(owner.actor, app.id, { overlapSeconds: 0 })
  expect(await latest(second)).toContain('The old secret no longer works')
  const { secret } = await makeKey(owner, { label: 'Deployer', scopes: ['apps:write'] })
  const key = await keyActor(secret)
  await rotateClientSecret(key, app.id, { overlapSeconds: 0 })
  expect(await latest(second)).toContain('The key Deployer rotated the client secret')
  await updateApp(key, app.id, { redirectUris: [old, 'https://evil.example/cb'] })
  expect(await latest(owner)).toContain('The key Deployer changed where Ledger sends')
  expect(await kinds(reader)).toEqual(['app_host_added'])
})

test('nobody is told of an app that nobody is connected to, or of what did not happen', async () => {
  await removeGrant(reader.actor, grant.id)
  await setUris(old, 'https://evil.example/cb')
  await rotateClientSecret(owner.actor, app.id, { overlapSeconds: 0 })
  expect(await kinds(owner)).toEqual([])
  await makeGrant(reader, app)
  await updateApp(owner.actor, app.id, { description: 'Another' })
  expect(await outcome(updateApp(owner.actor, app.id, { redirectUris: ['http://evil.example/cb'] }))).toBe(
    'validation_failed',
  )
  expect(await outcome(updateApp(reader.actor, app.id, { redirectUris: ['https://evil.example/cb'] }))).toBe(
    'not_found',
  )
  for (const person of [owner, reader]) expect(await kinds(person)).toEqual([])
})
