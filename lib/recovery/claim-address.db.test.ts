import { and, eq, isNull, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { db } from '@/db'
import {
  invitations,
  oauthArtifacts,
  oauthClientSecrets,
  oauthClients,
  oauthGrants,
  sessions,
  users,
} from '@/db/schema'
import {
  auditOf,
  mailTo,
  makeClient,
  makeGrant,
  makeKey,
  makePerson,
  makeToken,
  origin,
  outcome,
  PASSWORD,
  type Person,
  signInAs,
  verdict,
} from '@/db/testing'
import { enableApp } from '@/lib/apps/enable'
import { linkIdentity } from '@/lib/identities/link'
import { signInElsewhere } from '@/lib/identities/sign-in'
import { acceptInvitation, signUpByInvitation } from '@/lib/invitations/accept'
import { sendInvitation } from '@/lib/invitations/send'
import { verifyToken } from '@/lib/oauth/verify'
import { encodeSession, readSession } from '@/lib/session'
import { requestEmailChange } from '@/lib/users/change-email'
import { changePassword } from '@/lib/users/change-password'
import { signUp } from '@/lib/users/create'
import { signIn } from '@/lib/users/sign-in'
import { proveAddress, resendVerification } from '@/lib/users/verify-email'
import { type KeyFate, LISTED_KEYS } from './claim-address'
import { readReset, requestReset, resetPassword } from './reset-password'

const newPassword = 'nine quiet badgers paint fences'
let count = 0

/** Somebody who has signed up with the address of somebody else. */
async function squat(): Promise<Person & { email: string }> {
  const email = `owner${++count}@example.com`
  const user = await signUp(origin({ address: `198.51.100.${count}` }), { name: 'Eve', email, password: PASSWORD })
  return { user, email, actor: await signInAs(user), projectId: user.project.id }
}

/** The true owner's link to set a password. */
async function resetLink(email: string): Promise<string> {
  await requestReset(origin({ address: `192.0.2.${++count}` }), email)
  return (await mailTo(email)).at(-1)?.token ?? ''
}

const decided = (fates: Record<string, KeyFate>, others: KeyFate | null = null) => ({
  fates: new Map(Object.entries(fates)),
  others,
})

const reset = async (email: string, keys = decided({})) =>
  resetPassword(origin(), { token: await resetLink(email), newPassword, keys })

const isLive = async ({ sessionId, userId }: Person['actor']) =>
  (await readSession(await encodeSession(sessionId, userId), origin())) !== null

const judged = (token: string) => outcome(verifyToken(token, origin()))

describe('threat 97: a reset that proves the address for the first time ends what was made before', () => {
  const made: Record<string, (eve: Person & { email: string }) => Promise<() => Promise<unknown>>> = {
    'an app that they let in': async (eve) => {
      const shop = await makePerson()
      const { app } = await makeClient(shop, { scopes: ['orders:read'] })
      const token = await makeToken(app, ['orders:read'], eve)
      expect(await judged(token)).toBe('done')
      return async () => {
        expect(await judged(token)).not.toBe('done')
        const live = and(eq(oauthGrants.userId, eve.user.id), isNull(oauthGrants.revokedAt))
        expect(await db().select().from(oauthGrants).where(live)).toEqual([])
      }
    },
    'codes and devices under way': async (eve) => {
      const { app } = await makeClient(await makePerson(), { scopes: ['orders:read'] })
      const { tokenId } = await makeGrant(eve, app)
      const row = { clientId: app.id, userId: eve.user.id, payload: '', expiresAt: new Date(Date.now() + 60_000) }
      await db()
        .insert(oauthArtifacts)
        .values({ id: `code ${eve.email}`, kind: 'AuthorizationCode', ...row })
      await db()
        .insert(oauthArtifacts)
        .values({ id: `device ${eve.email}`, kind: 'DeviceCode', ...row })
      return async () => {
        const rows = await db().select().from(oauthArtifacts).where(eq(oauthArtifacts.userId, eve.user.id))
        expect(rows.map(({ id }) => id)).toContain(tokenId)
        expect(rows.filter(({ endedAt }) => endedAt === null)).toEqual([])
      }
    },
    'an app of their own, with its secret and tokens': async (eve) => {
      const { app, secret } = await makeClient(eve, { kind: 'machine', scopes: ['orders:read'] })
      const token = await makeToken(app, ['orders:read'])
      expect(await judged(token)).toBe('done')
      return async () => {
        expect(await judged(token)).not.toBe('done')
        const [row] = await db().select().from(oauthClients).where(eq(oauthClients.id, app.id))
        expect(row?.disabledAt).not.toBeNull()
        const owner = await signInAs(eve.user)
        await enableApp(owner, app.id)
        expect(await judged(token)).not.toBe('done')
        const live = await db()
          .select()
          .from(oauthClientSecrets)
          .where(and(eq(oauthClientSecrets.clientId, app.id), isNull(oauthClientSecrets.endsAt)))
        expect(live).toHaveLength(1)
        expect(secret).not.toContain(live[0]?.publicId)
      }
    },
    'sessions, also those that await a second step': async (eve) => {
      const other = await signInAs(eve.user)
      await db().update(sessions).set({ awaitsSecondStep: true }).where(eq(sessions.id, other.sessionId))
      return async () => {
        expect(await isLive(eve.actor)).toBe(false)
        const live = and(eq(sessions.userId, eve.user.id), isNull(sessions.endedAt))
        expect(await db().select().from(sessions).where(live)).toEqual([])
      }
    },
    'a change of address and a link to verify': async (eve) => {
      const to = `elsewhere-${eve.email}`
      await requestEmailChange(eve.actor, to)
      const links = [(await mailTo(to)).at(-1), (await mailTo(eve.email))[0]].map((mail) => String(mail?.token))
      return async () => {
        const owner = await signInAs(eve.user)
        for (const link of links) expect(await outcome(proveAddress(owner, link))).toBe('not_found')
      }
    },
    'invitations that they sent': async (eve) => {
      const to = `guest-${eve.email}`
      await db().update(users).set({ emailVerifiedAt: sql`now()` }).where(eq(users.id, eve.user.id))
      const { id } = await sendInvitation(eve.actor, eve.projectId, { email: to, role: 'owner' })
      await db().update(users).set({ emailVerifiedAt: null }).where(eq(users.id, eve.user.id))
      return async () => {
        const [row] = await db().select().from(invitations).where(eq(invitations.id, id))
        expect(row?.withdrawnAt).not.toBeNull()
        const token = /\/invitations\/(\w+)/.exec((await mailTo(to)).at(-1)?.text ?? '')?.[1] ?? ''
        expect(await outcome(signUpByInvitation(origin(), { token, name: 'G', password: PASSWORD }))).toBe('not_found')
      }
    },
    'choices that would keep the owner from hearing': async (eve) => {
      await db()
        .update(users)
        .set({ unwantedMail: ['key_created'] })
        .where(eq(users.id, eve.user.id))
      return async () => {
        const [row] = await db().select().from(users).where(eq(users.id, eve.user.id))
        expect(row?.unwantedMail).toEqual([])
      }
    },
  }

  test.each(Object.entries(made))('%s', async (_what, make) => {
    const eve = await squat()
    const expectEnded = await make(eve)
    await reset(eve.email)
    await expectEnded()
    expect((await auditOf(eve.user.id)).map(({ action }) => action)).toContain('user.email_verified')
    expect(await outcome(signIn(origin(), { email: eve.email, password: PASSWORD }))).toBe('invalid_credentials')
    expect(await outcome(signIn(origin(), { email: eve.email, password: newPassword }))).toBe('done')
  })

  test('and nothing of that where the address was proved before', async () => {
    const ada = await makePerson()
    const { app } = await makeClient(await makePerson(), { scopes: ['orders:read'] })
    const token = await makeToken(app, ['orders:read'], ada)
    const own = await makeClient(ada, { kind: 'machine', scopes: ['orders:read'] })
    const { secret } = await makeKey(ada)
    await reset(ada.user.email)
    expect([await judged(token), await verdict(secret)]).toEqual(['done', 'good'])
    expect(await judged(await makeToken(own.app, ['orders:read']))).toBe('done')
  })
})

describe('keys of before', () => {
  test('are listed with what they are recognised by, and each needs a decision', async () => {
    const eve = await squat()
    const [one, two, gone] = [
      await makeKey(eve, { label: 'One', thirdParty: { name: 'Zapier' } }),
      await makeKey(eve, { label: 'Two' }),
      await makeKey(eve, { label: 'Gone' }),
    ]
    await db().execute(sql`update api_keys set expires_at = now() where id = ${gone.key.id}`)
    await db().execute(
      sql`update api_key_uses set used_at = now(), address = '203.0.113.9' where key_id = ${one.key.id}`,
    )
    const token = await resetLink(eve.email)
    expect((await readReset(token))?.keys).toEqual({
      listed: [
        expect.objectContaining({ label: 'One', thirdParty: 'Zapier', lastAddress: '203.0.113.9', hint: one.key.hint }),
        expect.objectContaining({ label: 'Two', thirdParty: null, lastUsedAt: null, lastAddress: null }),
      ],
      others: 0,
    })
    const set = (keys = decided({})) => outcome(resetPassword(origin(), { token, newPassword, keys }))
    expect(await set()).toBe('conflict')
    expect(await set(decided({ [one.key.id]: 'keep' }))).toBe('conflict')
    expect(await set(decided({ [one.key.id]: 'keep', [gone.key.id]: 'revoke' }))).toBe('conflict')
    // Nothing was done by halves.
    expect([await verdict(one.secret), await isLive(eve.actor)]).toEqual(['good', true])
    expect(await set(decided({ [one.key.id]: 'keep', [two.key.id]: 'revoke' }))).toBe('done')
    expect([await verdict(one.secret), await verdict(two.secret)]).toEqual(['good', 'revoked_credentials'])
    expect((await auditOf(two.key.id)).at(-1)).toMatchObject({ action: 'key.revoked', actorId: eve.user.id })
    const row = (await auditOf(eve.user.id)).find(({ action }) => action === 'user.password_reset')
    expect(row?.changes).toMatchObject({ keysRevoked: [1, null], keysKept: [1, 1] })
    expect((await mailTo(eve.email)).at(-1)?.text).toContain('1 key was revoked. 1 key goes on working')
  })

  test('one that was made after the list was read needs a decision too, or one about all others', async () => {
    const eve = await squat()
    const listed = await makeKey(eve)
    const token = await resetLink(eve.email)
    const keep: Record<string, KeyFate> = { [listed.key.id]: 'keep' }
    const late = await makeKey(eve)
    const set = (others: KeyFate | null) =>
      outcome(resetPassword(origin(), { token, newPassword, keys: decided(keep, others) }))
    expect(await set(null)).toBe('conflict')
    // Faster than anybody can look.
    const later = await makeKey(eve)
    expect(await set('revoke')).toBe('done')
    expect(await Promise.all([listed, late, later].map(({ secret }) => verdict(secret)))).toEqual([
      'good',
      'revoked_credentials',
      'revoked_credentials',
    ])
  })

  test('against keys that are made at the same moment: none goes on working without a decision', async () => {
    const eve = await squat()
    const token = await resetLink(eve.email)
    const [done, ...keys] = await Promise.all([
      outcome(resetPassword(origin(), { token, newPassword, keys: decided({}, 'revoke') })),
      ...Array.from({ length: 5 }, () => makeKey(eve).catch(() => null)),
    ])
    expect(done).toBe('done')
    for (const key of keys) if (key) expect(await verdict(key.secret)).toBe('revoked_credentials')
  })

  test('more than a page holds are decided together', async () => {
    const eve = await squat()
    const first = await makeKey(eve)
    for (let n = 0; n < LISTED_KEYS; n++) await makeKey(eve)
    const token = await resetLink(eve.email)
    const keys = (await readReset(token))?.keys
    expect([keys?.listed.length, keys?.others]).toEqual([LISTED_KEYS, 1])
    const fates = Object.fromEntries((keys?.listed ?? []).map(({ id }) => [id, 'revoke' as const]))
    const set = (others: KeyFate | null) =>
      outcome(resetPassword(origin(), { token, newPassword, keys: decided(fates, others) }))
    expect(await set(null)).toBe('conflict')
    expect(await set('keep')).toBe('done')
    expect(await verdict(first.secret)).toBe('good')
  })

  test('of another person nothing is decided', async () => {
    const eve = await squat()
    const ada = await makePerson()
    const { key, secret } = await makeKey(ada)
    await reset(eve.email, decided({ [key.id]: 'revoke' }, 'revoke'))
    expect(await verdict(secret)).toBe('good')
  })
})

describe('a link that verifies proves the address for a session of that account only', () => {
  const provedAt = async ({ user }: Pick<Person, 'user'>) =>
    (await db().select().from(users).where(eq(users.id, user.id)))[0]?.emailVerifiedAt ?? null

  test('not for somebody who is signed in to another account', async () => {
    const eve = await squat()
    const owner = await makePerson()
    const token = String((await mailTo(eve.email))[0]?.token)
    expect(await outcome(proveAddress(owner.actor, token))).toBe('forbidden')
    expect(await provedAt(eve)).toBeNull()
    expect(await outcome(proveAddress(eve.actor, token))).toBe('done')
  })

  test('not for a session that has ended, and not under another password', async () => {
    const eve = await squat()
    await resendVerification(eve.actor)
    const token = String((await mailTo(eve.email)).at(-1)?.token)
    const { sessionId } = await changePassword(eve.actor, { currentPassword: PASSWORD, newPassword })
    expect(await outcome(proveAddress(eve.actor, token))).toBe('invalid_credentials')
    expect(await outcome(proveAddress({ ...eve.actor, sessionId }, token))).toBe('not_found')
    expect(await provedAt(eve)).toBeNull()
  })

  test('nor does a change of address to somebody who opens the mail', async () => {
    const eve = await squat()
    const owner = await makePerson()
    const to = `victim-${eve.email}`
    await requestEmailChange(eve.actor, to)
    const token = String((await mailTo(to)).at(-1)?.token)
    expect(await outcome(proveAddress(owner.actor, token))).toBe('forbidden')
    expect((await db().select().from(users).where(eq(users.email, to))).length).toBe(0)
  })

  test('whoever verifies from their own session loses nothing', async () => {
    const ada = await squat()
    const { secret } = await makeKey(ada)
    const { app } = await makeClient(await makePerson(), { scopes: ['orders:read'] })
    const token = await makeToken(app, ['orders:read'], ada)
    const elsewhere = await signInAs(ada.user)
    await proveAddress(elsewhere, String((await mailTo(ada.email))[0]?.token))
    expect([await verdict(secret), await judged(token), await isLive(ada.actor)]).toEqual(['good', 'done', true])
  })

  test('an invitation proves it for the session that accepts; a provider never proves it for an account of somebody else', async () => {
    const eve = await squat()
    const ada = await makePerson()
    await sendInvitation(ada.actor, ada.projectId, { email: eve.email, role: 'viewer' })
    const link = /\/invitations\/(\w+)/.exec((await mailTo(eve.email)).at(-1)?.text ?? '')?.[1] ?? ''
    expect(await outcome(acceptInvitation(ada.actor, link))).toBe('forbidden')
    expect(await outcome(signUpByInvitation(origin(), { token: link, name: 'Vic', password: PASSWORD }))).toBe(
      'validation_failed',
    )
    const claim = { provider: 'github', subject: eve.email, email: eve.email, emailVerified: true, name: 'Vic' }
    expect(await signInElsewhere(origin(), claim)).toEqual({ kind: 'link' })
    expect(await outcome(linkIdentity(eve.actor, claim))).toBe('forbidden')
    expect(await provedAt(eve)).toBeNull()
  })
})
