import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { generateSync } from 'otplib'
import { describe, expect, test, vi } from 'vitest'
import { db } from '@/db'
import { sessions, users } from '@/db/schema'
import { auditOf, mailTo, makePerson, outcome, PASSWORD, type Person, signInAs } from '@/db/testing'
import { Device } from '@/db/testing-device'
import type { SessionActor } from '@/lib/actor'
import type { Claim } from '@/lib/identities/claim'
import { linkIdentity, unlinkIdentity } from '@/lib/identities/link'
import { beginAuthenticator, confirmAuthenticator } from '@/lib/second-factor/authenticator'
import { addPasskey, beginPasskey, confirmByPasskey, passkeyOptionsFor } from '@/lib/second-factor/passkeys'
import { renewRecoveryCodes } from '@/lib/second-factor/recovery-codes'
import { removeAuthenticator, removePasskey } from '@/lib/second-factor/remove'
import { endSession, signOutElsewhere } from '@/lib/sessions/end'
import { cancelEmailChange, requestEmailChange } from './change-email'
import { changePassword } from './change-password'
import { setMailChoices } from './mail-preferences'
import { renameUser } from './rename'
import { proveAddress, resendVerification } from './verify-email'

// Every write of one's own account, by a session that ends while it is under way.

vi.mock('@/lib/audit/recent', async (original) => ({
  ...(await original<typeof import('@/lib/audit/recent')>()),
  // As if the session had ended right after it was asked for this.
  requireRecentSignIn: async () => {},
}))

/** What is there before the act, and the act. */
type Act = (ada: Person) => Promise<(actor: SessionActor) => Promise<unknown>>

const newPassword = 'nine quiet badgers paint fences'
const newEmail = () => `${randomBytes(8).toString('hex')}@example.com`
const codeOf = (secret: string) => generateSync({ secret, epoch: Math.floor(Date.now() / 1000) })

const passkeyOf = async ({ actor }: Person) => {
  const device = new Device()
  await addPasskey(actor, { name: 'Laptop', response: device.register((await beginPasskey(actor)).challenge) })
  return device
}
const claim = (): Claim => ({
  provider: 'github',
  subject: randomBytes(8).toString('hex'),
  email: newEmail(),
  emailVerified: true,
  name: 'Ada',
})

const acts: Record<string, Act> = {
  renameUser: async () => (actor) => renameUser(actor, 'Other'),
  setMailChoices: async () => (actor) => setMailChoices(actor, { unwanted: ['key_created'], wanted: [] }),
  changePassword: async () => (actor) => changePassword(actor, { currentPassword: PASSWORD, newPassword }),
  requestEmailChange: async () => (actor) => requestEmailChange(actor, newEmail()),
  cancelEmailChange: async ({ actor }) => {
    await requestEmailChange(actor, newEmail())
    return cancelEmailChange
  },
  resendVerification: async ({ user }) => {
    await db().update(users).set({ emailVerifiedAt: null }).where(eq(users.id, user.id))
    return resendVerification
  },
  proveAddress: async ({ user, actor }) => {
    await db().update(users).set({ emailVerifiedAt: null }).where(eq(users.id, user.id))
    await resendVerification(actor)
    const token = String((await mailTo(user.email)).at(-1)?.token)
    return (by) => proveAddress(by, token)
  },
  beginAuthenticator: async () => beginAuthenticator,
  confirmAuthenticator: async ({ actor }) => {
    const { secret } = await beginAuthenticator(actor)
    return (by) => confirmAuthenticator(by, codeOf(secret))
  },
  removeAuthenticator: async ({ actor }) => {
    const { secret } = await beginAuthenticator(actor)
    await confirmAuthenticator(actor, codeOf(secret))
    return (by) => removeAuthenticator(by, PASSWORD)
  },
  addPasskey: async ({ actor }) => {
    const response = new Device().register((await beginPasskey(actor)).challenge)
    return (by) => addPasskey(by, { name: 'Phone', response })
  },
  removePasskey: async (ada) => {
    const { id } = await passkeyOf(ada)
    return (by) => removePasskey(by, id.toString('base64url'), PASSWORD)
  },
  confirmByPasskey: async (ada) => {
    const device = await passkeyOf(ada)
    const response = device.answer((await passkeyOptionsFor(ada.actor)).challenge)
    return (by) => confirmByPasskey(by, response)
  },
  renewRecoveryCodes: async (ada) => {
    await passkeyOf(ada)
    return renewRecoveryCodes
  },
  linkIdentity: async () => (actor) => linkIdentity(actor, claim()),
  unlinkIdentity: async ({ actor }) => {
    const { provider, subject, ...rest } = claim()
    await linkIdentity(actor, { provider, subject, ...rest })
    return (by) => unlinkIdentity(by, provider, subject)
  },
  endSession: async ({ user }) => {
    const { sessionId } = await signInAs(user)
    return (actor) => endSession(actor, sessionId)
  },
  signOutElsewhere: async () => signOutElsewhere,
}

/** Functions that stand beside them, with why they are none of these. */
const others: Record<string, string> = {
  signOut: 'ends no more than the session that asks',
  renewSession: 'goes on with none that has ended',
  confirmByPassword: 'marks the session itself, while it lives',
  provePassword: 'reads',
  hasPassword: 'reads',
  isAddressProved: 'reads',
  readMailChoices: 'reads',
  listIdentities: 'reads',
  beginPasskey: 'makes a challenge, which only `addPasskey` takes',
}

describe.each(Object.entries(acts))('%s', (_name, prepare) => {
  test('by a session that lives', async () => {
    const ada = await makePerson()
    const other = await signInAs(ada.user)
    const act = await prepare(ada)
    expect(await outcome(act(other))).toBe('done')
  })

  test('threat 56: by a session that has ended meanwhile', async () => {
    const ada = await makePerson()
    const thief = await signInAs(ada.user)
    const act = await prepare(ada)
    await db().update(sessions).set({ endedAt: sql`now()` }).where(eq(sessions.id, thief.sessionId))
    const before = await auditOf(ada.user.id)
    expect(await outcome(act(thief))).toBe('invalid_credentials')
    expect(await auditOf(ada.user.id)).toEqual(before)
  })
})

test('no verb that writes is missing', () => {
  const found = ['users', 'sessions', 'second-factor', 'identities'].flatMap((folder) =>
    readdirSync(join('lib', folder))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join('lib', folder, file), 'utf8'))
      .filter((text) => text.includes('.transaction('))
      .flatMap((text) =>
        [...text.matchAll(/^export async function (\w+)\(\s*actor: (?:Session|User)Actor/gm)].map(([, name]) => name),
      ),
  )
  expect(found.toSorted()).toEqual([...Object.keys(acts), ...Object.keys(others)].toSorted())
})
