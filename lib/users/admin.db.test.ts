import { eq, sql } from 'drizzle-orm'
import { generateSync } from 'otplib'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { users } from '@/db/schema'
import {
  auditOf,
  cli,
  mailTo,
  makeKey,
  makePerson,
  origin,
  outcome,
  PASSWORD,
  type Person,
  signInAs,
  verdict,
} from '@/db/testing'
import { beginAuthenticator, confirmAuthenticator } from '@/lib/second-factor/authenticator'
import { encodeSession, readSession } from '@/lib/session'
import { disableUser } from './disable'
import { enableUser } from './enable'
import { makeAdmin } from './make-admin'
import { removeAdmin } from './remove-admin'
import { resetSecondFactor } from './reset-second-factor'
import { searchUsers, searchUsersSchema } from './search'
import { signIn } from './sign-in'
import { signOutEverywhere } from './sign-out-everywhere'

let root: Person
let ada: Person

beforeAll(async () => {
  root = await makePerson({ name: 'Root', isAdmin: true })
  ada = await makePerson()
})

// Each test begins with one admin, who can act.
beforeEach(() => db().execute(sql`update users set is_admin = (id = ${root.user.id}), disabled_at = null`))

const isLive = async ({ actor }: Person) =>
  (await readSession(await encodeSession(actor.sessionId, actor.userId), origin())) !== null

const lastOf = async (person: Person, result?: 'refused') => (await auditOf(person.user.id, result)).at(-1)

describe('not for others', () => {
  const verbs = { disableUser, enableUser, makeAdmin, removeAdmin, resetSecondFactor, signOutEverywhere }
  test.each(Object.entries(verbs))('%s: refused to who is no admin, and written down', async (_, verb) => {
    const bob = await makePerson({ name: 'Bob' })
    expect(await outcome(verb(bob.actor, ada.user.id) as Promise<unknown>)).toBe('not_found')
    expect(await lastOf(ada, 'refused')).toMatchObject({ result: 'refused', actorId: bob.user.id })
    expect(await isLive(ada)).toBe(true)
  })

  test.each(Object.entries(verbs))('threat 41: %s: refused to an admin of a moment ago', async (_, verb) => {
    const bob = await makePerson({ name: 'Bob', isAdmin: true })
    await removeAdmin(root.actor, bob.user.id)
    expect(bob.actor.isAdmin).toBe(true)
    expect(await outcome(verb(bob.actor, ada.user.id) as Promise<unknown>)).toBe('not_found')
    await makeAdmin(root.actor, bob.user.id)
    await signOutEverywhere(root.actor, bob.user.id)
    // Where a recent proof is asked for, an ended session is noticed first.
    const refusals = ['not_found', 'invalid_credentials']
    expect(refusals).toContain(await outcome(verb(bob.actor, ada.user.id) as Promise<unknown>))
  })

  test.each(Object.entries(verbs))('%s: nobody by that id', async (_, verb) => {
    expect(await outcome(verb(root.actor, 'nobody') as Promise<unknown>)).toBe('not_found')
  })
})

test('who has lost their second factor signs in by password again, and is told', async () => {
  const person = await makePerson()
  expect(await outcome(resetSecondFactor(root.actor, person.user.id))).toBe('conflict')
  const { secret } = await beginAuthenticator(person.actor)
  const codes = await confirmAuthenticator(person.actor, generateSync({ secret }))
  expect(codes).toHaveLength(10)
  const find = async () => (await searchUsers(root.actor, searchUsersSchema.parse({ q: person.user.email }))).data
  expect(await find()).toMatchObject([{ id: person.user.id, twoStep: true }])
  await resetSecondFactor(root.actor, person.user.id)
  expect(await find()).toMatchObject([{ twoStep: false }])
  expect(await isLive(person)).toBe(false)
  expect(await lastOf(person)).toMatchObject({ action: 'user.second_factor_reset', changes: { factors: [1, 0] } })
  expect((await mailTo(person.user.email)).map(({ kind }) => kind)).toContain('second_factor_reset')
  const entered = await signIn(origin(), { email: person.user.email, password: PASSWORD })
  expect(await readSession(await encodeSession(entered.sessionId, entered.userId), origin())).not.toBeNull()
})

test('an admin is made and unmade, each once', async () => {
  await makeAdmin(root.actor, ada.user.id)
  expect(await lastOf(ada)).toMatchObject({ action: 'user.made_admin', actorId: root.user.id, result: 'allowed' })
  expect(await signInAs(ada.user)).toMatchObject({ isAdmin: true })
  expect(await outcome(makeAdmin(root.actor, ada.user.id))).toBe('conflict')
  const both = await Promise.all([1, 2].map(() => outcome(removeAdmin(root.actor, ada.user.id))))
  expect(both.sort()).toEqual(['conflict', 'done'])
  expect(await signInAs(ada.user)).toMatchObject({ isAdmin: false })
})

test('disabled: sessions and keys are dead at once; enabled: the keys work again, the sessions do not', async () => {
  const person = await makePerson()
  const { secret } = await makeKey(person)
  expect(await verdict(secret)).toBe('good')
  await disableUser(root.actor, person.user.id)
  expect([await isLive(person), await verdict(secret)]).toEqual([false, 'invalid_credentials'])
  expect(root.actor.origin.narrowedAt).toBeGreaterThan(0)
  expect(await outcome(makeAdmin(root.actor, person.user.id))).toBe('conflict')
  expect(await outcome(disableUser(root.actor, person.user.id))).toBe('conflict')
  await enableUser(root.actor, person.user.id)
  expect([await isLive(person), await verdict(secret)]).toEqual([false, 'good'])
  expect(await outcome(signIn(origin(), { email: person.user.email, password: PASSWORD }))).toBe('done')
  expect(await lastOf(person)).toMatchObject({ action: 'session.started' })
  expect((await auditOf(person.user.id)).at(-2)).toMatchObject({ action: 'user.enabled', actorId: root.user.id })
  expect(await outcome(enableUser(root.actor, person.user.id))).toBe('conflict')
})

test('signed out everywhere', async () => {
  const person = await makePerson()
  await signInAs(person.user)
  expect(await signOutEverywhere(root.actor, person.user.id)).toBe(2)
  expect(await isLive(person)).toBe(false)
  expect(await lastOf(person)).toMatchObject({ action: 'user.signed_out', changes: { sessions: [null, 2] } })
  expect(await signOutEverywhere(root.actor, person.user.id)).toBe(0)
})

describe('the last admin', () => {
  test('is neither demoted nor disabled, by whomever', async () => {
    for (const actor of [root.actor, cli()]) {
      expect(await outcome(removeAdmin(actor, root.user.id))).toBe('conflict')
      expect(await outcome(disableUser(actor, root.user.id))).toBe('conflict')
    }
    expect(await lastOf(root, 'refused')).toMatchObject({ result: 'refused', changes: { refusal: [null, 'conflict'] } })
  })

  test('is the one who can act: disabled admins do not count', async () => {
    const bob = await makePerson({ isAdmin: true })
    await disableUser(root.actor, bob.user.id)
    expect(await outcome(removeAdmin(root.actor, root.user.id))).toBe('conflict')
  })

  test('is left when two admins demote or disable each other at once, 50 rounds', async () => {
    const [first, second] = await Promise.all([makePerson({ isAdmin: true }), makePerson({ isAdmin: true })])
    const acts = [removeAdmin, disableUser] as const
    for (let round = 0; round < 50; round++) {
      await db().update(users).set({ isAdmin: false }).where(eq(users.id, root.user.id))
      await db().execute(sql`update users set is_admin = true, disabled_at = null
        where id in (${first.user.id}, ${second.user.id})`)
      const [a, b] = [await signInAs(first.user), await signInAs(second.user)]
      const [one, other] = [acts[round % 2] ?? removeAdmin, acts[(round >> 1) % 2] ?? removeAdmin]
      const outcomes = await Promise.all([outcome(one(a, second.user.id)), outcome(other(b, first.user.id))])
      const refused = outcomes.filter((each) => each !== 'done')
      // Who came second was no admin any more, or signed out.
      expect(refused).toEqual([expect.stringMatching(/^(not_found|invalid_credentials)$/)])
      const admins = await db().select().from(users).where(sql`is_admin and disabled_at is null`)
      expect(admins).toHaveLength(1)
    }
  })

  test('is left when two admins step back at once', async () => {
    const bob = await makePerson({ isAdmin: true })
    const both = [removeAdmin(root.actor, root.user.id), removeAdmin(bob.actor, bob.user.id)]
    expect((await Promise.all(both.map(outcome))).sort()).toEqual(['conflict', 'done'])
  })
})

describe('search', () => {
  const search = async (fields = {}) => searchUsers(root.actor, searchUsersSchema.parse(fields))
  const names = async (fields = {}) => (await search(fields)).data.map(({ name }) => name)

  test('by part of a name or address, or the start with fewer than three letters', async () => {
    await makePerson({ name: 'Zoë Ärmel' })
    expect(await names({ q: 'ärm' })).toEqual(['Zoë Ärmel'])
    expect(await names({ q: 'ZO' })).toEqual(['Zoë Ärmel'])
    expect(await names({ q: 'rm' })).toEqual([])
    expect(await names({ q: root.user.email.slice(2) })).toContain('Root')
    for (const q of ["'; drop table users --", '%%%', '\\', 'x'.repeat(200)]) expect(await names({ q })).toEqual([])
  })

  test('says of each what is theirs', async () => {
    const person = await makePerson({ name: 'Counted' })
    await makeKey(person)
    const [found] = (await search({ q: 'counted' })).data
    expect(found).toMatchObject({ projects: 1, keys: 1, sessions: 1, isAdmin: false, status: 'active' })
    expect(Date.parse(found?.lastSeenAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(JSON.stringify(found)).not.toContain('argon2')
  })

  test('admins only, disabled only', async () => {
    const gone = await makePerson({ name: 'Gone' })
    await disableUser(root.actor, gone.user.id)
    expect(await names({ show: 'disabled' })).toEqual(['Gone'])
    expect(await names({ show: 'admins' })).toEqual(['Root'])
  })

  test('page by page, there and back', async () => {
    const all = await names({ limit: 100 })
    const first = await search({ limit: 2 })
    const second = await search({ limit: 2, cursor: first.nextCursor ?? '' })
    expect([...first.data, ...second.data].map(({ name }) => name)).toEqual(all.slice(0, 4))
    expect((await search({ limit: 2, cursor: second.previousCursor ?? '' })).data).toEqual(first.data)
    expect(first.previousCursor).toBeNull()
    await expect(search({ cursor: 'no cursor' })).rejects.toMatchObject({ code: 'validation_failed' })
  })

  test('threat 42: not for others', async () => {
    expect(await outcome(searchUsers(ada.actor, searchUsersSchema.parse({})))).toBe('not_found')
    const basic = { ...root.actor, sessionId: null }
    expect(await outcome(searchUsers(basic, searchUsersSchema.parse({})))).toBe('not_found')
  })
})
