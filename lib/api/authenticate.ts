import 'server-only'
import type { Actor, UserActor } from '@/lib/actor'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { type VerifiedKey, verifyKey } from '@/lib/keys/verify'
import { readSession, sessionCookie } from '@/lib/session'
import type { Source } from './source'

/** Every credential that came with a request and was judged good, and the one of them that speaks. */
export interface Identity {
  key?: VerifiedKey
  session?: UserActor
  actor: Actor
}

/**
 * Judges every credential that was sent; one that is bad refuses the request, and nothing falls back to another.
 *
 * @throws Failure `missing_credentials`, `malformed_credentials`, `multiple_credentials`, or the verdict on a bad one.
 */
export async function authenticate(source: Source): Promise<Identity> {
  const credential = credentialOf(source)
  const cookie = sessionCookie(source.header('cookie'))
  if (credential === null && cookie === null) {
    throw new Failure(
      'missing_credentials',
      `Send an API key, as in "Authorization: Api-Key ${env().KEY_BRAND}_…" or the ${env().API_KEY_HEADER} header.`,
    )
  }
  const key = credential === null ? undefined : await verifyKey(credential, source.origin)
  const session = cookie === null ? undefined : await sessionOf(cookie, source)
  const actor = key?.actor ?? session
  if (!actor) throw new Failure('missing_credentials', 'Send an API key.')
  return { key, session, actor }
}

/** The one credential of the headers, or null. Its form is judged later; how many there are is judged here. */
function credentialOf(source: Source): string | null {
  const authorization = source.header('authorization')
  const custom = source.header(env().API_KEY_HEADER.toLowerCase())
  if (authorization.length + custom.length === 0) return null
  if (authorization.length + custom.length > 1) {
    throw new Failure('multiple_credentials', 'More than one credential was sent. Send one.')
  }
  if (custom[0] !== undefined) return custom[0]
  // RFC 9110, 11.4: the scheme is case-insensitive, one or more spaces follow.
  const match = /^(?:api-key|bearer) +([^ ]*)$/i.exec(authorization[0] ?? '')
  if (!match) {
    throw new Failure(
      'malformed_credentials',
      'The Authorization header must be "Api-Key" or "Bearer" and one credential.',
    )
  }
  return match[1] ?? ''
}

async function sessionOf(cookie: string, source: Source): Promise<UserActor> {
  const session = await readSession(cookie, source.origin)
  if (!session) throw new Failure('invalid_credentials', 'The session has ended. Sign in again.')
  return session
}
