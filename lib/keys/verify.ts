import 'server-only'
import { and, eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecrets, apiKeys, memberships, projects, thirdParties, users } from '@/db/schema'
import type { KeyActor, Origin } from '@/lib/actor'
import { addressIn } from '@/lib/addresses'
import { hint, matches, parse } from '@/lib/credentials'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { type Role, scopesWithin } from '@/lib/projects/roles'
import { once } from '@/lib/runtime'
import type { Scope } from '@/lib/scopes'

/** A key that was judged good, with all that an answer may say about it. */
export interface VerifiedKey {
  actor: KeyActor
  hint: string
  expiresAt: Date | null
  project: { id: string; slug: string; name: string }
  responsible: { id: string; name: string }
  thirdParty: { id: string; name: string } | null
}

/**
 * Judges an API key: its form without the database, then one indexed read, then everything the verdict depends on.
 *
 * @param credential what the client sent, of whatever form
 * @throws Failure `malformed_credentials`; `invalid_credentials` for an unknown id, a wrong secret, a responsible
 *   person who is disabled or gone, a deleted project; and, only once the secret matched, `revoked_credentials`,
 *   `expired_credentials`, `address_not_allowed`
 */
export async function verifyKey(credential: string, origin: Origin): Promise<VerifiedKey> {
  const parsed = parse(credential, env().KEY_BRAND)
  if (!parsed) {
    throw new Failure('malformed_credentials', 'This is not one of our credentials, or a character of it is wrong.')
  }
  const record = await readRecord(parsed.publicId)
  const known = matches(credential, record?.secretHash ?? null, pepperOf(record?.pepperId))
  if (!record || !known || parsed.kind !== 'api_key') throw invalid()
  return judge(record, parsed.publicId, origin)
}

type Record = NonNullable<Awaited<ReturnType<typeof readRecord>>>

function judge(record: Record, publicId: string, origin: Origin): VerifiedKey {
  const { now, role } = record
  if (record.responsibleDisabledAt || record.projectDeletedAt || !role) throw invalid()
  if (record.revokedAt) throw new Failure('revoked_credentials', 'This key was revoked.')
  if (record.secretEndsAt && record.secretEndsAt <= now) {
    throw new Failure('revoked_credentials', 'This key was regenerated, and its old secret no longer works.')
  }
  if (record.expiresAt && record.expiresAt <= now) throw new Failure('expired_credentials', 'This key has expired.')
  if (record.allowedAddresses.length > 0 && !addressIn(record.allowedAddresses, origin.address)) {
    throw new Failure('address_not_allowed', 'This key is not accepted from this address.')
  }
  return {
    actor: {
      kind: 'key',
      keyId: record.keyId,
      secretId: record.secretId,
      label: record.label,
      projectId: record.projectId,
      responsibleId: record.responsibleId,
      scopes: effectiveScopes(record.scopes, role),
      origin,
    },
    hint: hint(env().KEY_BRAND, 'api_key', publicId),
    expiresAt: record.expiresAt,
    project: { id: record.projectId, slug: record.projectSlug, name: record.projectName },
    responsible: { id: record.responsibleId, name: record.responsibleName },
    thirdParty: record.thirdPartyId ? { id: record.thirdPartyId, name: record.thirdPartyName ?? '' } : null,
  }
}

/** What a key may do: its scopes, as far as the responsible person's role still allows them. */
const effectiveScopes = (scopes: readonly string[], role: Role): Scope[] =>
  scopesWithin(role).filter((scope) => scopes.includes(scope))

const invalid = () => new Failure('invalid_credentials', 'The credential is not valid.')

/** With a pepper that is no longer configured the hash cannot match, and the work stays the same. */
const pepperOf = (id: string | undefined) => env().peppers.find((pepper) => pepper.id === id) ?? env().peppers[0]

/** The one read of a request, with the database's own time, which alone decides on expiry and overlap. */
async function readRecord(publicId: string) {
  const [record] = await once('verify-key-statement', prepareRead).execute({ publicId })
  return record
}

const prepareRead = () =>
  db()
    .select({
      secretId: apiKeySecrets.id,
      secretHash: apiKeySecrets.secretHash,
      pepperId: apiKeySecrets.pepperId,
      secretEndsAt: apiKeySecrets.endsAt,
      keyId: apiKeys.id,
      label: apiKeys.label,
      scopes: apiKeys.scopes,
      allowedAddresses: apiKeys.allowedAddresses,
      expiresAt: apiKeys.expiresAt,
      revokedAt: apiKeys.revokedAt,
      projectId: projects.id,
      projectSlug: projects.slug,
      projectName: projects.name,
      projectDeletedAt: projects.deletedAt,
      responsibleId: users.id,
      responsibleName: users.name,
      responsibleDisabledAt: users.disabledAt,
      role: memberships.role,
      thirdPartyId: thirdParties.id,
      thirdPartyName: thirdParties.name,
      now: sql<Date>`now()`.mapWith(apiKeys.createdAt),
    })
    .from(apiKeySecrets)
    .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .innerJoin(users, eq(users.id, apiKeys.responsibleId))
    .leftJoin(
      memberships,
      and(eq(memberships.projectId, apiKeys.projectId), eq(memberships.userId, apiKeys.responsibleId)),
    )
    .leftJoin(thirdParties, eq(thirdParties.id, apiKeys.thirdPartyId))
    .where(eq(apiKeySecrets.publicId, sql.placeholder('publicId')))
    .prepare('verify_key')
