import { and, eq, sql } from 'drizzle-orm'
import { generateSync } from 'otplib'
import { beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { authenticators, outbox, recoveryCodes, sessions, sitePolicy } from '@/db/schema'
import { auditOf, mailTo, makePerson, origin, outcome, PASSWORD, type Person } from '@/db/testing'
import { encodeSession, readHalfSession, readSession } from '@/lib/session'
import type { HalfSession } from '@/lib/sessions/finish'
import { listSessions } from '@/lib/sessions/list'
import { isAdminAtRest } from '@/lib/users/admin'
import { changePassword } from '@/lib/users/change-password'
import { makeAdmin } from '@/lib/users/make-admin'
import { signIn, verifyPerson } from '@/lib/users/sign-in'
import { beginAuthenticator, confirmAuthenticator } from './authenticator'
import { listSecondFactors } from './list'
import { finishByCode } from './prove'
import { renewRecoveryCodes } from './recovery-codes'
import { removeAuthenticator } from './remove'

let ada: Person
let secret: string
let codes: string[]

/** The code of now, or of some steps away. */
const code = (steps = 0) => generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps })

/** Codes that were taken before no longer stand in the way, as after some minutes. */
const later = () => db().update(authenticators).set({ lastStep: 0 }).where(eq(authenticators.userId, ada.user.id))

async function halfDone(from = {}): Promise<HalfSession> {
  const { sessionId, userId } = await signIn(origin(from), { email: ada.user.email, password: PASSWORD })
  const half = await readHalfSession(await encodeSession(sessionId, userId), origin(from))
  if (!half) throw new Error('the session does not await a second step')
  return half
}

const isWhole = async (sessionId: string) =>
  (await readSession(await encodeSession(sessionId, ada.user.id), origin())) !== null

beforeEach(async () => {
  ada = await makePerson()
  secret = (await beginAuthenticator(ada.actor)).secret
  codes = (await confirmAuthenticator(ada.actor, code(-1))) ?? []
})

test('an authenticator app counts once a code of it was entered; the person is told, and gets recovery codes once', async () => {
  expect(codes).toHaveLength(10)
  expect(await listSecondFactors(ada.actor)).toMatchObject({ passkeys: [], codesLeft: 10 })
  expect((await auditOf(ada.user.id)).map(({ action }) => action).slice(-2)).toEqual([
    'user.recovery_codes_made',
    'user.second_factor_added',
  ])
  expect(await db().select().from(outbox).where(eq(outbox.userId, ada.user.id))).toMatchObject([
    { kind: 'second_factor_changed' },
  ])
  expect(await outcome(beginAuthenticator(ada.actor))).toBe('conflict')
  expect(await outcome(confirmAuthenticator(ada.actor, code()))).toBe('conflict')
})

test('one that was never confirmed asks nobody for anything', async () => {
  const bob = await makePerson({ name: 'Bob' })
  await beginAuthenticator(bob.actor)
  expect(await outcome(confirmAuthenticator(bob.actor, '000000'))).toBe('validation_failed')
  const { sessionId } = await signIn(origin(), { email: bob.user.email, password: PASSWORD })
  expect(await readSession(await encodeSession(sessionId, bob.user.id), origin())).toMatchObject({ name: 'Bob' })
})

test('threat 57: before the second step a session is nobody, and it lasts ten minutes', async () => {
  const half = await halfDone()
  expect(await isWhole(half.sessionId)).toBe(false)
  expect((await listSessions(ada.actor)).map(({ id }) => id)).toEqual([ada.actor.sessionId])
  await db()
    .update(sessions)
    .set({ createdAt: sql`now() - interval '10 minutes'` })
    .where(eq(sessions.id, half.sessionId))
  expect(await readHalfSession(await encodeSession(half.sessionId, ada.user.id), origin())).toBeNull()
  expect(await outcome(finishByCode(half, code()))).toBe('conflict')
})

test('threat 55: a code finishes it under an id of its own, and the half-done one is over', async () => {
  const half = await halfDone()
  const sessionId = await finishByCode(half, code())
  expect(sessionId).not.toBe(half.sessionId)
  expect([await isWhole(sessionId), await isWhole(half.sessionId)]).toEqual([true, false])
  expect(await readHalfSession(await encodeSession(half.sessionId, ada.user.id), origin())).toBeNull()
  expect((await auditOf(ada.user.id)).at(-1)).toMatchObject({
    action: 'session.started',
    changes: { proof: [null, 'authenticator app'] },
  })
})

test('a code of the app works once: again, of an earlier step, and of two at once', async () => {
  await finishByCode(await halfDone(), code())
  expect(await outcome(finishByCode(await halfDone(), code()))).toBe('invalid_credentials')
  expect(await outcome(finishByCode(await halfDone(), code(-1)))).toBe('invalid_credentials')
  await later()
  const both = [await halfDone(), await halfDone()]
  expect((await Promise.all(both.map((half) => outcome(finishByCode(half, code()))))).sort()).toEqual([
    'done',
    'invalid_credentials',
  ])
})

test('a clock may differ by one step and no more', async () => {
  expect(await outcome(finishByCode(await halfDone(), code(3)))).toBe('invalid_credentials')
  expect(await outcome(finishByCode(await halfDone(), code(-3)))).toBe('invalid_credentials')
  expect(await outcome(finishByCode(await halfDone(), ` ${code(1).replace(/^.../, '$& ')}`))).toBe('done')
  const refused = await auditOf(ada.user.id, 'refused')
  expect(refused.map(({ action }) => action)).toEqual(['session.started', 'session.started'])
})

test('a recovery code works once, however it is typed, and its person is told how many are left', async () => {
  const [first = '', second = ''] = codes
  await finishByCode(await halfDone(), first.toUpperCase().replaceAll('-', ' '))
  expect(await outcome(finishByCode(await halfDone(), first))).toBe('invalid_credentials')
  const both = [await halfDone(), await halfDone()]
  expect((await Promise.all(both.map((half) => outcome(finishByCode(half, second))))).sort()).toEqual([
    'done',
    'invalid_credentials',
  ])
  expect((await listSecondFactors(ada.actor)).codesLeft).toBe(8)
  expect(await db().select().from(outbox).where(eq(outbox.userId, ada.user.id))).toHaveLength(3)
  // Only keyed hashes of them are stored.
  const stored = JSON.stringify(await db().select().from(recoveryCodes))
  for (const each of codes) expect(stored.includes(each.replaceAll('-', ''))).toBe(false)
})

test('new recovery codes put the old ones out of use; those of other people are nothing here', async () => {
  const renewed = await renewRecoveryCodes(ada.actor)
  const bob = await makePerson({ name: 'Bob' })
  expect(await outcome(renewRecoveryCodes(bob.actor))).toBe('conflict')
  expect(await outcome(finishByCode(await halfDone(), codes[2] ?? ''))).toBe('invalid_credentials')
  expect(await outcome(finishByCode({ ...(await halfDone()), userId: bob.user.id }, renewed[0] ?? ''))).toBe(
    'invalid_credentials',
  )
  expect(await outcome(finishByCode(await halfDone(), renewed[0] ?? ''))).toBe('done')
})

test('threat 62: guesses are limited, and the person comes in from an address of theirs all the same', async () => {
  const far = { address: '198.51.100.9' }
  const half = await halfDone(far)
  const guesses = await Promise.all(Array.from({ length: 14 }, () => outcome(finishByCode(half, '123456'))))
  expect(guesses.filter((each) => each === 'rate_limited')).toHaveLength(4)
  expect(await outcome(finishByCode(half, code()))).toBe('rate_limited')
  expect(await outcome(finishByCode(await halfDone(), code()))).toBe('done')
})

test('after five wrong codes the person hears that somebody has their password, once a day', async () => {
  const told = async () => (await mailTo(ada.user.email)).filter(({ kind }) => kind === 'second_step_refused').length
  const before = await told()
  for (const last of [11, 12]) {
    const half = await halfDone({ address: `203.0.113.${last}` })
    for (let n = 0; n < 4; n++) await outcome(finishByCode(half, '123456'))
    if (last === 11) expect(await told()).toBe(before)
    await outcome(finishByCode(half, '123456'))
    expect(await told()).toBe(1)
  }
})

test('the last factor goes with the password alone, and only with one that does without it', async () => {
  const change = async (currentPassword: string, newPassword: string) => {
    const { sessionId } = await changePassword(ada.actor, { currentPassword, newPassword })
    ada.actor = { ...ada.actor, sessionId }
  }
  await change(PASSWORD, 'vK7#qz2!')
  expect(await outcome(removeAuthenticator(ada.actor))).toBe('validation_failed')
  expect(await outcome(removeAuthenticator(ada.actor, 'vK7#qz2!'))).toBe('validation_failed')
  await change('vK7#qz2!', PASSWORD)
  expect(await outcome(removeAuthenticator(ada.actor, 'not my password at all'))).toBe('validation_failed')
  await removeAuthenticator(ada.actor, PASSWORD)
  expect(await listSecondFactors(ada.actor)).toEqual({ passkeys: [], authenticatorSince: null, codesLeft: 0 })
  expect(await outcome(removeAuthenticator(ada.actor, PASSWORD))).toBe('not_found')
  expect((await auditOf(ada.user.id)).at(-1)).toMatchObject({ action: 'user.second_factor_removed' })
  expect(await outcome(changePassword(ada.actor, { currentPassword: PASSWORD, newPassword: 'vK7#qz2!' }))).toBe(
    'validation_failed',
  )
})

test('HTTP Basic and the password grant refuse an account with a second factor', async () => {
  expect(await outcome(verifyPerson(origin(), { email: ada.user.email, password: PASSWORD }))).toBe(
    'invalid_credentials',
  )
})

test('a disabled account does not get through the second step', async () => {
  const half = await halfDone()
  await db().execute(sql`update users set disabled_at = now() where id = ${ada.user.id}`)
  expect(await outcome(finishByCode(half, code()))).toBe('conflict')
  const left = await db()
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, ada.user.id), eq(sessions.awaitsSecondStep, false)))
  expect(left.map(({ id }) => id)).toEqual([ada.actor.sessionId])
})

test('where the policy asks it of admins, the role rests until there is a second factor', async () => {
  const admin = await makePerson({ isAdmin: true })
  const cookie = await encodeSession(admin.actor.sessionId, admin.user.id)
  const isAdmin = async () => (await readSession(cookie, origin()))?.isAdmin
  await db()
    .insert(sitePolicy)
    .values({ id: 'site', values: { requireSecondFactorForAdmins: true } })
  try {
    expect(await isAdmin()).toBe(false)
    const resting = await readSession(cookie, origin())
    expect(resting && (await isAdminAtRest(resting))).toBe(true)
    expect(resting && (await outcome(makeAdmin(resting, ada.user.id)))).toBe('not_found')
    expect(await isAdminAtRest(ada.actor)).toBe(false)
    secret = (await beginAuthenticator(admin.actor)).secret
    await confirmAuthenticator(admin.actor, code())
    expect(await isAdmin()).toBe(true)
  } finally {
    await db().delete(sitePolicy)
  }
})
