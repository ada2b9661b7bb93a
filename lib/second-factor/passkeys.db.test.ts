import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { passkeys, users } from '@/db/schema'
import { auditOf, makePerson, origin, outcome, PASSWORD, type Person } from '@/db/testing'
import { Device } from '@/db/testing-device'
import { requireRecentSignIn } from '@/lib/audit/recent'
import { encodeSession, readHalfSession, readSession } from '@/lib/session'
import { signIn } from '@/lib/users/sign-in'
import {
  addPasskey,
  beginPasskey,
  confirmByPasskey,
  finishByPasskey,
  passkeyOptions,
  passkeyOptionsFor,
  signInByPasskey,
} from './passkeys'
import { removePasskey } from './remove'

let ada: Person
let device: Device
let codes: string[] | null

const add = async (person: Person, each: Device) =>
  addPasskey(person.actor, { name: 'Laptop', response: each.register((await beginPasskey(person.actor)).challenge) })

const signInBy = async (each: Device, how = {}) =>
  signInByPasskey(origin(), each.answer((await passkeyOptions(origin())).challenge, how))

async function halfDone() {
  const { sessionId, userId } = await signIn(origin(), { email: ada.user.email, password: PASSWORD })
  const half = await readHalfSession(await encodeSession(sessionId, userId), origin())
  if (!half) throw new Error('the session does not await a second step')
  return half
}

beforeEach(async () => {
  ada = await makePerson()
  device = new Device()
  codes = await add(ada, device)
})

test('the first one brings recovery codes, a second one does not, and none is added twice', async () => {
  expect(codes).toHaveLength(10)
  expect(await add(ada, new Device())).toBeNull()
  expect(await outcome(add(ada, device))).toBe('conflict')
  const bob = await makePerson({ name: 'Bob' })
  expect(await outcome(add(bob, device))).toBe('conflict')
  expect((await auditOf(ada.user.id)).filter(({ action }) => action === 'user.second_factor_added')).toHaveLength(2)
})

test('a challenge is used up by the first answer, and is one person’s', async () => {
  const { challenge } = await beginPasskey(ada.actor)
  const bob = await makePerson({ name: 'Bob' })
  const response = new Device().register(challenge)
  expect(await outcome(addPasskey(bob.actor, { name: 'Theirs', response }))).toBe('validation_failed')
  expect(await outcome(addPasskey(ada.actor, { name: 'Late', response }))).toBe('validation_failed')
  const foreign = new Device().register((await beginPasskey(ada.actor)).challenge, 'https://phisher.example')
  expect(await outcome(addPasskey(ada.actor, { name: 'Phished', response: foreign }))).toBe('validation_failed')
})

test('alone it signs in, if the device has made sure that it is its owner', async () => {
  const { sessionId, userId } = await signInBy(device)
  expect(await readSession(await encodeSession(sessionId, userId), origin())).toMatchObject({ userId: ada.user.id })
  expect((await auditOf(ada.user.id)).at(-1)).toMatchObject({
    action: 'session.started',
    changes: { proof: [null, 'passkey'] },
  })
  expect(await outcome(signInBy(device, { verified: false }))).toBe('invalid_credentials')
  expect(await outcome(signInBy(device, { at: 'https://phisher.example' }))).toBe('invalid_credentials')
  expect(await outcome(signInBy(new Device()))).toBe('invalid_credentials')
})

test('a refused passkey leaves an event: at sign-in, unknown ones too, and where identity is confirmed', async () => {
  await outcome(signInBy(device, { at: 'https://phisher.example' }))
  const refusedRow = {
    result: 'refused',
    changes: { proof: [null, 'passkey'], refusal: [null, 'invalid_credentials'] },
  }
  expect(await auditOf(ada.user.id, 'refused')).toMatchObject([{ action: 'session.started', ...refusedRow }])
  const before = (await auditOf('passkey', 'refused')).length
  await outcome(signInBy(new Device()))
  expect((await auditOf('passkey', 'refused')).slice(before)).toMatchObject([
    { action: 'session.started', ...refusedRow },
  ])
  const stale = device.answer((await passkeyOptions(origin())).challenge)
  expect(await outcome(confirmByPasskey(ada.actor, stale))).toBe('invalid_credentials')
  expect((await auditOf(ada.user.id, 'refused')).at(-1)).toMatchObject({
    action: 'session.confirmed',
    actorId: ada.user.id,
  })
})

test('an answer works once, also of two at once, and no copy of the key gets by with an old count', async () => {
  const response = device.answer((await passkeyOptions(origin())).challenge)
  const both = [0, 1].map(() => outcome(signInByPasskey(origin(), response)))
  expect((await Promise.all(both)).sort()).toEqual(['done', 'invalid_credentials'])
  device.counter -= 1
  expect(await outcome(signInBy(device))).toBe('invalid_credentials')
})

test('as the second step it finishes a session, and only its own person’s', async () => {
  const half = await halfDone()
  const bob = await makePerson({ name: 'Bob' })
  const theirs = new Device()
  await add(bob, theirs)
  const challenge = async () => (await passkeyOptionsFor(ada.actor)).challenge
  expect(await outcome(finishByPasskey(half, theirs.answer(await challenge())))).toBe('invalid_credentials')
  const forAnybody = device.answer((await passkeyOptions(origin())).challenge)
  expect(await outcome(finishByPasskey(half, forAnybody))).toBe('invalid_credentials')
  const sessionId = await finishByPasskey(half, device.answer(await challenge(), { verified: false }))
  expect(await readSession(await encodeSession(sessionId, ada.user.id), origin())).not.toBeNull()
  expect(await outcome(finishByPasskey(half, device.answer(await challenge())))).toBe('conflict')
  const refused = (await auditOf(ada.user.id, 'refused')).map(({ changes }) => changes.refusal?.[1])
  expect(refused).toEqual(['invalid_credentials', 'invalid_credentials', 'conflict'])
})

test('threat 62: whoever knows the password uses up nobody else’s challenges', async () => {
  const from = (address: string) => ({ userId: ada.user.id, origin: origin({ address }) })
  const codes = []
  for (let n = 0; n < 61; n++) codes.push(await outcome(passkeyOptionsFor(from('198.51.100.77'))))
  expect(codes.at(-1)).toBe('rate_limited')
  expect(await outcome(passkeyOptionsFor(from('203.0.113.7')))).toBe('done')
})

test('it confirms who somebody is', async () => {
  await db().execute(sql`update sessions set authenticated_at = now() - interval '16 minutes'
    where id = ${ada.actor.sessionId}`)
  expect(await outcome(beginPasskey(ada.actor))).toBe('reauthentication_required')
  const { challenge } = await passkeyOptionsFor(ada.actor)
  await confirmByPasskey(ada.actor, device.answer(challenge))
  expect(await outcome(requireRecentSignIn(ada.actor))).toBe('done')
})

test('removed, or of a disabled account, it opens nothing; another’s is not found', async () => {
  const bob = await makePerson({ name: 'Bob' })
  const id = device.id.toString('base64url')
  expect(await outcome(removePasskey(bob.actor, id, PASSWORD))).toBe('not_found')
  await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, ada.user.id))
  expect(await outcome(signInBy(device))).toBe('invalid_credentials')
  await db().update(users).set({ disabledAt: null }).where(eq(users.id, ada.user.id))
  await removePasskey(ada.actor, id, PASSWORD)
  expect(await outcome(signInBy(device))).toBe('invalid_credentials')
  expect(await db().select().from(passkeys).where(eq(passkeys.userId, ada.user.id))).toEqual([])
})
