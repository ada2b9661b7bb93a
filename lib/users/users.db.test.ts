import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { db } from '@/db'
import { oneTimeTokens, sessions, users } from '@/db/schema'
import {
  auditOf,
  cli,
  makeKey,
  makePerson,
  origin,
  outcome,
  PASSWORD,
  type Person,
  signInAs,
  verdict,
} from '@/db/testing'
import { env } from '@/lib/env'
import { findProject } from '@/lib/projects/find'
import { forget, once } from '@/lib/runtime'
import { encodeSession, readSession } from '@/lib/session'
import { listSessions } from '@/lib/sessions/list'
import { changePassword } from './change-password'
import { createUser, signUp } from './create'
import { disableUser } from './disable'
import { isSetUpOpen, prepareFirstAdmin, setUpFirstAdmin } from './first-admin'
import { hashPassword } from './passwords'
import { renameUser } from './rename'
import { signIn } from './sign-in'

const other = 'nine quiet badgers paint fences'
let ada: Person

beforeAll(async () => {
  ada = await makePerson()
})

// Each test has its attempts for itself.
beforeEach(() => {
  for (const name of ['signInPerAddress', 'signInPerAccountAndAddress', 'signInPerAccount', 'signUpPerAddress']) {
    forget(`limit-${name}`)
  }
})

const isLive = async (sessionId: string, userId: string) =>
  (await readSession(await encodeSession(sessionId, userId), origin())) !== null

describe('sign up', () => {
  const grace = (fields = {}) => ({ name: 'Grace', email: 'grace@example.com', password: PASSWORD, ...fields })

  test('an account with a project of its own, then a session', async () => {
    const user = await signUp(origin(), grace())
    const { userId, sessionId } = await signIn(origin(), { email: 'Grace@Example.com', password: PASSWORD })
    const actor = await readSession(await encodeSession(sessionId, userId), origin())
    expect(actor).toMatchObject({ userId: user.id, name: 'Grace', isAdmin: false })
    if (actor) expect(await findProject(actor, user.project.slug)).toMatchObject({ role: 'owner' })
    expect((await auditOf(user.id)).map((row) => row.action)).toEqual(['user.created', 'session.started'])
  })

  test('threat 11: the password is kept as argon2id at no less than OWASP asks', async () => {
    const [row] = await db().select().from(users).where(eq(users.email, ada.user.email))
    const [, memory, time] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$/.exec(String(row?.passwordHash)) ?? []
    expect(Number(memory)).toBeGreaterThanOrEqual(19 * 1024)
    expect(Number(time)).toBeGreaterThanOrEqual(2)
  })

  test('of five at once with one address one gets it, and the others are told', async () => {
    const five = await Promise.allSettled(
      Array.from({ length: 5 }, () => signUp(origin(), grace({ email: 'five@example.com' }))),
    )
    expect(five.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const each of five) {
      if (each.status === 'rejected')
        expect(each.reason).toMatchObject({ errors: { email: [expect.stringContaining('already')] } })
    }
  })

  test('thirty a minute from one client address, also in one burst and for one /64', async () => {
    const weak = (n: number) =>
      outcome(signUp(origin({ address: `2001:db8:1:2::${n.toString(16)}` }), grace({ password: 'password' })))
    const all = await Promise.all(Array.from({ length: 40 }, (_, n) => weak(n)))
    expect(all.filter((each) => each === 'rate_limited').length).toBeGreaterThanOrEqual(9)
    expect(await outcome(signUp(origin({ address: '2001:db8:1:3::1' }), grace({ password: 'password' })))).toBe(
      'validation_failed',
    )
  })

  test.each(['closed', 'invite'])('not where it is %s', async (mode) => {
    process.env.SIGN_UP = mode
    forget('env')
    try {
      expect(await outcome(signUp(origin(), grace({ email: 'late@example.com' })))).toBe('forbidden')
    } finally {
      delete process.env.SIGN_UP
      forget('env')
    }
  })
})

describe('sign in', () => {
  const attempt = (fields = {}, from = {}) =>
    signIn(origin(from), { email: ada.user.email, password: 'wrong', ...fields })
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => null,
      ({ code, message, errors }) => ({ code, message, errors }),
    )

  test('threat 60: unknown, wrong, disabled and malformed get the same answer', async () => {
    const gone = await makePerson()
    await disableUser(cli(), gone.user.email)
    const wrong = await refusal(attempt())
    expect(wrong).toMatchObject({ code: 'invalid_credentials' })
    expect(await refusal(attempt({ email: 'nobody@example.com' }))).toEqual(wrong)
    expect(await refusal(attempt({ email: gone.user.email, password: PASSWORD }))).toEqual(wrong)
    for (const email of ['', 'x', '\0', `${ada.user.email},b@example.com`, 'a\r\nb@example.com', "' or 1=1 --"]) {
      expect(await refusal(attempt({ email, password: PASSWORD }))).toEqual(wrong)
    }
  })

  test('threat 62: ten wrong passwords for an account from one address, then no more', async () => {
    const codes = []
    for (let n = 0; n < 12; n++) codes.push(await outcome(attempt()))
    expect(codes).toEqual([...Array(10).fill('invalid_credentials'), 'rate_limited', 'rate_limited'])
    expect(await outcome(attempt({ password: PASSWORD }))).toBe('rate_limited')
  })

  test('threat 64: a burst in parallel gets no more than the quota', async () => {
    const codes = await Promise.all(
      Array.from({ length: 40 }, () => outcome(attempt({}, { address: '198.51.100.77' }))),
    )
    expect(codes.filter((code) => code === 'invalid_credentials').length).toBeLessThanOrEqual(11)
  })

  test('threat 62: guesses from everywhere shut strangers out, and not who has been there before', async () => {
    const person = await makePerson()
    await signInAs(person.user, { address: '192.0.2.1' })
    const burst = Array.from({ length: 60 }, (_, n) =>
      attempt({ email: person.user.email }, { address: `198.51.100.${n}` }),
    )
    const codes = await Promise.all(burst.map(outcome))
    expect(codes.filter((code) => code === 'rate_limited').length).toBeGreaterThanOrEqual(9)
    const right = { email: person.user.email, password: PASSWORD }
    expect(await outcome(attempt(right, { address: '203.0.113.200' }))).toBe('rate_limited')
    expect(await outcome(attempt(right, { address: '192.0.2.1' }))).toBe('done')
  })

  test('threat 62: of IPv6 the /64 is known, since devices change the rest of an address by themselves', async () => {
    const person = await makePerson()
    await signInAs(person.user, { address: '2001:db8:1:2::1' })
    await signInAs(person.user, { address: null })
    for (let n = 0; n < 51; n++) await outcome(attempt({ email: person.user.email }, { address: `198.51.101.${n}` }))
    const right = { email: person.user.email, password: PASSWORD }
    expect(await outcome(attempt(right, { address: '2001:db8:1:2:3::4' }))).toBe('done')
    expect(await outcome(attempt(right, { address: '2001:db8:1:3::1' }))).toBe('rate_limited')
  })

  test('a right password costs no attempt', async () => {
    for (let n = 0; n < 15; n++) expect(await outcome(attempt({ password: PASSWORD }))).toBe('done')
  })

  test('threat 63: another spelling of the account or the address renews nothing', async () => {
    const spellings = ['', ' ', '\u3000'].flatMap((end) => [ada.user.email + end, ada.user.email.toUpperCase() + end])
    const from = { address: '2001:db8::1' }
    for (let n = 0; n < 10; n++) await outcome(attempt({ email: spellings[n % spellings.length] }, from))
    expect(await outcome(attempt({}, { address: '2001:db8::ffff' }))).toBe('rate_limited')
  })

  test('threat 67: up to 1 MB of password is refused as wrong, at once', async () => {
    const start = performance.now()
    for (const password of ['', '\0', 'x'.repeat(4096), 'x'.repeat(1_000_000)]) {
      expect(await outcome(attempt({ password }))).toBe('invalid_credentials')
    }
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  test('threat 68: of 230 at once some wait, some are told to come back, and all are answered', async () => {
    const many = Array.from({ length: 230 }, (_, n) =>
      attempt({ email: `n${n}@example.com` }, { address: `10.1.${n}.1` }),
    )
    const codes = await Promise.all(many.map(outcome))
    expect(new Set(codes)).toEqual(new Set(['invalid_credentials', 'rate_limited']))
  })

  test('a session is not started by a password that was changed, or an account that was disabled, meanwhile', async () => {
    for (const change of [{ passwordHash: await hashPassword(other) }, { disabledAt: new Date() }]) {
      const person = await makePerson()
      const turns = once('argon2', () => ({ running: 0, waiting: [] as (() => void)[] }))
      turns.running += 2
      const pending = outcome(attempt({ email: person.user.email, password: PASSWORD }))
      await vi.waitFor(() => expect(turns.waiting).toHaveLength(1))
      await db().update(users).set(change).where(eq(users.id, person.user.id))
      turns.running -= 2
      turns.running += 1
      turns.waiting.shift()?.()
      expect(await pending).toBe('invalid_credentials')
      const live = await db().select().from(sessions).where(eq(sessions.userId, person.user.id))
      expect(live.filter(({ id }) => id !== person.actor.sessionId)).toEqual([])
    }
  })
})

describe('password', () => {
  test('threat 56: changing it ends all other sessions, and only those', async () => {
    const person = await makePerson()
    const elsewhere = await signInAs(person.user)
    const { sessionId, ended } = await changePassword(person.actor, { currentPassword: PASSWORD, newPassword: other })
    expect(ended).toBe(1)
    expect(await isLive(sessionId, person.user.id)).toBe(true)
    // A copy of the cookie that asked is out too.
    expect(await isLive(person.actor.sessionId, person.user.id)).toBe(false)
    expect(await isLive(elsewhere.sessionId, person.user.id)).toBe(false)
    expect(await outcome(signIn(origin(), { email: person.user.email, password: PASSWORD }))).toBe(
      'invalid_credentials',
    )
    expect(await outcome(signIn(origin(), { email: person.user.email, password: other }))).toBe('done')
    expect((await auditOf(person.user.id)).map((row) => row.action)).toContain('user.password_changed')
  })

  test('not without the current one, to no weak one, and of two at once one', async () => {
    const person = await makePerson()
    const change = (currentPassword: string, newPassword: string) =>
      changePassword(person.actor, { currentPassword, newPassword })
    await expect(change('wrong', other)).rejects.toMatchObject({ errors: { currentPassword: [expect.any(String)] } })
    await expect(change(PASSWORD, 'password')).rejects.toMatchObject({ errors: { newPassword: [expect.any(String)] } })
    const both = await Promise.all([change(PASSWORD, other), change(PASSWORD, `${other} too`)].map(outcome))
    expect(both.filter((each) => each === 'done')).toHaveLength(1)
  })

  test('threat 85: when the audit row cannot be written it stays, and so do the sessions', async () => {
    const person = await makePerson()
    const elsewhere = await signInAs(person.user)
    await db().execute(sql`alter table audit_events rename to audit_gone`)
    try {
      await expect(changePassword(person.actor, { currentPassword: PASSWORD, newPassword: other })).rejects.toThrow()
      await expect(disableUser(cli(), person.user.email)).rejects.toThrow()
      await expect(renameUser(person.actor, 'Lost')).rejects.toThrow()
    } finally {
      await db().execute(sql`alter table audit_gone rename to audit_events`)
    }
    expect(await isLive(elsewhere.sessionId, person.user.id)).toBe(true)
    const [row] = await db().select().from(users).where(eq(users.id, person.user.id))
    expect(row).toMatchObject({ name: 'Ada', disabledAt: null })
    expect(await outcome(signIn(origin(), { email: person.user.email, password: PASSWORD }))).toBe('done')
  })
})

describe('disable', () => {
  test('threat 33: sessions and keys are dead on the next request', async () => {
    const person = await makePerson()
    const { secret } = await makeKey(person)
    await disableUser(cli(), person.user.email)
    expect(await isLive(person.actor.sessionId, person.user.id)).toBe(false)
    expect(await verdict(secret)).toBe('invalid_credentials')
    expect(await outcome(makeKey(person))).toBe('not_found')
    expect((await auditOf(person.user.id)).at(-1)).toMatchObject({
      action: 'user.disabled',
      actorKind: 'system',
      actorName: 'cli',
    })
  })

  test('twice or at once: one does it; nobody of that address: not found', async () => {
    const { user } = await makePerson()
    const both = await Promise.all([disableUser(cli(), user.email), disableUser(cli(), user.email)].map(outcome))
    expect(both.sort()).toEqual(['conflict', 'done'])
    expect(await outcome(disableUser(cli(), 'nobody@example.com'))).toBe('not_found')
  })

  test('against ten sign-ins and ten new keys at once: nothing works after it', async () => {
    const person = await makePerson()
    const right = { email: person.user.email, password: PASSWORD }
    const signIns = Promise.allSettled(Array.from({ length: 10 }, () => signIn(origin(), right)))
    const keys = Promise.allSettled(Array.from({ length: 10 }, () => makeKey(person)))
    await disableUser(cli(), person.user.email)
    for (const each of await keys) {
      if (each.status === 'fulfilled') expect(await verdict(each.value.secret)).toBe('invalid_credentials')
    }
    for (const each of await signIns) {
      if (each.status === 'fulfilled') expect(await isLive(each.value.sessionId, person.user.id)).toBe(false)
    }
    expect(await listSessions(person.actor)).toEqual([])
  })
})

describe('the first admin', () => {
  const root = (email: string, token: string) => ({ name: 'Root', email, password: PASSWORD, token })
  const tokenOf = (link: string | null) => new URL(String(link)).searchParams.get('token') ?? ''

  test('a link works once: of two at once one wins, and then there is no other link', async () => {
    const link = await prepareFirstAdmin()
    expect(link).toMatch(/^http:\/\/localhost:3000\/setup\?token=[0-9A-Za-z]{43}$/)
    const token = tokenOf(link)
    expect(await isSetUpOpen(token)).toBe(true)
    const both = await Promise.all(
      ['r1@example.com', 'r2@example.com'].map((email) => outcome(setUpFirstAdmin(origin(), root(email, token)))),
    )
    expect(both.sort()).toEqual(['done', 'not_found'])
    expect(await db().select().from(users).where(eq(users.isAdmin, true))).toHaveLength(1)
    expect(await isSetUpOpen(token)).toBe(false)
    expect(await prepareFirstAdmin()).toBeNull()
    await db().update(users).set({ isAdmin: false })
  })

  test('threat 12: of the link only a hash is stored', async () => {
    const token = tokenOf(await prepareFirstAdmin())
    expect(JSON.stringify(await db().select().from(oneTimeTokens))).not.toContain(token.slice(0, 16))
  })

  test('a later start makes the earlier link dead, a day makes any', async () => {
    const earlier = tokenOf(await prepareFirstAdmin())
    const later = tokenOf(await prepareFirstAdmin())
    expect([await isSetUpOpen(earlier), await isSetUpOpen(later)]).toEqual([false, true])
    await db().execute(sql`update one_time_tokens set expires_at = now()`)
    expect(await outcome(setUpFirstAdmin(origin(), root('late@example.com', later)))).toBe('not_found')
  })

  test('an account that somebody made with the address of the admin to be is not made one', async () => {
    const { user } = await makePerson()
    Object.assign(env(), { ADMIN_EMAIL: user.email, ADMIN_PASSWORD: PASSWORD })
    try {
      await expect(prepareFirstAdmin()).rejects.toThrow(
        `ADMIN_EMAIL: there is an account with the address ${user.email}`,
      )
    } finally {
      forget('env')
    }
  })

  test('two instances that start at once give one link that works, or make one admin', async () => {
    const links = await Promise.all([prepareFirstAdmin(), prepareFirstAdmin()])
    const open = await Promise.all(links.map((link) => isSetUpOpen(tokenOf(link))))
    expect(open.filter(Boolean)).toHaveLength(1)
    Object.assign(env(), { ADMIN_EMAIL: 'Boss@example.com', ADMIN_PASSWORD: PASSWORD })
    try {
      expect(await Promise.all([prepareFirstAdmin(), prepareFirstAdmin()])).toEqual([null, null])
    } finally {
      forget('env')
    }
    const admins = await db().select().from(users).where(eq(users.isAdmin, true))
    expect(admins.map(({ email }) => email)).toEqual(['boss@example.com'])
    const token = tokenOf(links[open.indexOf(true)] ?? null)
    expect(await outcome(setUpFirstAdmin(origin(), root('second@example.com', token)))).toBe('not_found')
  })
})

test('accounts from the command line', async () => {
  const input = { name: 'Op', email: 'op@example.com', password: PASSWORD, isAdmin: true }
  const user = await createUser(cli(), input)
  expect((await auditOf(user.id))[0]).toMatchObject({
    actorKind: 'system',
    actorName: 'cli',
    changes: { isAdmin: [null, true] },
  })
  await expect(createUser(cli(), input)).rejects.toMatchObject({ errors: { email: [expect.any(String)] } })
})

test('a new name is written down with the old one', async () => {
  const person = await makePerson()
  await renameUser(person.actor, 'Ada L.')
  expect((await auditOf(person.user.id)).at(-1)).toMatchObject({
    action: 'user.renamed',
    changes: { name: ['Ada', 'Ada L.'] },
  })
})
