import { randomBytes } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys, auditEvents } from '@/db/schema'
import { addMember, cli, keyActor, makeKey, makePerson, outcome, type Person } from '@/db/testing'
import type { Actor } from '@/lib/actor'
import { disableApp } from '@/lib/apps/disable'
import { enableApp } from '@/lib/apps/enable'
import { endClientSecretOverlap } from '@/lib/apps/end-overlap'
import { registerAppSchema, updateAppSchema } from '@/lib/apps/input'
import { registerApp } from '@/lib/apps/register'
import { rotateClientSecret } from '@/lib/apps/rotate-secret'
import { removeLogo } from '@/lib/apps/set-logo'
import { updateApp } from '@/lib/apps/update'
import { createKey } from '@/lib/keys/create'
import { endOverlap } from '@/lib/keys/end-overlap'
import { createKeySchema, updateKeySchema } from '@/lib/keys/input'
import { regenerateKey } from '@/lib/keys/regenerate'
import { revokeKey } from '@/lib/keys/revoke'
import { updateKey } from '@/lib/keys/update'
import { createThirdParty } from '@/lib/third-parties/create'
import { updateThirdParty } from '@/lib/third-parties/update'
import { disableUser } from '@/lib/users/disable'

let ada: Person
let viewer: Person
let stranger: Person
let keyId: string
let thirdPartyId: string
let clientId: string

beforeAll(async () => {
  ada = await makePerson()
  viewer = await makePerson({ name: 'Vera' })
  stranger = await makePerson({ name: 'Sven' })
  await addMember(ada.projectId, viewer, 'viewer')
  keyId = (await makeKey(ada)).key.id
  clientId = (
    await registerApp(
      ada.actor,
      ada.projectId,
      registerAppSchema.parse({ name: 'App', redirectUris: ['https://app.example/cb'] }),
    )
  ).app.id
  thirdPartyId = (await createThirdParty(ada.actor, ada.projectId, { name: 'Zapier' })).id
})

/** Every write verb that somebody may be refused, and what it is called. */
const verbs: [action: string, act: (actor: Actor) => Promise<unknown>, target: () => string][] = [
  [
    'key.created',
    (actor) => createKey(actor, ada.projectId, createKeySchema.parse({ label: 'No' })),
    () => ada.projectId,
  ],
  ['key.updated', (actor) => updateKey(actor, keyId, updateKeySchema.parse({ label: 'No' })), () => keyId],
  ['key.regenerated', (actor) => regenerateKey(actor, keyId, { overlapSeconds: 0 }), () => keyId],
  ['key.overlap_ended', (actor) => endOverlap(actor, keyId), () => keyId],
  ['key.revoked', (actor) => revokeKey(actor, keyId), () => keyId],
  [
    'app.registered',
    (actor) =>
      registerApp(
        actor,
        ada.projectId,
        registerAppSchema.parse({ name: 'No', redirectUris: ['https://no.example/cb'] }),
      ),
    () => ada.projectId,
  ],
  ['app.updated', (actor) => updateApp(actor, clientId, updateAppSchema.parse({ name: 'No' })), () => clientId],
  ['app.secret_rotated', (actor) => rotateClientSecret(actor, clientId, { overlapSeconds: 0 }), () => clientId],
  ['app.secret_overlap_ended', (actor) => endClientSecretOverlap(actor, clientId), () => clientId],
  ['app.disabled', (actor) => disableApp(actor, clientId), () => clientId],
  ['app.enabled', (actor) => enableApp(actor, clientId), () => clientId],
  ['app.logo_removed', (actor) => removeLogo(actor, clientId), () => clientId],
  ['third_party.created', (actor) => createThirdParty(actor, ada.projectId, { name: 'No' }), () => ada.projectId],
  ['third_party.updated', (actor) => updateThirdParty(actor, thirdPartyId, { name: 'No' }), () => thirdPartyId],
]

const rowsOf = (actor: Actor) =>
  db()
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.requestId, actor.origin.requestId), eq(auditEvents.result, 'refused')))

/** The same person in another request. */
const anew = <A extends Actor>(actor: A): A => ({
  ...actor,
  origin: { ...actor.origin, requestId: randomBytes(8).toString('hex') },
})

test.each(verbs)('threat 86: %s, refused, leaves one row', async (action, act, target) => {
  const { key } = await makeKey(ada)
  const weak = await keyActor((await makeKey(ada)).secret)
  const who: [Actor, string, string | null][] = [
    [anew(stranger.actor), 'not_found', null],
    [anew(viewer.actor), 'forbidden', ada.projectId],
    [anew(weak), 'insufficient_scope', ada.projectId],
  ]
  for (const [actor, code, projectId] of who) {
    expect(await outcome(act(actor))).toBe(code)
    const rows = await rowsOf(actor)
    expect(rows).toMatchObject([{ action, targetId: target(), changes: { refusal: [null, code] } }])
    // A stranger's try is in the history of the project that it named, and of none where it named none.
    expect([projectId, target()]).toContain(rows[0]?.projectId ?? null)
  }
  expect(key.status).toBe('active')
})

test('wrong input is no refusal, and what cannot be done is one', async () => {
  const actor = anew(ada.actor)
  const { key } = await makeKey(ada)
  expect(await outcome(updateKey(actor, key.id, { scopes: ['orders:write'] }))).toBe('validation_failed')
  expect(await rowsOf(actor)).toEqual([])
  await revokeKey(ada.actor, key.id)
  expect(await outcome(revokeKey(actor, key.id))).toBe('conflict')
  expect(await rowsOf(actor)).toMatchObject([{ action: 'key.revoked', targetId: key.id, projectId: null }])
  const operator = anew(cli())
  expect(await outcome(disableUser(operator, 'nobody@example.com'))).toBe('not_found')
  expect(await rowsOf(operator)).toMatchObject([{ action: 'user.disabled', targetId: 'nobody@example.com' }])
})

test('threat 85: when nothing can be written down, nothing is done and nothing is told', async () => {
  const { key } = await makeKey(ada)
  await db().execute(sql`alter table audit_events add constraint nothing check (false) not valid`)
  try {
    expect(await outcome(revokeKey(ada.actor, key.id))).toBe('unavailable')
    expect(await outcome(revokeKey(viewer.actor, key.id))).toBe('unavailable')
  } finally {
    await db().execute(sql`alter table audit_events drop constraint nothing`)
  }
  const [row] = await db().select().from(apiKeys).where(eq(apiKeys.id, key.id))
  expect(row?.revokedAt).toBeNull()
})
