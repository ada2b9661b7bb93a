import 'server-only'
import type { Actor, Origin, UserActor } from '@/lib/actor'
import { limitKeyOf } from '@/lib/addresses'
import { type Awaitable, whenThere } from '@/lib/awaitable'
import { parse } from '@/lib/credentials'
import { countsNow, fingerprint, wasRefused } from '@/lib/credentials/refusals'
import type { LaneOf } from '@/lib/credentials/verify'
import { env } from '@/lib/env'
import { Failure, isFailure } from '@/lib/errors'
import { type VerifiedKey, verifyKey } from '@/lib/keys/verify'
import type { Ancestor } from '@/lib/lineage'
import { refuseBasic, refuseKey } from '@/lib/oauth/audience'
import { type VerifiedToken, verifyToken } from '@/lib/oauth/verify'
import { countAttempt, isUsedUp, type Quota, takeAttempt } from '@/lib/rate-limit'
import { readSession, sessionCookies } from '@/lib/session'
import { verifyPerson } from '@/lib/users/sign-in'
import type { Source } from './source'

/** Every credential that came with a request and was judged good, and the one of them that speaks. */
export interface Identity {
  key?: VerifiedKey
  token?: VerifiedToken
  basic?: UserActor
  session?: UserActor
  actor: Actor
}

/**
 * Judges every credential that was sent; one that is bad refuses the request, and nothing falls back to another. A key
 * or token speaks before Basic, and Basic before a session.
 *
 * @throws Failure `missing_credentials`, `malformed_credentials`, `multiple_credentials`, the verdict on a bad one, or
 *   `rate_limited` if too many wait who got too many wrong
 */
export async function authenticate(source: Source): Promise<Identity> {
  const sent = credentialsOf(source)
  const [cookie, second] = sessionCookies(source.header('cookie'))
  if (second !== undefined) throw tooManyCredentials()
  const { key, token }: Judged = sent.credential === undefined ? {} : await judgeCredential(sent.credential, source)
  const basic = sent.basic === undefined ? undefined : await judgeBasic(sent.basic, source.origin)
  const foreign = basic && refuseBasic(source.audience)
  if (foreign) throw foreign
  const session = cookie === undefined ? undefined : await judgeSession(cookie, source.origin)
  const actor = key?.actor ?? token?.actor ?? basic ?? session
  if (actor) return { key, token, basic, session, actor }
  throw new Failure(
    'missing_credentials',
    `Send an API key or an access token, as in "Authorization: Api-Key ${env().KEY_BRAND}_…" or the ${env().API_KEY_HEADER} header.`,
  )
}

/** What a credential turned out to be: a key or an access token. */
export type Judged = Pick<Identity, 'key' | 'token'>

/**
 * Judges one key or access token for a client at `origin`, whose address answers for what it gets wrong: past the limit
 * its reads wait in the slow lane, unless the credential was good a moment ago.
 *
 * @param audience the API that the credential is used at; if there is none, this site's own for tokens
 */
export const judgeCredential = (
  credential: string,
  { origin, audience }: Pick<Source, 'origin' | 'audience'>,
): Awaitable<Judged> =>
  countingFailures<Judged>(origin, credential, (laneOf) => {
    const parsed = parse(credential, env().KEY_BRAND)
    return parsed?.kind === 'access_token'
      ? whenThere(verifyToken(credential, origin, { audience, laneOf }), (token) => ({ token }))
      : whenThere(verifyKey(credential, origin, laneOf, parsed), (key) => {
          const foreign = refuseKey(key.actor.scopes, audience, key.actor)
          return foreign ? Promise.reject(foreign) : { key }
        })
  })

/** Whether a request carries anything but a session that speaks for its sender. */
export const sendsCredential = (source: Source): boolean =>
  source.header('authorization').length + source.header(env().API_KEY_HEADER.toLowerCase()).length > 0

/**
 * Counts a request that was let in against the limit of the credential that speaks, and of every credential that made it.
 *
 * @returns how the limit stands that leaves the fewest requests
 * @throws Failure `rate_limited`
 */
export function takeRequest({ key, token, actor }: Omit<Identity, 'basic' | 'session'>): Promise<Quota> {
  const own = takeOwnRequest({ key, token, actor })
  const ancestors = (key ?? token)?.ancestors ?? []
  return ancestors.length === 0 ? own : takeAncestors(own, ancestors)
}

async function takeAncestors(own: Promise<Quota>, ancestors: readonly Ancestor[]): Promise<Quota> {
  let tightest = await own
  for (const { id, rateLimit } of ancestors) {
    const quota = await takeAttempt('requestsPerCredential', id, rateLimit)
    if (quota.remaining < tightest.remaining) tightest = quota
  }
  return tightest
}

function takeOwnRequest({ key, token, actor }: Omit<Identity, 'basic' | 'session'>): Promise<Quota> {
  if (key) return takeAttempt('requestsPerCredential', key.actor.keyId, key.rateLimitPerMinute ?? undefined)
  // What a token was issued for, since a new one must not renew the allowance.
  if (token) return takeAttempt('requestsPerCredential', token.actor.grantId ?? token.actor.clientId)
  return takeAttempt('requestsPerCredential', actor.kind === 'user' ? (actor.sessionId ?? actor.userId) : 'system')
}

/** What the headers carry. Its form is judged later; how much of it there is, is judged here. */
function credentialsOf(source: Source): { credential?: string; basic?: string } {
  const authorization = source.header('authorization')
  const custom = source.header(env().API_KEY_HEADER.toLowerCase())
  if (authorization.length > 1 || custom.length > 1) throw tooManyCredentials()
  // RFC 9110, 11.4: the scheme is case-insensitive, one or more spaces follow.
  const [, scheme, value] = /^(api-key|bearer|basic) +([^ ]*)$/i.exec(authorization[0] ?? '') ?? []
  if (env().API_BASIC_AUTH && scheme?.toLowerCase() === 'basic') return { credential: custom[0], basic: value }
  if (authorization.length + custom.length > 1) throw tooManyCredentials()
  if (custom[0] !== undefined) return { credential: custom[0] }
  if (authorization[0] === undefined) return {}
  if (value === undefined || scheme?.toLowerCase() === 'basic') {
    throw new Failure(
      'malformed_credentials',
      'The Authorization header must be "Api-Key" or "Bearer" and one credential.',
    )
  }
  return { credential: value }
}

const tooManyCredentials = () => new Failure('multiple_credentials', 'More than one credential was sent. Send one.')

/** RFC 7617. Limited, counted and capped like signing in; no session comes of it. */
async function judgeBasic(value: string, origin: Origin): Promise<UserActor> {
  const [, email, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, 'base64').toString()) ?? []
  if (email === undefined || password === undefined) {
    throw new Failure('malformed_credentials', 'Basic carries an e-mail address, a colon and a password, in Base64.')
  }
  return verifyPerson(origin, { email, password })
}

/**
 * A forged cookie is known without the database. One that was good and has ended counts against itself alone: sent too
 * often, it is refused without a read.
 */
async function judgeSession(cookie: string, origin: Origin): Promise<UserActor> {
  const lately = wasRefused('session', cookie)
  if (lately) await takeAttempt('endedSession', fingerprint(cookie))
  const session = await readSession(cookie, origin)
  if (session) return session
  countsNow('session', cookie)
  throw new Failure('invalid_credentials', 'The session has ended. Sign in again.')
}

/**
 * Counts a 401 against the client's address, each credential once a minute. A client that has sent too many different ones
 * is not refused, since others may share its address: what it sends next is judged in its turn. So is a credential that
 * was refused a moment ago, however few others were.
 */
function countingFailures<T>(
  { address }: Origin,
  credential: string,
  judge: (laneOf: LaneOf) => Awaitable<T>,
): Awaitable<T> {
  // Nobody to count against: a resource server that did not say for whom it asks.
  if (address === null) return judge(async () => null)
  const client = limitKeyOf(address)
  const count = async (error: unknown): Promise<never> => {
    if (isFailure(error) && error.status === 401 && countsNow(client, credential)) {
      await countAttempt('failuresPerAddress', client)
    }
    throw error
  }
  const laneOf = async () =>
    wasRefused(client, credential) || (await isUsedUp('failuresPerAddress', client)) ? client : null
  const judged = judge(laneOf)
  return judged instanceof Promise ? judged.catch(count) : judged
}
