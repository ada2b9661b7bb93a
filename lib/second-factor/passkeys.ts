import 'server-only'
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import { type Database, db, isUniqueViolation } from '@/db'
import { oneTimeTokens, passkeys, users } from '@/db/schema'
import type { Origin, SessionActor } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { attempt, recordRefusal } from '@/lib/audit/attempt'
import { requireRecentSignIn } from '@/lib/audit/recent'
import type { AuditEntry } from '@/lib/audit/record'
import { env } from '@/lib/env'
import { Failure, invalidField, isFailure } from '@/lib/errors'
import { issueToken, spendToken } from '@/lib/one-time-tokens'
import { authorizeSelf } from '@/lib/projects/authorize'
import { takeAttempt } from '@/lib/rate-limit'
import { finishSession, type HalfSession } from '@/lib/sessions/finish'
import { markRecent } from '@/lib/sessions/recent'
import { startSession } from '@/lib/sessions/start'
import { noted } from './prove'
import { firstCodes } from './recovery-codes'
import { tellAdded } from './tell'

/** How long a browser has to answer a challenge. */
const CHALLENGE_MINUTES = 5

/** More than anybody carries, and few enough to be listed. */
const MOST = 20

/** WebAuthn knows sites by the name of their host: an address of digits has none (WebAuthn level 3, 5.1.2). */
export const passkeysWork = (): boolean => !/^(\[|[\d.]+$)/.test(siteId())

const siteId = () => new URL(env().APP_URL).hostname

/**
 * What a browser needs to make a passkey of the actor's.
 *
 * @throws Failure `reauthentication_required`, `conflict` for somebody who has 20
 */
export async function beginPasskey(actor: SessionActor): Promise<PublicKeyCredentialCreationOptionsJSON> {
  await requireRecentSignIn(actor)
  const own = await db().select().from(passkeys).where(eq(passkeys.userId, actor.userId))
  if (own.length >= MOST) throw new Failure('conflict', `You have ${MOST} passkeys. Remove one first.`)
  return generateRegistrationOptions({
    rpName: 'Latchkey',
    rpID: siteId(),
    userName: actor.email,
    userDisplayName: actor.name,
    userID: new TextEncoder().encode(actor.userId),
    challenge: await newChallenge(actor.userId),
    excludeCredentials: own.map(({ id, transports }) => ({ id, transports })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  })
}

/**
 * Adds the passkey that a browser made.
 *
 * @returns recovery codes when this is the first second factor, else null
 * @throws Failure `validation_failed` for an answer that is no good or comes too late, `conflict` for a passkey that is
 *   known already, `reauthentication_required`, `invalid_credentials` when the session has ended
 */
export async function addPasskey(
  actor: SessionActor,
  { name, response }: { name: string; response: RegistrationResponseJSON },
): Promise<string[] | null> {
  await requireRecentSignIn(actor)
  const credential = await judgeNew(actor, response)
  return db()
    .transaction(async (tx) => {
      // One change of a person's factors at a time: how many there are stays so, also for those who sign in meanwhile.
      await authorizeSelf(tx, actor)
      const codes = await firstCodes(tx, actor)
      await tx.insert(passkeys).values({
        id: credential.id,
        userId: actor.userId,
        name,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        counter: credential.counter,
        transports: credential.transports ?? [],
      })
      await tellAdded(tx, actor, 'passkey', `A passkey was added: ${name}.`)
      return codes
    })
    .catch((error: unknown) => {
      throw isUniqueViolation(error) ? new Failure('conflict', 'This passkey was added before.') : error
    })
}

async function judgeNew(actor: SessionActor, response: RegistrationResponseJSON) {
  const spent = await spendChallenge(response.response.clientDataJSON, actor.userId)
  const judged = spent ? await verifyRegistrationResponse({ ...expected(response), response }).catch(() => null) : null
  if (!judged?.verified)
    throw invalidField('passkey', 'This passkey could not be read, or it took too long. Try again.')
  return judged.registrationInfo.credential
}

/**
 * What a browser needs to sign somebody in by a passkey alone; it finds out itself whose.
 *
 * @throws Failure `rate_limited`
 */
export async function passkeyOptions({ address }: Origin): Promise<PublicKeyCredentialRequestOptionsJSON> {
  await takeAttempt('passkeysPerAddress', limitKeyOf(address))
  return generateAuthenticationOptions({
    rpID: siteId(),
    challenge: await newChallenge(null),
    userVerification: 'required',
  })
}

/** As `passkeyOptions`, by one of the person's own: for the second step, and to confirm who they are. */
export async function passkeyOptionsFor({
  userId,
  origin,
}: {
  userId: string
  origin: Origin
}): Promise<PublicKeyCredentialRequestOptionsJSON> {
  // Not by the person alone: whoever knows their password could use it up.
  await takeAttempt('passkeysPerAddress', `${userId} ${limitKeyOf(origin.address)}`)
  const own = await db().select().from(passkeys).where(eq(passkeys.userId, userId))
  return generateAuthenticationOptions({
    rpID: siteId(),
    challenge: await newChallenge(userId),
    allowCredentials: own.map(({ id, transports }) => ({ id, transports })),
    userVerification: 'preferred',
  })
}

/**
 * Signs a person in by a passkey alone: the device has asked for a finger, a face or a PIN, so that both steps are in it.
 *
 * @throws Failure `invalid_credentials`
 */
export const signInByPasskey = (
  origin: Origin,
  response: AuthenticationResponseJSON,
): Promise<{ userId: string; sessionId: string }> =>
  enter(origin, response).catch(async (error: unknown) => {
    if (isFailure(error) && error.code === 'invalid_credentials') await recordRefused(origin, response.id, error)
    throw error
  })

async function enter(
  origin: Origin,
  response: AuthenticationResponseJSON,
): Promise<{ userId: string; sessionId: string }> {
  const judged = await judge(response, null, { alone: true })
  return db().transaction(async (tx) => {
    const [user] = await tx
      .select({ id: users.id, name: users.name })
      .from(users)
      .where(and(eq(users.id, judged.userId), isNull(users.disabledAt)))
      .for('share')
    if (!user) throw refusal()
    await use(tx, judged)
    return { userId: user.id, sessionId: await startSession(tx, user, origin, { factor: 'passkey' }) }
  })
}

/**
 * The second step by a passkey.
 *
 * @returns the id of the whole session, which takes the place of the half-done one
 * @throws Failure `invalid_credentials`, `conflict` when the half-done session is over
 */
export async function finishByPasskey(half: HalfSession, response: AuthenticationResponseJSON): Promise<string> {
  return noted(half, async () => {
    const judged = await judge(response, half.userId, { alone: false })
    return finishSession(half, async (tx) => {
      await use(tx, judged)
      return 'passkey'
    })
  })
}

/** Records a sign-in by passkey that was refused: to the passkey's person if it is known, as for a wrong password. */
async function recordRefused(origin: Origin, passkeyId: string, refused: Failure): Promise<void> {
  const [person] = await db()
    .select({ id: users.id, name: users.name })
    .from(passkeys)
    .innerJoin(users, eq(users.id, passkeys.userId))
    .where(eq(passkeys.id, passkeyId))
  const target = person
    ? { kind: 'user' as const, ...person }
    : { kind: 'session' as const, id: 'passkey', name: 'Unknown passkey' }
  const entry = { action: 'session.started', target, changes: { proof: [null, 'passkey'] } } satisfies AuditEntry
  await recordRefusal({ kind: 'system', name: 'server', origin }, entry, refused)
}

/** As `confirmByPassword` (lib/users), by a passkey. Throws Failure `invalid_credentials`. */
export async function confirmByPasskey(actor: SessionActor, response: AuthenticationResponseJSON): Promise<void> {
  await attempt(actor, { action: 'session.confirmed', target: { kind: 'user', id: actor.userId } }, async () => {
    const judged = await judge(response, actor.userId, { alone: true })
    await db().transaction(async (tx) => {
      // Before the passkey, which somebody may be removing.
      await authorizeSelf(tx, actor)
      await use(tx, judged)
      await markRecent(tx, actor, 'passkey')
    })
  })
}

/**
 * Judges what a browser answers to a challenge, which is used up by it.
 *
 * @param userId for whom the challenge was made; null when anybody may answer it
 * @param alone whether the device must have made sure that it is its owner
 */
async function judge(response: AuthenticationResponseJSON, userId: string | null, { alone }: { alone: boolean }) {
  const spent = await spendChallenge(response.response.clientDataJSON, userId)
  const [passkey] = await db().select().from(passkeys).where(eq(passkeys.id, response.id))
  if (!spent || !passkey || (userId !== null && passkey.userId !== userId)) throw refusal()
  const { userHandle } = response.response
  if (userHandle && Buffer.from(userHandle, 'base64url').toString() !== passkey.userId) throw refusal()
  const judged = await verifyAuthenticationResponse({
    ...expected(response),
    response,
    requireUserVerification: alone,
    credential: {
      id: passkey.id,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
      counter: passkey.counter,
    },
  }).catch(() => null)
  if (!judged?.verified) throw refusal()
  return { id: passkey.id, userId: passkey.userId, counter: judged.authenticationInfo.newCounter }
}

/** Notes that a passkey was used. One that was removed meanwhile, or was used by a copy of it, is refused. */
async function use(tx: Database, { id, userId, counter }: Awaited<ReturnType<typeof judge>>): Promise<void> {
  const used = await tx
    .update(passkeys)
    .set({ counter, lastUsedAt: sql`now()` })
    .where(
      and(
        eq(passkeys.id, id),
        eq(passkeys.userId, userId),
        counter === 0 ? eq(passkeys.counter, 0) : lt(passkeys.counter, counter),
      ),
    )
    .returning({ id: passkeys.id })
  if (used.length === 0) throw refusal()
}

const refusal = () =>
  new Failure('invalid_credentials', 'This passkey is not known here, or it took too long. Try again.')

const expected = (response: { response: { clientDataJSON: string } }) => ({
  // It was spent a moment ago, which says more than comparing it would.
  expectedChallenge: challengeOf(response.response.clientDataJSON) ?? '',
  expectedOrigin: env().APP_URL,
  expectedRPID: siteId(),
  requireUserVerification: false,
})

/** A challenge is a one-time token: its hash is kept, and the browser signs the token itself. */
async function newChallenge(userId: string | null): Promise<string> {
  await db()
    .delete(oneTimeTokens)
    .where(and(eq(oneTimeTokens.purpose, 'passkey'), lt(oneTimeTokens.expiresAt, sql`now()`)))
  return issueToken(db(), 'passkey', CHALLENGE_MINUTES, userId ? { userId } : {})
}

async function spendChallenge(clientDataJSON: string, userId: string | null): Promise<boolean> {
  const challenge = challengeOf(clientDataJSON)
  const token = Buffer.from(challenge ?? '', 'base64url').toString()
  const spent = await spendToken(db(), 'passkey', token)
  return spent !== null && spent.userId === userId
}

function challengeOf(clientDataJSON: string): string | null {
  try {
    const data = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as { challenge?: unknown }
    return typeof data.challenge === 'string' ? data.challenge : null
  } catch {
    return null
  }
}
