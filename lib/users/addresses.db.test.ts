import { eq, sql } from 'drizzle-orm'
import { generateSync } from 'otplib'
import { describe, expect, test } from 'vitest'
import { db } from '@/db'
import {
  authenticators,
  identities,
  oneTimeTokens,
  outbox,
  passkeys,
  recoveryCodes,
  sessions,
  users,
} from '@/db/schema'
import { auditOf, cli, mailTo, makePerson, origin, outcome, PASSWORD, type Person, signInAs } from '@/db/testing'
import { Device } from '@/db/testing-device'
import { readReset, requestReset, resetPassword } from '@/lib/recovery/reset-password'
import { beginAuthenticator, confirmAuthenticator } from '@/lib/second-factor/authenticator'
import { addPasskey, beginPasskey, passkeyOptions, signInByPasskey } from '@/lib/second-factor/passkeys'
import { encodeSession, readHalfSession, readSession } from '@/lib/session'
import { signOutElsewhere } from '@/lib/sessions/end'
import { cancelEmailChange, readEmailChange, requestEmailChange } from './change-email'
import { changePassword } from './change-password'
import { createUser, signUp } from './create'
import { disableUser } from './disable'
import { enableUser } from './enable'
import { type MailChoices, readMailChoices, setMailChoices } from './mail-preferences'
import { makeAdmin } from './make-admin'
import { removeAdmin } from './remove-admin'
import { signIn } from './sign-in'
import { signOutEverywhere } from './sign-out-everywhere'
import { isAddressProved, proveAddress, readProof, resendVerification } from './verify-email'

const other = 'twelve herons repaint gutters'

let count = 0
const newEmail = () => `new${++count}@example.com`

async function join() {
  const email = newEmail()
  const user = await signUp(origin({ address: `198.51.100.${count}` }), { name: 'Ada', email, password: PASSWORD })
  return { user, email, actor: await signInAs(user) }
}

const rowOf = async (email: string) => (await db().select().from(users).where(eq(users.email, email)))[0]
const isLive = async ({ sessionId, userId }: Person['actor']) =>
  (await readSession(await encodeSession(sessionId, userId), origin())) !== null

/** The newest link to set a password that was sent. */
async function resetLink(email: string): Promise<string> {
  await requestReset(origin({ address: `192.0.2.${++count}` }), email)
  return (await mailTo(email)).at(-1)?.token ?? ''
}

describe('verify', () => {
  test('who signs up is sent one link, which proves the address once', async () => {
    const { user, email, actor } = await join()
    const mails = await mailTo(email)
    expect(mails).toMatchObject([{ kind: 'verify_email', token: expect.stringMatching(/^\w{43}$/) }])
    expect(await isAddressProved(actor)).toBe(false)
    const token = String(mails[0]?.token)
    expect(await readProof(token)).toEqual({ userId: user.id, email, isNew: false })
    expect(await readProof(token)).not.toBeNull()
    const both = await Promise.all([1, 2].map(() => outcome(proveAddress(actor, token))))
    expect(both.sort()).toEqual(['done', 'not_found'])
    expect(await isAddressProved(actor)).toBe(true)
    expect(await readProof(token)).toBeNull()
    expect((await auditOf(user.id)).map(({ action }) => action)).toContain('user.email_verified')
  })

  test('accounts from the command line count as verified', async () => {
    const email = newEmail()
    await createUser(cli(), { name: 'Op', email, password: PASSWORD, isAdmin: false })
    expect((await rowOf(email))?.emailVerifiedAt).toBeInstanceOf(Date)
    expect(await mailTo(email)).toEqual([])
  })

  test('again: the newer link works, the older does not; not for who is verified; and not without end', async () => {
    const { email, actor, user } = await join()
    await resendVerification(actor)
    const [older, newer] = await mailTo(email)
    expect(await outcome(proveAddress(actor, String(older?.token)))).toBe('not_found')
    expect(await outcome(proveAddress(actor, String(newer?.token)))).toBe('done')
    expect(await outcome(resendVerification(actor))).toBe('conflict')
    expect((await auditOf(user.id)).map(({ action }) => action)).toContain('user.verification_sent')
    const many = await Promise.all([1, 2, 3, 4].map(() => outcome(resendVerification(actor))))
    expect(many).toContain('rate_limited')
  })

  test('a late link, one of a disabled account and one for another purpose do nothing', async () => {
    const late = await join()
    const [mail] = await mailTo(late.email)
    await db().update(oneTimeTokens).set({ expiresAt: sql`now()` }).where(eq(oneTimeTokens.userId, late.user.id))
    expect(await outcome(proveAddress(late.actor, String(mail?.token)))).toBe('not_found')
    const disabled = await join()
    await disableUser(cli(), disabled.email)
    const sent = String((await mailTo(disabled.email))[0]?.token)
    expect(await outcome(proveAddress(disabled.actor, sent))).toBe('invalid_credentials')
    const { email, actor } = await join()
    expect(await outcome(proveAddress(actor, await resetLink(email)))).toBe('not_found')
  })
})

describe('reset', () => {
  test('threat 65: a link works once, of two at once one wins, and it ends all sessions', async () => {
    const person = await makePerson()
    const { email } = person.user
    const elsewhere = await signInAs(person.user)
    const token = await resetLink(email)
    expect(await readReset(token)).toEqual({ email, keys: null })
    const set = (newPassword: string) => outcome(resetPassword(origin(), { token, newPassword }))
    const both = await Promise.all([set(other), set(`${other} too`)])
    expect([...both].sort()).toEqual(['done', 'not_found'])
    expect(await set(other)).toBe('not_found')
    const right = both[0] === 'done' ? other : `${other} too`
    expect(await outcome(signIn(origin(), { email, password: PASSWORD }))).toBe('invalid_credentials')
    expect(await outcome(signIn(origin(), { email, password: right }))).toBe('done')
    expect([await isLive(person.actor), await isLive(elsewhere)]).toEqual([false, false])
    expect((await auditOf(person.user.id)).at(-2)).toMatchObject({
      action: 'user.password_reset',
      actorId: person.user.id,
    })
    expect((await mailTo(email)).map(({ kind }) => kind)).toEqual(['reset_password', 'password_changed'])
  })

  test('threat 65: a newer link, a late hour, a new password and a change of address make a link dead', async () => {
    const person = await makePerson()
    const { email, id } = person.user
    const older = await resetLink(email)
    const newer = await resetLink(email)
    expect([await readReset(older), await readReset(newer)]).toEqual([null, { email, keys: null }])
    await changePassword(person.actor, { currentPassword: PASSWORD, newPassword: other })
    expect(await outcome(resetPassword(origin(), { token: newer, newPassword: PASSWORD }))).toBe('not_found')
    const late = await resetLink(email)
    await db().execute(sql`update one_time_tokens set expires_at = now() where user_id = ${id}`)
    expect(await readReset(late)).toBeNull()
    const moved = await resetLink(email)
    const to = newEmail()
    const mover = await signInAs(person.user)
    await requestEmailChange(mover, to)
    await proveAddress(mover, String((await mailTo(to))[0]?.token))
    expect(await outcome(resetPassword(origin(), { token: moved, newPassword: PASSWORD }))).toBe('not_found')
  })

  test('a weak password is refused, and the link goes on working', async () => {
    const { user } = await makePerson()
    const token = await resetLink(user.email)
    const weak = resetPassword(origin(), { token, newPassword: 'password' })
    await expect(weak).rejects.toMatchObject({ errors: { newPassword: [expect.any(String)] } })
    expect(await outcome(resetPassword(origin(), { token, newPassword: other }))).toBe('done')
  })

  test('threats 60 and 61: unknown and disabled addresses get the same answer after the same time, and no mail', async () => {
    const { user } = await makePerson()
    const disabled = await makePerson()
    await disableUser(cli(), disabled.user.email)
    const times: number[] = []
    for (const email of [user.email, disabled.user.email, 'nobody@example.com']) {
      const began = performance.now()
      expect(await outcome(requestReset(origin({ address: '192.0.2.250' }), email))).toBe('done')
      times.push(performance.now() - began)
    }
    expect(Math.min(...times)).toBeGreaterThan(395)
    expect(await mailTo('nobody@example.com')).toEqual([])
    expect(await mailTo(disabled.user.email)).toEqual([])
    expect(await mailTo(user.email)).toHaveLength(1)
  })

  test('nobody fills a mailbox, and nobody asks without end', async () => {
    const { user } = await makePerson()
    await Promise.all(Array.from({ length: 8 }, (_, n) => requestReset(origin({ address: `10.9.${n}.1` }), user.email)))
    expect(await mailTo(user.email)).toHaveLength(5)
    const from = origin({ address: '10.10.0.1' })
    const many = Array.from({ length: 22 }, (_, n) => outcome(requestReset(from, `nobody${n}@example.com`)))
    expect((await Promise.all(many)).filter((each) => each === 'rate_limited')).toHaveLength(2)
  })

  test('the link proves the address too, and of it only a hash is stored', async () => {
    const { email, actor } = await join()
    const token = await resetLink(email)
    expect(JSON.stringify(await db().select().from(oneTimeTokens))).not.toContain(token)
    expect(JSON.stringify(await db().select().from(outbox))).not.toContain(token)
    await resetPassword(origin(), { token, newPassword: other })
    expect(await isAddressProved(actor)).toBe(true)
  })

  test('threat 66: of an account made with somebody else’s address only the password is theirs to have', async () => {
    const eve = await join()
    const device = new Device()
    await addPasskey(eve.actor, { name: 'Eve', response: device.register((await beginPasskey(eve.actor)).challenge) })
    const { secret } = await beginAuthenticator(eve.actor)
    await confirmAuthenticator(eve.actor, generateSync({ secret, epoch: Math.floor(Date.now() / 1000) }))
    await db().insert(identities).values({ provider: 'github', subject: eve.email, userId: eve.user.id })
    const link = await resetLink(eve.email)
    // Good enough beside a second factor, and there will be none.
    expect(await outcome(resetPassword(origin(), { token: link, newPassword: 'vK7#qz2!' }))).toBe('validation_failed')
    await resetPassword(origin(), { token: link, newPassword: other })
    const byPasskey = async () => signInByPasskey(origin(), device.answer((await passkeyOptions(origin())).challenge))
    expect(await outcome(byPasskey())).toBe('invalid_credentials')
    const entered = await signIn(origin(), { email: eve.email, password: other })
    expect(await readSession(await encodeSession(entered.sessionId, entered.userId), origin())).not.toBeNull()
    for (const table of [passkeys, authenticators, recoveryCodes, identities]) {
      expect(await db().select().from(table).where(eq(table.userId, eve.user.id))).toEqual([])
    }
    expect((await auditOf(eve.user.id)).find(({ action }) => action === 'user.password_reset')).toMatchObject({
      changes: { factors: [2, null], identities: [1, null] },
    })
    expect((await mailTo(eve.email)).at(-1)).toMatchObject({ kind: 'second_factor_changed' })
  })

  test('whoever had proved the address keeps their second step', async () => {
    const { user, actor } = await makePerson()
    await addPasskey(actor, { name: 'Ada', response: new Device().register((await beginPasskey(actor)).challenge) })
    await resetPassword(origin(), { token: await resetLink(user.email), newPassword: other })
    const entered = await signIn(origin(), { email: user.email, password: other })
    expect(await readHalfSession(await encodeSession(entered.sessionId, entered.userId), origin())).not.toBeNull()
  })

  test('threat 85: when the audit row cannot be written the password stays, and so does the link', async () => {
    const person = await makePerson()
    const token = await resetLink(person.user.email)
    await db().execute(sql`alter table audit_events rename to audit_gone`)
    try {
      await expect(resetPassword(origin(), { token, newPassword: other })).rejects.toThrow()
    } finally {
      await db().execute(sql`alter table audit_gone rename to audit_events`)
    }
    expect(await isLive(person.actor)).toBe(true)
    expect(await outcome(resetPassword(origin(), { token, newPassword: other }))).toBe('done')
  })
})

describe('change of address', () => {
  test('nothing changes until the new one is confirmed; then the old one is told', async () => {
    const person = await makePerson()
    const [from, to] = [person.user.email, newEmail()]
    await requestEmailChange(person.actor, to)
    expect((await rowOf(from))?.id).toBe(person.user.id)
    const [mail] = await mailTo(to)
    expect(mail?.kind).toBe('confirm_address')
    const token = String(mail?.token)
    expect(await readProof(token)).toEqual({ userId: person.user.id, email: to, isNew: true })
    const both = await Promise.all([1, 2].map(() => outcome(proveAddress(person.actor, token))))
    expect(both.sort()).toEqual(['done', 'not_found'])
    expect(await rowOf(to)).toMatchObject({ id: person.user.id, emailVerifiedAt: expect.any(Date) })
    expect((await mailTo(from)).map(({ kind, text }) => [kind, text.includes(to)])).toEqual([
      ['address_change_requested', true],
      ['address_changed', true],
    ])
    expect(await outcome(signIn(origin(), { email: to, password: PASSWORD }))).toBe('done')
    expect(await auditOf(person.user.id)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'user.email_changed', changes: { email: [from, to] } }),
      ]),
    )
  })

  test('not to the same one, nor to that of another account that took it meanwhile', async () => {
    const person = await makePerson()
    const change = (to: string) => outcome(requestEmailChange(person.actor, to))
    expect(await change(person.user.email)).toBe('validation_failed')
    const to = newEmail()
    expect(await change(to)).toBe('done')
    await createUser(cli(), { name: 'Op', email: to, password: PASSWORD, isAdmin: false })
    expect(await outcome(proveAddress(person.actor, String((await mailTo(to))[0]?.token)))).toBe('conflict')
    expect((await rowOf(person.user.email))?.id).toBe(person.user.id)
  })

  test('only for who has just proved who they are; a new request and a reset make a link dead', async () => {
    const person = await makePerson()
    const [first, second] = [newEmail(), newEmail()]
    await db().update(sessions).set({ authenticatedAt: sql`now() - interval '16 minutes'` })
    expect(await outcome(requestEmailChange(person.actor, first))).toBe('reauthentication_required')
    await db().update(sessions).set({ authenticatedAt: sql`now()` })
    await requestEmailChange(person.actor, first)
    await requestEmailChange(person.actor, second)
    expect(await readProof(String((await mailTo(first))[0]?.token))).toBeNull()
    const token = String((await mailTo(second))[0]?.token)
    await resetPassword(origin(), { token: await resetLink(person.user.email), newPassword: other })
    expect(await outcome(proveAddress(await signInAs(person.user), token))).toBe('not_found')
  })

  const shuttingOut: Record<string, (person: Person) => Promise<unknown>> = {
    'a new password': ({ actor }) => changePassword(actor, { currentPassword: PASSWORD, newPassword: other }),
    'signing out elsewhere': ({ actor }) => signOutElsewhere(actor),
    'an operator who signs them out': ({ user }) => signOutEverywhere(cli(), user.id),
    'an operator who disables and enables them': async ({ user }) => {
      await disableUser(cli(), user.id)
      await enableUser(cli(), user.id)
    },
  }

  test.each(Object.entries(shuttingOut))('threat 56: what a thief asked for does not outlive %s', async (_how, act) => {
    const person = await makePerson()
    const to = newEmail()
    await requestEmailChange(await signInAs(person.user), to)
    expect((await mailTo(person.user.email)).map(({ kind }) => kind)).toEqual(['address_change_requested'])
    await act(person)
    expect(await outcome(proveAddress(await signInAs(person.user), String((await mailTo(to))[0]?.token)))).toBe(
      'not_found',
    )
    expect(await readEmailChange(person.actor)).toBeNull()
  })

  test('it is shown while it waits, and can be cancelled once, by its own person', async () => {
    const [person, another] = [await makePerson(), await makePerson()]
    const to = newEmail()
    await requestEmailChange(person.actor, to)
    expect([await readEmailChange(person.actor), await readEmailChange(another.actor)]).toEqual([to, null])
    expect(await outcome(cancelEmailChange(another.actor))).toBe('conflict')
    const both = await Promise.all([1, 2].map(() => outcome(cancelEmailChange(person.actor))))
    expect(both.sort()).toEqual(['conflict', 'done'])
    expect(await outcome(proveAddress(person.actor, String((await mailTo(to))[0]?.token)))).toBe('not_found')
    expect(await readEmailChange(person.actor)).toBeNull()
    expect((await auditOf(person.user.id)).at(-1)).toMatchObject({
      action: 'user.email_change_cancelled',
      changes: { email: [to, null] },
    })
    await requestEmailChange(person.actor, to)
    await db().update(oneTimeTokens).set({ expiresAt: sql`now()` }).where(eq(oneTimeTokens.email, to))
    expect(await readEmailChange(person.actor)).toBeNull()
  })
})

test('a person is told that they are a site admin, or no longer', async () => {
  const { user } = await makePerson()
  await makePerson({ isAdmin: true })
  await makeAdmin(cli(), user.id)
  await removeAdmin(cli(), user.id)
  expect((await mailTo(user.email)).map(({ kind, text }) => [kind, /from .* to .*\./.exec(text)?.[0]])).toEqual([
    ['role_changed', 'from member to site admin.'],
    ['role_changed', 'from site admin to member.'],
  ])
})

test('what mail a person wants is kept and written down', async () => {
  const { user, actor } = await makePerson()
  expect(await readMailChoices(actor)).toEqual({ unwanted: [], wanted: [] })
  const choices: MailChoices = { unwanted: ['key_created', 'key_expiring'], wanted: ['audit_head'] }
  await setMailChoices(actor, choices)
  expect(await readMailChoices(actor)).toEqual(choices)
  expect((await auditOf(user.id)).at(-1)).toMatchObject({
    action: 'user.mail_changed',
    changes: { unwantedMail: [[], ['key_created', 'key_expiring']], wantedMail: [[], ['audit_head']] },
  })
})
