import { eq, sql } from 'drizzle-orm'
import { encode } from 'next-auth/jwt'
import { beforeEach, expect, test, vi } from 'vitest'
import { db } from '@/db'
import { sessions, users } from '@/db/schema'
import { addMember, auditOf, cli, makeKey, makePerson, origin, outcome, type Person, signInAs } from '@/db/testing'
import type { SessionActor } from '@/lib/actor'
import { env } from '@/lib/env'
import { changeRole } from '@/lib/members/change-role'
import { createProject } from '@/lib/projects/create'
import { encodeSession, readSession, sessionCookieName } from '@/lib/session'
import { makeAdmin } from '@/lib/users/make-admin'
import { removeAdmin } from '@/lib/users/remove-admin'
import { endSession, signOut, signOutElsewhere } from './end'
import { listSessions } from './list'
import { renewSession } from './renew'

let ada: Person

beforeEach(async () => {
  ada = await makePerson()
})

const isLive = async (sessionId: string) =>
  (await readSession(await encodeSession(sessionId, ada.user.id), origin())) !== null

test('threat 56: after signing out the old cookie is dead, whoever kept it', async () => {
  const cookie = await encodeSession(ada.actor.sessionId, ada.user.id)
  expect(await readSession(cookie, origin())).toMatchObject({ userId: ada.user.id })
  await signOut(ada.actor)
  expect(await readSession(cookie, origin())).toBeNull()
  await signOut(ada.actor)
  expect((await auditOf(ada.user.id)).filter((row) => row.action === 'session.ended')).toHaveLength(1)
})

test('one is ended, or all others; those of other people are not found', async () => {
  const [second, third] = [await signInAs(ada.user), await signInAs(ada.user)]
  expect((await listSessions(ada.actor)).filter(({ current }) => current)).toHaveLength(1)
  await endSession(ada.actor, second.sessionId)
  expect([await isLive(second.sessionId), await isLive(third.sessionId)]).toEqual([false, true])
  expect(await outcome(endSession(ada.actor, second.sessionId))).toBe('not_found')
  const bob = await makePerson({ name: 'Bob' })
  expect(await outcome(endSession(bob.actor, third.sessionId))).toBe('not_found')
  expect(await isLive(third.sessionId)).toBe(true)
  expect(await signOutElsewhere(ada.actor)).toBe(1)
  expect((await listSessions(ada.actor)).map(({ id }) => id)).toEqual([ada.actor.sessionId])
})

test('of two that end the same session at once one does it', async () => {
  const second = await signInAs(ada.user)
  const both = [endSession(ada.actor, second.sessionId), endSession(ada.actor, second.sessionId)]
  expect((await Promise.all(both.map(outcome))).sort()).toEqual(['done', 'not_found'])
})

test('threat 85: when the audit row cannot be written the session goes on', async () => {
  await db().execute(sql`alter table audit_events rename to audit_gone`)
  try {
    await expect(signOut(ada.actor)).rejects.toThrow()
  } finally {
    await db().execute(sql`alter table audit_gone rename to audit_events`)
  }
  expect(await isLive(ada.actor.sessionId)).toBe(true)
})

test.each(['created_at', 'last_seen_at'])('threat 59: a session whose %s lies too far back is over', async (column) => {
  const days = column === 'created_at' ? env().SESSION_MAX_DAYS : env().SESSION_IDLE_DAYS
  const set = (seconds: number) =>
    db().execute(sql`update sessions set ${sql.identifier(column)} =
      now() - make_interval(days => ${days}, secs => ${seconds}) where id = ${ada.actor.sessionId}`)
  const isStale = async () =>
    Date.now() -
      Number((await db().select().from(sessions).where(eq(sessions.id, ada.actor.sessionId)))[0]?.lastSeenAt) >
    30_000
  await set(-60)
  expect(await isLive(ada.actor.sessionId)).toBe(true)
  // Being in use was noted meanwhile, in its own time.
  await vi.waitFor(async () => expect(await isStale()).toBe(false))
  await set(1)
  expect(await isLive(ada.actor.sessionId)).toBe(false)
  expect(await listSessions(ada.actor)).toEqual([])
})

test('that it is in use is noted, at most once a minute', async () => {
  const seen = async () =>
    Number((await db().select().from(sessions).where(eq(sessions.id, ada.actor.sessionId)))[0]?.lastSeenAt)
  const before = await seen()
  await isLive(ada.actor.sessionId)
  expect(await seen()).toBe(before)
  await db().execute(
    sql`update sessions set last_seen_at = now() - interval '61 seconds' where id = ${ada.actor.sessionId}`,
  )
  await isLive(ada.actor.sessionId)
  await vi.waitFor(async () => expect(await seen()).toBeGreaterThanOrEqual(before))
})

test('threat 41: losing the admin role counts from the next request on', async () => {
  const admin = await makePerson({ isAdmin: true })
  const cookie = await encodeSession(admin.actor.sessionId, admin.user.id)
  expect(await readSession(cookie, origin())).toMatchObject({ isAdmin: true })
  await db().update(users).set({ isAdmin: false }).where(eq(users.id, admin.user.id))
  expect(await readSession(cookie, origin())).toMatchObject({ isAdmin: false })
})

test('threat 57: cookies that are not ours are nobody', async () => {
  const good = await encodeSession(ada.actor.sessionId, ada.user.id)
  const token = { sub: ada.user.id, sid: ada.actor.sessionId }
  const otherSecret = await encode({ token, secret: 'x'.repeat(32), salt: sessionCookieName() })
  const otherCookie = await encode({ token, secret: env().AUTH_SECRET, salt: 'authjs.state' })
  const expired = await encode({ token, secret: env().AUTH_SECRET, salt: sessionCookieName(), maxAge: -60 })
  const noSession = await encode({ token: { sub: ada.user.id }, secret: env().AUTH_SECRET, salt: sessionCookieName() })
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(token)).toString('base64url')}.`
  for (const cookie of [
    '',
    'x',
    none,
    otherSecret,
    otherCookie,
    expired,
    noSession,
    `${good.slice(0, -2)}AA`,
    ada.actor.sessionId,
  ]) {
    expect(await readSession(cookie, origin())).toBeNull()
  }
})

/** The person of a session as the next request finds them, a while after the session got its id. */
const lookAgain = async ({ sessionId, userId }: SessionActor) =>
  readSession(await encodeSession(sessionId, userId), origin())

const aged = (seconds: number) =>
  db().execute(sql`update sessions set id_since = now() - make_interval(secs => ${seconds}),
    created_at = now() - make_interval(secs => ${seconds})`)

test('threat 55: after a change of role the session goes on under another id, and the old one is dead', async () => {
  const bob = await makePerson({ name: 'Bob', isAdmin: true })
  await addMember(bob.projectId, ada, 'viewer')
  const changes = {
    'a site admin': () => makeAdmin(cli(), ada.user.id),
    'none any more': () => removeAdmin(cli(), ada.user.id),
    'more in a project': () => changeRole(bob.actor, bob.projectId, ada.user.id, 'owner'),
    'less in a project, by themselves': () => changeRole(ada.actor, bob.projectId, ada.user.id, 'developer'),
    'a member': async () => addMember((await makePerson()).projectId, ada, 'viewer'),
    'the owner of a new project': () => createProject(ada.actor, { name: 'Another' }),
  }
  for (const [what, change] of Object.entries(changes)) {
    await aged(1)
    // What came before the session says nothing about it.
    await db().execute(sql`update users set role_since = now() - interval '1 minute'`)
    await db().execute(sql`update memberships set role_since = now() - interval '1 minute'`)
    expect(await lookAgain(ada.actor), what).toMatchObject({ awaitsRenewal: false })
    await change()
    const [before, other] = [await lookAgain(ada.actor), await lookAgain(bob.actor)]
    expect([before?.awaitsRenewal, other?.awaitsRenewal], what).toEqual([true, false])
    const renewed = (await Promise.all([renewSession(ada.actor), renewSession(ada.actor)])).filter((id) => id !== null)
    expect(renewed, what).toHaveLength(1)
    expect(await lookAgain(ada.actor), what).toBeNull()
    const actor = await lookAgain({ ...ada.actor, sessionId: renewed[0] ?? '' })
    if (!before || !actor) throw new Error(`nobody is signed in after becoming ${what}`)
    // It has not begun anew: neither does it end later, nor has anybody signed in.
    expect(actor, what).toMatchObject({ awaitsRenewal: false, expiresAt: before.expiresAt })
    ada.actor = actor
  }
  const written = (await auditOf(ada.user.id)).filter(({ action }) => action === 'session.renewed')
  expect(written).toHaveLength(Object.keys(changes).length)
})

test('until the next page the old id still does what it was asked to do', async () => {
  const bob = await makePerson({ name: 'Bob' })
  await addMember(bob.projectId, ada, 'viewer')
  await aged(1)
  await changeRole(bob.actor, bob.projectId, ada.user.id, 'developer')
  expect(await outcome(makeKey({ actor: ada.actor, projectId: bob.projectId }))).toBe('done')
})
