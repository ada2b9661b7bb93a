import 'server-only'
import { env } from '@/lib/env'
import { Failure, type KeySubject } from '@/lib/errors'

/** This site's own API as a resource (RFC 8707), which tokens are for if the app asked for nothing else. */
export const ownApi = () => `${env().APP_URL}/api/v1`

/** The APIs that tokens may be asked for: this site's own, and those behind the gate. Compared letter by letter. */
export const knownApis = (): string[] => [ownApi(), ...env().API_RESOURCES]

/** The API that a request is for, or `any` to take tokens of every known one. Undefined if nobody named one. */
export type Audience = string | 'any' | undefined

/**
 * Whether a token may be used at an API.
 *
 * @param bound the API that the token was issued for; null for this site's own
 * @returns null if it may, else the Failure `wrong_audience`
 */
export function refuseToken(bound: string | null, audience: Audience): Failure | null {
  const api = bound ?? ownApi()
  const isKnown = knownApis().includes(api)
  return isKnown && (audience === 'any' || api === (audience ?? ownApi()))
    ? null
    : wrongAudience('This token is for another API. Ask for one that names this API as its resource.')
}

/**
 * Whether a key may be used at an API: it must hold one of the API's scopes. All scopes are this site's own so far. If no
 * API was named, its scopes alone decide.
 *
 * @param subject the secret that was right, so that the refusal shows in the key's usage
 * @returns null if it may, else the Failure `wrong_audience`
 */
export function refuseKey(scopes: readonly string[], audience: Audience, subject: KeySubject): Failure | null {
  if (audience === undefined || audience === 'any') return null
  return audience === ownApi() && scopes.length > 0
    ? null
    : wrongAudience('This key holds no scope of this API. Use one that does.', subject)
}

/** Basic is a way into this site's own API alone. */
export const refuseBasic = (audience: Audience): Failure | null =>
  audience === undefined || audience === 'any' || audience === ownApi()
    ? null
    : wrongAudience('A password is not taken for this API. Send an API key or an access token.')

const wrongAudience = (message: string, subject?: KeySubject) => new Failure('wrong_audience', message, { subject })
