import 'server-only'
import type { KeyActor, Origin } from '@/lib/actor'
import type { Awaitable } from '@/lib/awaitable'
import { hint, type Kind, parse } from '@/lib/credentials'
import type { Leased } from '@/lib/credentials/lease'
import { hasSecret, type LaneOf, verifyLeased } from '@/lib/credentials/verify'
import { env } from '@/lib/env'
import { Failure, invalidCredential } from '@/lib/errors'
import { type Ancestor, endUnder, refuseByAncestors } from '@/lib/lineage'
import { type KeyRecord, keyLease } from './record'

/** A key that was judged good, with all that an answer may say about it. */
export interface VerifiedKey {
  actor: KeyActor
  hint: string
  /** Its own end, or that of a credential above it if that is earlier. */
  expiresAt: Date | null
  /** Accepted requests a minute, when the key has a limit of its own. */
  rateLimitPerMinute: number | null
  /** The credentials that made it, against whose limits its requests count too. */
  ancestors: readonly Ancestor[]
  project: { id: string; slug: string; name: string }
  thirdParty: { id: string; name: string } | null
}

/**
 * Judges an API key: its form without the database, then its record, then everything the verdict depends on. Only the
 * record is reused between requests, within its lease; the judgement is made anew for each.
 *
 * @param credential what the client sent, of whatever form
 * @param laneOf says whether the client's reads wait in the slow lane
 * @returns at once when the record is at hand and the verdict good; refusals are rejections
 * @throws Failure `malformed_credentials`; `invalid_credentials` for an unknown id, a wrong secret, a responsible
 *   person who is disabled or gone, a deleted project; and, only once the secret matched, `revoked_credentials`,
 *   `expired_credentials`, `address_not_allowed`. Each of them also if that is true of a credential that made the key
 */
export function verifyKey(
  credential: string,
  origin: Origin,
  laneOf: LaneOf = async () => null,
  parsed = parse(credential, env().KEY_BRAND),
): Awaitable<VerifiedKey> {
  if (!parsed) return Promise.reject(malformed())
  const { kind, publicId } = parsed
  return verifyLeased(keyLease(), publicId, credential, laneOf, (leased) =>
    judge(leased, kind, credential, publicId, origin),
  )
}

function judge(
  { record, since }: Leased<KeyRecord>,
  kind: Kind,
  credential: string,
  publicId: string,
  origin: Origin,
): VerifiedKey | Failure {
  const right = hasSecret(record, credential) && kind === 'api_key'
  if (!record || !right || record.responsibleDisabledAt || record.projectDeletedAt || !record.role)
    return invalidCredential()
  const subject = { secretId: record.secretId, keyId: record.keyId, projectId: record.projectId }
  if (record.revokedAt)
    return new Failure('revoked_credentials', 'This key was revoked. Ask for a new one.', { subject, final: true })
  // The database's clock decides for all instances.
  const now = record.now.getTime() + (performance.now() - since)
  if (record.secretEndsAt && record.secretEndsAt.getTime() <= now) {
    const message = 'This key was regenerated, and its old secret no longer works. Ask for the new one.'
    return new Failure('revoked_credentials', message, { subject, final: true })
  }
  if (record.expiresAt && record.expiresAt.getTime() <= now)
    return new Failure('expired_credentials', 'This key has expired. Ask for a new one.', { subject, final: true })
  if (record.addressAllowed && !record.addressAllowed(origin.address)) {
    const message = 'This key is not accepted from this address. Call from one of its own, or have the list changed.'
    return new Failure('address_not_allowed', message, { subject })
  }
  if (record.complete) throw new Error('a credential was judged without its lineage')
  const orphaned = refuseByAncestors(record.ancestors, now, origin.address, subject)
  if (orphaned) return orphaned
  return {
    actor: {
      kind: 'key',
      keyId: record.keyId,
      secretId: record.secretId,
      label: record.label,
      projectId: record.projectId,
      responsibleId: record.responsibleId,
      scopes: record.scopes,
      origin,
    },
    hint: hint(env().KEY_BRAND, 'api_key', publicId),
    expiresAt: endUnder(record.expiresAt, record.ancestors),
    rateLimitPerMinute: record.rateLimitPerMinute,
    ancestors: record.ancestors,
    project: { id: record.projectId, slug: record.projectSlug, name: record.projectName },
    thirdParty: record.thirdPartyId ? { id: record.thirdPartyId, name: record.thirdPartyName ?? '' } : null,
  }
}

const malformed = () =>
  new Failure(
    'malformed_credentials',
    'This is not one of our credentials, or a character of it is wrong. Copy it again from where it was stored.',
  )
