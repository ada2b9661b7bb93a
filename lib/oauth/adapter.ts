import 'server-only'
import { type Adapter, type AdapterPayload, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { isFailure } from '@/lib/errors'
import { takeAttempt } from '@/lib/rate-limit'
import { unavailable } from '@/lib/unavailable'
import {
  consumeArtifact,
  endArtifact,
  endFamily,
  findArtifact,
  findByUserCode,
  keepArtifact,
  type Payload,
} from './artifacts'
import { type Client, findClient } from './clients'
import { passwordGrantType } from './grant-types'
import { anonymousKinds } from './prune'
import { rotateRefreshToken } from './refresh'
import { narrowGrant, noteSource } from './token-scopes'

/**
 * What the OAuth library keeps its things in. Its own steps (find, consume, save) are separate; that they cannot be
 * raced is settled by the verbs behind these.
 *
 * @param kind the library's name for a kind of thing
 * @param context the current request
 */
export const makeAdapter =
  (context: () => KoaContextWithOIDC | undefined) =>
  (kind: string): Adapter => ({
    find: (id) =>
      answered(async () => {
        if (kind === 'Client') return metadataOf(await findClient(id))
        const request = context()
        if (request?.oidc.route !== 'token') return (await findArtifact(kind, id)) as AdapterPayload | undefined
        // Asked by the library before anything else about the code, so that polling too fast tells nothing.
        if (kind === 'DeviceCode') await countPoll(id)
        const found = await findArtifact(kind, id)
        if (kind === 'Grant') return (found && (await narrowGrant(request, id, found))) as AdapterPayload | undefined
        noteSource(request, found)
        // Whether one that was used before is taken again is decided when it is used, under the lock of its family.
        if (kind === 'RefreshToken' && found) return { ...found, consumed: undefined } as AdapterPayload
        return found as AdapterPayload | undefined
      }),
    findByUserCode: (userCode) => answered(() => findByUserCode(userCode) as Promise<AdapterPayload | undefined>),
    // Sessions are the portal's own; see provider.ts.
    findByUid: async () => undefined,
    upsert: (id, payload, expiresIn) =>
      answered(() => {
        requireSmall(kind, payload)
        return keepArtifact(
          kind,
          id,
          payload as Payload,
          expiresIn ?? secondsUntil(payload.exp),
          parentOf(kind, context()),
        )
      }),
    consume: (id) => answered(() => (kind === 'RefreshToken' ? rotateRefreshToken(id) : consumeArtifact(kind, id))),
    destroy: (id) =>
      answered(() =>
        kind === 'Grant'
          ? endFamily(id, context()?.oidc.route === 'revocation' ? 'revoked by the app' : 'used twice')
          : endArtifact(kind, id),
      ),
    // All of a family ends when its Grant does: once, and not once for each kind of token.
    revokeByGrantId: async () => undefined,
  })

/** What anybody can have us keep, in bytes of JSON: sealed and encoded it is then at most 8 kB. */
const MAX_ANONYMOUS_BYTES = 5_800

/** Refuses a request without a credential that would leave too much behind. Throws `invalid_request`. */
function requireSmall(kind: string, payload: AdapterPayload): void {
  if (!(anonymousKinds as readonly string[]).includes(kind)) return
  if (Buffer.byteLength(JSON.stringify(payload)) > MAX_ANONYMOUS_BYTES) {
    throw new errors.InvalidRequest('the request is too large: send at most 3.5 kB of parameters')
  }
}

/** The refresh token that a token of a refresh comes of; undefined for anything else. */
function parentOf(kind: string, context: KoaContextWithOIDC | undefined): string | undefined {
  const { RotatedRefreshToken: rotated, RefreshToken: next } = context?.oidc.entities ?? {}
  if (!rotated) return undefined
  return kind === 'RefreshToken' ? rotated.jti : kind === 'AccessToken' ? next?.jti : undefined
}

const secondsUntil = (exp = 0) => exp - Math.floor(Date.now() / 1000)

/** A client's metadata (RFC 7591), and its lifetimes. */
function metadataOf(client: Client | undefined): AdapterPayload | undefined {
  if (!client) return undefined
  const grantTypes = client.grantTypes.filter((type) => type !== 'password' || passwordGrantType(client))
  return {
    client_id: client.id,
    client_name: client.name,
    application_type: client.kind === 'native' ? 'native' : 'web',
    redirect_uris: client.redirectUris,
    grant_types: grantTypes,
    response_types: grantTypes.includes('authorization_code') ? ['code'] : [],
    // Codes go by the query; see provider.ts. What is answered to a response type that is refused goes by the fragment.
    response_modes: ['query', 'fragment'],
    token_endpoint_auth_method: client.isPublic ? 'none' : 'client_secret_basic',
    // The library wants one to be there. It is never compared: see `compareClientSecret`.
    ...(!client.isPublic && { client_secret: 'kept as a hash' }),
    // The library takes none for all. A machine gets scopes from client-credentials.ts alone, and so never this one.
    scope: client.scopes.join(' ') || (client.kind === 'machine' ? 'openid' : ''),
    id_token_signed_response_alg: 'RS256',
    access_ttl: client.accessTtl,
    refresh_ttl: client.refreshTtl,
    machine_ttl: client.machineTtl,
  }
}

async function countPoll(deviceCode: string): Promise<void> {
  try {
    await takeAttempt('devicePolls', deviceCode.slice(0, 64))
  } catch (error) {
    throw isFailure(error) ? new errors.SlowDown('ask again in five seconds') : error
  }
}

/** Says in the library's words what a verb refused, and 503 when the database is away. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isFailure(error)) {
      if (error.code === 'unavailable') throw away()
      throw Object.assign(new errors.InvalidGrant(error.message), { cause: error })
    }
    throw unavailable(error, false) ? away() : error
  }
}

const away = () =>
  Object.assign(new errors.TemporarilyUnavailable('the database cannot be reached'), {
    status: 503,
    statusCode: 503,
    expose: true,
  })
