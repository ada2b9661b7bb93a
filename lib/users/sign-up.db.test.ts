import { eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { db } from '@/db'
import { oneTimeTokens, outbox, users } from '@/db/schema'
import { auditOf, cli, mailTo, makePerson, origin, outcome, PASSWORD } from '@/db/testing'
import { sendInvitation } from '@/lib/invitations/send'
import { changePolicy } from '@/lib/site/change-policy'
import { readEmailChange, requestEmailChange } from './change-email'
import { disableUser } from './disable'
import { signIn } from './sign-in'
import { finishSignUp, pruneSignUps, readSignUp, requestSignUp } from './sign-up'
import { proveAddress } from './verify-email'

const other = 'nine quiet badgers paint fences'
let count = 0
const newEmail = () => `joining${++count}@example.com`
const from = () => origin({ address: `198.51.100.${++count}` })

const ask = (email: string, password = PASSWORD) => requestSignUp(from(), { name: 'Ada', email, password }, '/docs')
const linkTo = async (email: string) => (await mailTo(email)).at(-1)?.token ?? ''
const accountOf = async (email: string) => (await db().select().from(users).where(eq(users.email, email)))[0]

test('there is no account until the link is opened; in the browser that asked it then signs in', async () => {
  const email = newEmail()
  const { secret } = await ask(email)
  expect(await accountOf(email)).toBeUndefined()
  expect(await outcome(signIn(origin(), { email, password: PASSWORD }))).toBe('invalid_credentials')
  const token = await linkTo(email)
  const rows = JSON.stringify(await db().select().from(oneTimeTokens))
  for (const hidden of [token, secret, 'argon2', 'Ada']) expect(rows).not.toContain(hidden)
  expect(await readSignUp(token, secret)).toEqual({ email, isSameBrowser: true })
  const both = await Promise.all([1, 2].map(() => outcome(finishSignUp(origin(), { token, secret, password: '' }))))
  expect(both.sort()).toEqual(['done', 'not_found'])
  const user = await accountOf(email)
  expect(user).toMatchObject({ name: 'Ada', emailVerifiedAt: expect.any(Date) })
  expect((await auditOf(user?.id ?? '')).map(({ action }) => action)).toEqual(['user.created', 'session.started'])
  expect(await outcome(signIn(origin(), { email, password: PASSWORD }))).toBe('done')
  expect(await readSignUp(token, secret)).toBeNull()
})

test('threat 97: whoever opens the link in another browser chooses the password, not who asked', async () => {
  const email = newEmail()
  await ask(email)
  const token = await linkTo(email)
  for (const secret of [undefined, 'made up']) {
    expect(await readSignUp(token, secret)).toEqual({ email, isSameBrowser: false })
    expect(await outcome(finishSignUp(from(), { token, secret, password: '' }))).toBe('validation_failed')
  }
  await finishSignUp(from(), { token, secret: undefined, password: other })
  expect(await outcome(signIn(origin(), { email, password: PASSWORD }))).toBe('invalid_credentials')
  expect(await outcome(signIn(origin(), { email, password: other }))).toBe('done')
})

describe('a link does not work', () => {
  test('when there is a newer one, also of two at once', async () => {
    const email = newEmail()
    const { secret } = await ask(email)
    const older = await linkTo(email)
    await Promise.all([ask(email), ask(email)])
    expect(await outcome(finishSignUp(origin(), { token: older, secret, password: '' }))).toBe('not_found')
    const links = (await mailTo(email)).map(({ token }) => token)
    const works = await Promise.all(links.map((token) => readSignUp(token, undefined)))
    expect(works.filter(Boolean)).toHaveLength(1)
  })

  test('after a day, when sign-up was closed, and when the address has an account by now', async () => {
    const [late, closed, taken] = [newEmail(), newEmail(), newEmail()]
    for (const email of [late, closed, taken]) await ask(email)
    const finish = async (email: string) =>
      outcome(finishSignUp(from(), { token: await linkTo(email), secret: undefined, password: other }))
    const admin = await makePerson({ isAdmin: true })
    await changePolicy(admin.actor, { signUp: 'closed' })
    try {
      expect(await finish(closed)).toBe('forbidden')
    } finally {
      await changePolicy(admin.actor, { signUp: 'open' })
    }
    const person = await makePerson()
    await db().update(users).set({ email: taken }).where(eq(users.id, person.user.id))
    expect(await finish(taken)).toBe('conflict')
    await db()
      .update(oneTimeTokens)
      .set({ expiresAt: sql`now() - interval '1 second'` })
      .where(eq(oneTimeTokens.email, late))
    expect(await finish(late)).toBe('not_found')
    await pruneSignUps()
    expect(await db().select().from(oneTimeTokens).where(eq(oneTimeTokens.email, late))).toEqual([])
  })
})

describe('threats 60 and 61: the answer does not tell whether an address has an account', () => {
  test('at sign-up: same answer, same time, no row; a mail tells the owner', async () => {
    const known = await makePerson()
    const disabled = await makePerson()
    await disableUser(cli(), disabled.user.email)
    const unknown = newEmail()
    const times: number[] = []
    for (const email of [known.user.email, disabled.user.email, unknown]) {
      const began = performance.now()
      expect(await ask(email)).toEqual({ secret: expect.stringMatching(/^\w{43}$/) })
      times.push(performance.now() - began)
      expect(await outcome(ask(email, 'password'))).toBe('validation_failed')
    }
    expect(Math.min(...times)).toBeGreaterThan(395)
    expect((await mailTo(known.user.email)).map(({ kind }) => kind)).toEqual(['address_known'])
    expect(await mailTo(disabled.user.email)).toEqual([])
    expect((await mailTo(unknown)).map(({ kind }) => kind)).toEqual(['sign_up'])
  })

  test('at a change of address: the same waits, and the link that nobody has changes nothing', async () => {
    const [person, another] = [await makePerson(), await makePerson()]
    for (const [email, kind] of [
      [another.user.email, 'address_known'],
      [newEmail(), 'confirm_address'],
    ] as const) {
      expect(await outcome(requestEmailChange(person.actor, email))).toBe('done')
      expect(await readEmailChange(person.actor)).toBe(email)
      expect((await mailTo(email)).map((mail) => mail.kind)).toEqual([kind])
      expect((await mailTo(person.user.email)).at(-1)?.text).toContain(email)
    }
    expect(await outcome(proveAddress(person.actor, await linkTo(another.user.email)))).toBe('not_found')
  })
})

describe('nobody’s mailbox is filled', () => {
  test('by sign-up and changes of address together: five mails in a quarter of an hour, and the answer stays', async () => {
    const email = newEmail()
    await Promise.all(Array.from({ length: 6 }, () => ask(email)))
    const person = await makePerson()
    expect(await outcome(requestEmailChange(person.actor, email))).toBe('done')
    expect(await db().select().from(outbox).where(eq(outbox.recipient, email))).toHaveLength(5)
  })

  test('by invitations: ten a day to one address, from whomever', async () => {
    const email = newEmail()
    const people = await Promise.all(Array.from({ length: 11 }, () => makePerson()))
    const sent = await Promise.all(
      people.map(({ actor, projectId }) => outcome(sendInvitation(actor, projectId, { email, role: 'viewer' }))),
    )
    expect(sent.filter((each) => each === 'rate_limited')).toHaveLength(1)
    expect(sent.filter((each) => each === 'done')).toHaveLength(10)
  })
})
