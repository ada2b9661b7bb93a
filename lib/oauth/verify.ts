import 'server-only'
import type { Origin, TokenActor } from '@/lib/actor'
import { hint, parse } from '@/lib/credentials'
import type { Leased } from '@/lib/credentials/lease'
import { hasSecret, type LaneOf, verifyLeased } from '@/lib/credentials/verify'
import { env } from '@/lib/env'
import { Failure, invalidCredential } from '@/lib/errors'
import { type Ancestor, endUnder, refuseByAncestors } from '@/lib/lineage'
import { type Audience, refuseToken } from './audience'
import { type TokenRecord, tokenLease } from './record'

/** An access token that was judged good, with all that an answer may say about it. */
export interface VerifiedToken {
  actor: TokenActor
  hint: string
  /** Its own end, or that of a credential that made the app if that is earlier. */
  expiresAt: Date
  /** For an app's own tokens: the credentials that made the app, against whose limits its requests count too. */
  ancestors: readonly Ancestor[]
  project: { id: string; slug: string; name: string } | null
}

interface Options {
  /** The API that the request is for; this site's own if undefined. */
  audience?: Audience
  /** Says whether the client's reads wait in the slow lane; without it they do not. */
  laneOf?: LaneOf
}

/**
 * Judges an OAuth access token, just as `verifyKey` judges a key.
 *
 * @throws Failure `malformed_credentials`; `invalid_credentials` for an unknown id, a wrong secret, a disabled person or
 *   app; and, only once the secret matched, `revoked_credentials`, `expired_credentials`, `wrong_audience`
 */
export async function verifyToken(
  credential: string,
  origin: Origin,
  { audience, laneOf = async () => null }: Options = {},
): Promise<VerifiedToken> {
  const parsed = parse(credential, env().KEY_BRAND)
  if (parsed?.kind !== 'access_token') throw new Failure('malformed_credentials', 'This is not an access token.')
  const { publicId } = parsed
  return verifyLeased(tokenLease(), publicId, credential, laneOf, (leased) =>
    judge(leased, credential, publicId, origin, audience),
  )
}

function judge(
  { record, since }: Leased<TokenRecord>,
  credential: string,
  publicId: string,
  origin: Origin,
  audience: Audience,
): VerifiedToken | Failure {
  const right = hasSecret(record, credential)
  if (!record || !right || record.responsibleDisabledAt) return invalidCredential()
  if (record.clientDisabledAt || record.clientProjectDeletedAt || !record.clientAnsweredFor) return invalidCredential()
  const project = projectOf(record)
  // An app's own token is like a key: without somebody who answers for it, it is refused.
  if (record.userId === null && project === null) return invalidCredential()
  const ownNoMore = record.userId === null && !record.clientGrantTypes.includes('client_credentials')
  const ended = record.endedAt !== null || record.grantRevokedAt !== null
  if (ended || ownNoMore) {
    const message = 'The access that this token was given has ended. Ask for access again.'
    // An app can be given its grant type back.
    return new Failure('revoked_credentials', message, { final: ended })
  }
  const now = record.now.getTime() + (performance.now() - since)
  if (record.expiresAt.getTime() <= now) {
    return new Failure('expired_credentials', 'This token has expired. Ask for a new one with the refresh token.', {
      final: true,
    })
  }
  if (record.complete) throw new Error('a credential was judged without its lineage')
  const orphaned = refuseByAncestors(record.ancestors, now, origin.address)
  if (orphaned) return orphaned
  const foreign = refuseToken(record.audience, audience)
  if (foreign) return foreign
  return {
    actor: {
      kind: 'token',
      tokenId: record.id,
      clientId: record.clientId,
      clientName: record.clientName,
      grantId: record.grantId,
      familyId: record.familyId,
      user: record.userId === null ? null : { id: record.userId, name: record.responsibleName },
      responsibleId: record.responsibleId,
      projectId: project?.id ?? null,
      scopes: record.scopes,
      origin,
    },
    hint: hint(env().KEY_BRAND, 'access_token', publicId),
    expiresAt: endUnder(record.expiresAt, record.ancestors) ?? record.expiresAt,
    ancestors: record.ancestors,
    project,
  }
}

function projectOf({ projectId, projectSlug, projectName, projectDeletedAt, role }: TokenRecord) {
  return projectId && projectSlug && projectName && !projectDeletedAt && role
    ? { id: projectId, slug: projectSlug, name: projectName }
    : null
}
