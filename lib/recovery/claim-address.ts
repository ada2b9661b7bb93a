import 'server-only'
import { and, asc, desc, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import {
  apiKeySecrets,
  apiKeys,
  apiKeyUses,
  invitations,
  oauthArtifacts,
  oauthClientSecrets,
  oauthClients,
  oauthGrants,
  oneTimeTokens,
  projects,
  thirdParties,
  users,
} from '@/db/schema'
import type { SystemActor } from '@/lib/actor'
import { issueClientSecret } from '@/lib/apps/issue-secret'
import { recordAudit } from '@/lib/audit/record'
import { hint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { Failure } from '@/lib/errors'
import { endGrants } from '@/lib/grants/end'
import { withdrawOpen } from '@/lib/invitations/withdraw'
import { revokeKeys } from '@/lib/keys/revoke'
import { inParts } from '@/lib/parts'
import { lockKeys } from '@/lib/projects/authorize'
import { endWaysIn } from '@/lib/users/end-ways-in'

/** What becomes of a key that was made before its owner proved their address. */
export type KeyFate = 'keep' | 'revoke'

/** The fates that the owner has chosen: of single keys by id, and of all others together. */
export interface KeyDecisions {
  fates: ReadonlyMap<string, KeyFate>
  others: KeyFate | null
}

/** A key that waits for a decision, as its owner recognises it. */
export interface UndecidedKey {
  id: string
  label: string
  hint: string
  project: string
  thirdParty: string | null
  createdAt: string
  lastUsedAt: string | null
  lastAddress: string | null
}

/** How many keys are listed one by one. The rest is decided together. */
export const LISTED_KEYS = 30

/** What ended, for the audit row and the mail. */
export interface Claimed {
  factors: number
  identities: number
  grants: number
  apps: number
  invitations: number
  keysKept: number
  keysRevoked: number
}

/** The keys that a person must decide about before they prove their address: the last used first, and how many others. */
export async function listUndecided(userId: string): Promise<{ listed: UndecidedKey[]; others: number }> {
  const rows = await db()
    .select({
      id: apiKeys.id,
      label: apiKeys.label,
      publicId: apiKeySecrets.publicId,
      project: projects.name,
      thirdParty: thirdParties.name,
      createdAt: apiKeys.createdAt,
      usedAt: apiKeyUses.usedAt,
      used: sql<boolean>`${apiKeyUses.usedAt} > '1971-01-01'`,
      address: apiKeyUses.address,
    })
    .from(apiKeys)
    .innerJoin(apiKeySecrets, and(eq(apiKeySecrets.keyId, apiKeys.id), isNull(apiKeySecrets.endsAt)))
    .innerJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .leftJoin(thirdParties, eq(thirdParties.id, apiKeys.thirdPartyId))
    .where(undecided(userId))
    .orderBy(desc(apiKeyUses.usedAt), desc(apiKeys.createdAt), asc(apiKeys.id))
    .limit(LISTED_KEYS)
  const all = await db().$count(apiKeys, undecided(userId))
  return {
    listed: rows.map(({ publicId, createdAt, usedAt, used, address, ...key }) => ({
      ...key,
      hint: hint(env().KEY_BRAND, 'api_key', publicId),
      createdAt: createdAt.toISOString(),
      lastUsedAt: used ? usedAt.toISOString() : null,
      lastAddress: used ? address : null,
    })),
    others: all - rows.length,
  }
}

/** Live keys that the person answers for. Those that have ended need no decision. */
const undecided = (userId: string) =>
  and(
    eq(apiKeys.responsibleId, userId),
    isNull(apiKeys.revokedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)),
  )

/**
 * Ends everything of an account that was made before anybody proved its address: factors, linked accounts, grants, apps,
 * invitations and one-time links end without asking; of each key the owner decides. Part of the act that proves the
 * address, inside its transaction and `narrowing`. The caller holds the person's row, so nobody makes anything more, and
 * has ended the sessions.
 *
 * @throws Failure `conflict` for a key without a decision, also one that was made after the owner saw the list
 */
export async function claimAddress(
  tx: Database,
  actor: SystemActor,
  userId: string,
  { fates, others }: KeyDecisions,
): Promise<Claimed> {
  const keys = await tx.select({ id: apiKeys.id }).from(apiKeys).where(undecided(userId)).orderBy(asc(apiKeys.id))
  const fateOf = (id: string) => fates.get(id) ?? others
  const open = keys.filter(({ id }) => !fateOf(id)).length
  if (open > 0) {
    throw new Failure(
      'conflict',
      open === 1
        ? 'One key has no decision yet. Look at the list again, choose Keep or Revoke, then set the password.'
        : `${open} keys have no decision yet. Look at the list again, choose Keep or Revoke for each, then set the password.`,
    )
  }
  const ended = await endWaysIn(tx, userId)
  await tx
    .update(oneTimeTokens)
    .set({ usedAt: sql`now()` })
    .where(and(eq(oneTimeTokens.userId, userId), isNull(oneTimeTokens.usedAt)))
  const revoked = keys.filter(({ id }) => fateOf(id) === 'revoke')
  for (const part of inParts(revoked)) {
    const ids = part.map(({ id }) => id)
    await lockKeys(tx, ids)
    await revokeKeys(tx, actor, ids, 'Made before the address was proved')
  }
  const own = tx.select({ id: oauthClients.id }).from(oauthClients).where(eq(oauthClients.responsibleId, userId))
  const grants = await endGrants(tx, actor, or(eq(oauthGrants.userId, userId), inArray(oauthGrants.clientId, own)))
  // What comes of no grant: requests under way, and the own tokens of apps.
  await tx
    .update(oauthArtifacts)
    .set({ endedAt: sql`now()` })
    .where(
      and(isNull(oauthArtifacts.endedAt), or(eq(oauthArtifacts.userId, userId), inArray(oauthArtifacts.clientId, own))),
    )
  const apps = await endApps(tx, actor, userId)
  const withdrawn = await withdrawOpen(tx, actor, eq(invitations.createdById, userId))
  // Switched off, perhaps, so that the owner does not hear of what is done.
  await tx.update(users).set({ unwantedMail: [], wantedMail: [] }).where(eq(users.id, userId))
  return {
    ...ended,
    grants: grants.length,
    apps,
    invitations: withdrawn,
    keysKept: keys.length - revoked.length,
    keysRevoked: revoked.length,
  }
}

/**
 * Disables the apps that a person answers for, and ends their secrets: enabled again, an app still needs a secret that
 * its owner takes.
 */
async function endApps(tx: Database, actor: SystemActor, userId: string): Promise<number> {
  const apps = await tx
    .select({
      id: oauthClients.id,
      name: oauthClients.name,
      projectId: oauthClients.projectId,
      isPublic: oauthClients.isPublic,
      disabledAt: oauthClients.disabledAt,
    })
    .from(oauthClients)
    .where(eq(oauthClients.responsibleId, userId))
    .orderBy(asc(oauthClients.id))
    .for('no key update')
  for (const { id, name, projectId, isPublic, disabledAt } of apps) {
    await tx
      .update(oauthClients)
      .set({ disabledAt: sql`coalesce(${oauthClients.disabledAt}, now())` })
      .where(eq(oauthClients.id, id))
    if (!isPublic) {
      await tx
        .update(oauthClientSecrets)
        .set({ endsAt: sql`date_trunc('milliseconds', clock_timestamp())` })
        .where(
          and(
            eq(oauthClientSecrets.clientId, id),
            or(isNull(oauthClientSecrets.endsAt), gt(oauthClientSecrets.endsAt, sql`clock_timestamp()`)),
          ),
        )
      // An app has a current secret always. Nobody is ever told this one.
      await issueClientSecret(tx, id)
    }
    await recordAudit(tx, actor, {
      action: disabledAt ? 'app.updated' : 'app.disabled',
      target: { kind: 'app', id, name },
      projectId,
      changes: isPublic ? {} : { secrets: ['those of before', null] },
    })
  }
  return apps.length
}
