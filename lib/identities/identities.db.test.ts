import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { db } from '@/db'
import { identities, outbox, sitePolicy, users } from '@/db/schema'
import { auditOf, mailTo, makePerson, origin, outcome, type Person } from '@/db/testing'
import { randomId } from '@/lib/credentials'
import { acceptInvitation } from '@/lib/invitations/accept'
import { sendInvitation } from '@/lib/invitations/send'
import { withdrawInvitation } from '@/lib/invitations/withdraw'
import { findProject } from '@/lib/projects/find'
import { encodeSession, readHalfSession, readSession } from '@/lib/session'
import { type Claim, readClaim, sealClaim } from './claim'
import { linkIdentity, listIdentities, unlinkIdentity } from './link'
import { signInElsewhere } from './sign-in'

const claim = (fields: Partial<Claim> = {}): Claim => {
  const subject = randomId()
  const email = `${subject.toLowerCase()}@example.org`
  return { provider: 'github', subject, email, emailVerified: true, name: 'Noor Elsewhere', ...fields }
}

let ada: Person

beforeEach(async () => {
  ada = await makePerson()
  await db().update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, ada.user.id))
})

test('somebody new gets an account without a password, and comes back to the same one', async () => {
  const noor = claim()
  const first = await signInElsewhere(origin(), noor)
  const again = await signInElsewhere(origin(), { ...noor, email: 'moved@example.org', emailVerified: false })
  if (first.kind !== 'signed-in' || again.kind !== 'signed-in') throw new Error(`${first.kind}, ${again.kind}`)
  expect(again.userId).toBe(first.userId)
  expect(await readSession(await encodeSession(again.sessionId, again.userId), origin())).toMatchObject({
    name: 'Noor Elsewhere',
    email: noor.email,
  })
  const [user] = await db().select().from(users).where(eq(users.id, first.userId))
  expect(user).toMatchObject({ passwordHash: null, emailVerifiedAt: expect.any(Date) })
  expect((await auditOf(first.userId)).map(({ action }) => action)).toEqual([
    'user.created',
    'user.identity_linked',
    'session.started',
    'session.started',
  ])
})

test('of two that come for the first time at once one makes the account', async () => {
  const noor = claim()
  const kinds = (await Promise.all([0, 1].map(() => signInElsewhere(origin(), noor)))).map(({ kind }) => kind)
  expect(kinds).toContain('signed-in')
  expect(
    await db()
      .select()
      .from(users)
      .where(eq(users.email, noor.email ?? '')),
  ).toHaveLength(1)
})

test('threat 66: an address alone opens no account, and an unverified one does not even tell whether there is one', async () => {
  expect(await signInElsewhere(origin(), claim({ email: ada.user.email }))).toEqual({ kind: 'link' })
  for (const fields of [{ emailVerified: false }, { email: null }, { email: ada.user.email, emailVerified: false }]) {
    expect(await signInElsewhere(origin(), claim(fields))).toEqual({ kind: 'unverified' })
  }
})

test('nobody gets an account while sign-up is not open; who has one comes in', async () => {
  const noor = claim()
  await signInElsewhere(origin(), noor)
  await db()
    .insert(sitePolicy)
    .values({ id: 'site', values: { signUp: 'invite' } })
  try {
    expect(await signInElsewhere(origin(), claim())).toEqual({ kind: 'uninvited' })
    expect(await signInElsewhere(origin(), noor)).toMatchObject({ kind: 'signed-in' })
    await db()
      .update(sitePolicy)
      .set({ values: { signUp: 'closed' } })
    expect(await signInElsewhere(origin(), claim())).toEqual({ kind: 'closed' })
    expect(await signInElsewhere(origin(), noor)).toMatchObject({ kind: 'signed-in' })
  } finally {
    await db().delete(sitePolicy)
  }
})

test('where sign-up is by invitation, one for the verified address opens the way in, while it stands', async () => {
  const noor = claim()
  const email = noor.email ?? ''
  const { id } = await sendInvitation(ada.actor, ada.projectId, { email, role: 'viewer' })
  const token = /\/invitations\/(\w+)/.exec((await mailTo(email))[0]?.text ?? '')?.[1] ?? ''
  await db()
    .insert(sitePolicy)
    .values({ id: 'site', values: { signUp: 'invite' } })
  try {
    expect(await signInElsewhere(origin(), { ...noor, emailVerified: false })).toEqual({ kind: 'unverified' })
    expect(await signInElsewhere(origin(), claim())).toEqual({ kind: 'uninvited' })
    await db()
      .update(sitePolicy)
      .set({ values: { signUp: 'closed' } })
    expect(await signInElsewhere(origin(), noor)).toEqual({ kind: 'closed' })
    await db()
      .update(sitePolicy)
      .set({ values: { signUp: 'invite' } })
    const entered = await signInElsewhere(origin(), noor)
    if (entered.kind !== 'signed-in') throw new Error(entered.kind)
    const actor = await readSession(await encodeSession(entered.sessionId, entered.userId), origin())
    if (!actor) throw new Error('nobody is signed in')
    await acceptInvitation(actor, token)
    expect((await auditOf(actor.userId)).map(({ action }) => action)).toEqual([
      'user.created',
      'user.identity_linked',
      'session.started',
    ])
    expect((await auditOf(id)).at(-1)).toMatchObject({ action: 'invitation.accepted', actorId: actor.userId })
    expect(await findProject(actor, ada.user.project.slug)).toMatchObject({ role: 'viewer' })
    const late = claim()
    const withdrawn = await sendInvitation(ada.actor, ada.projectId, { email: late.email ?? '', role: 'viewer' })
    await withdrawInvitation(ada.actor, withdrawn.id)
    expect(await signInElsewhere(origin(), late)).toEqual({ kind: 'uninvited' })
  } finally {
    await db().delete(sitePolicy)
  }
})

test('a name that could deceive is not taken from elsewhere', async () => {
  const theirs = claim({ name: 'Ada\u202e\u0000', email: 'lin@example.org' })
  const entered = await signInElsewhere(origin(), theirs)
  if (entered.kind !== 'signed-in') throw new Error(entered.kind)
  const [user] = await db().select().from(users).where(eq(users.id, entered.userId))
  expect(user?.name).toBe('lin')
})

test('a disabled account stays shut, and a second factor is asked for', async () => {
  const theirs = claim()
  await linkIdentity(ada.actor, theirs)
  await db().execute(sql`insert into authenticators (user_id, sealed_secret, confirmed_at)
    values (${ada.user.id}, 'x', now())`)
  const half = await signInElsewhere(origin(), theirs)
  if (half.kind !== 'signed-in') throw new Error(half.kind)
  const cookie = await encodeSession(half.sessionId, half.userId)
  expect(await readSession(cookie, origin())).toBeNull()
  expect(await readHalfSession(cookie, origin())).toMatchObject({ userId: ada.user.id })
  await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, ada.user.id))
  expect(await signInElsewhere(origin(), theirs)).toEqual({ kind: 'disabled' })
})

test('linking takes a verified address on both sides, and tells the person', async () => {
  expect(await outcome(linkIdentity(ada.actor, claim({ emailVerified: false })))).toBe('forbidden')
  await db().update(users).set({ emailVerifiedAt: null }).where(eq(users.id, ada.user.id))
  expect(await outcome(linkIdentity(ada.actor, claim()))).toBe('forbidden')
  expect(await auditOf(ada.user.id, 'refused')).toHaveLength(2)
  await db().update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, ada.user.id))
  const theirs = claim()
  await linkIdentity(ada.actor, theirs)
  expect(await outcome(linkIdentity(ada.actor, theirs))).toBe('conflict')
  const bob = await makePerson({ name: 'Bob' })
  await db().update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, bob.user.id))
  expect(await outcome(linkIdentity(bob.actor, theirs))).toBe('conflict')
  expect(await listIdentities(ada.actor)).toMatchObject([{ providerName: 'GitHub', email: theirs.email }])
  expect(await signInElsewhere(origin(), theirs)).toMatchObject({ kind: 'signed-in', userId: ada.user.id })
  expect((await auditOf(ada.user.id)).filter(({ action }) => action === 'user.identity_linked')).toHaveLength(1)
  expect(await db().select().from(outbox).where(eq(outbox.userId, ada.user.id))).toMatchObject([
    { kind: 'identity_linked' },
  ])
})

test('unlinking: not somebody else’s, once, and never the last way in', async () => {
  const theirs = claim()
  await linkIdentity(ada.actor, theirs)
  const bob = await makePerson({ name: 'Bob' })
  expect(await outcome(unlinkIdentity(bob.actor, theirs.provider, theirs.subject))).toBe('not_found')
  await db().update(users).set({ passwordHash: null }).where(eq(users.id, ada.user.id))
  expect(await outcome(unlinkIdentity(ada.actor, theirs.provider, theirs.subject))).toBe('conflict')
  await db().update(users).set({ passwordHash: 'x' }).where(eq(users.id, ada.user.id))
  const both = [0, 1].map(() => outcome(unlinkIdentity(ada.actor, theirs.provider, theirs.subject)))
  expect((await Promise.all(both)).sort()).toEqual(['done', 'not_found'])
  expect(await db().select().from(identities).where(eq(identities.subject, theirs.subject))).toEqual([])
  expect((await auditOf(ada.user.id)).at(-1)).toMatchObject({ action: 'user.identity_unlinked' })
})

test('a grave change: both ask for a recent sign-in', async () => {
  const theirs = claim()
  await linkIdentity(ada.actor, theirs)
  await db().execute(sql`update sessions set authenticated_at = now() - interval '16 minutes'
    where id = ${ada.actor.sessionId}`)
  expect(await outcome(linkIdentity(ada.actor, claim()))).toBe('reauthentication_required')
  expect(await outcome(unlinkIdentity(ada.actor, theirs.provider, theirs.subject))).toBe('reauthentication_required')
})

test('a claim that waits in the browser can be read by this server alone, and not changed', () => {
  const theirs = claim()
  const sealed = sealClaim(theirs)
  expect(readClaim(sealed)).toEqual(theirs)
  expect(sealed).not.toContain(theirs.subject)
  expect(readClaim(`${sealed.slice(0, -2)}AA`)).toBeNull()
  expect(readClaim(undefined)).toBeNull()
})
