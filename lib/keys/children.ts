import 'server-only'
import { type AnyColumn, and, asc, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeys, oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { type AuditEntry, recordAudit } from '@/lib/audit/record'
import { readAncestors } from '@/lib/lineage'
import { onlyAdmins } from '@/lib/users/admin'
import { visibleTo } from '@/lib/visible'
import { statusCondition } from './key'

/** What a key made, and whether what made the key still stands. */
export interface Family {
  /** Keys that it made, without those that were revoked or have expired: at most 100, by label. */
  keys: { id: string; label: string }[]
  /** Apps that it registered, at most 100, by name. */
  apps: { id: string; name: string }[]
  /** Whether the key is refused because something above it has ended. */
  isCutOff: boolean
}

/** The keys that a key made and that were not revoked. */
export async function childrenOf(tx: Database, keyId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.parentKeyId, keyId), isNull(apiKeys.revokedAt)))
  return rows.map(({ id }) => id)
}

/**
 * Disables the apps that a key registered, an audit row each. A person can enable them again.
 *
 * @param tx the transaction in which the caller has locked the key
 */
export async function disableChildApps(tx: Database, actor: Actor, keyId: string): Promise<void> {
  const disabled = await tx
    .update(oauthClients)
    .set({ disabledAt: sql`now()`, disabledById: actor.kind === 'user' ? actor.userId : null })
    .where(and(eq(oauthClients.parentKeyId, keyId), isNull(oauthClients.disabledAt)))
    .returning({ id: oauthClients.id, name: oauthClients.name, projectId: oauthClients.projectId })
  await recordAudit(
    tx,
    actor,
    ...disabled.map(({ id, name, projectId }): AuditEntry => {
      return { action: 'app.disabled', target: { kind: 'app', id, name }, projectId }
    }),
  )
}

/** The children of a key that `actor` may see; none for another. */
export async function readFamily(actor: Actor, keyId: string): Promise<Family> {
  const visible = visibleTo(actor, apiKeys.projectId, 'keys:read')
  const [[key], keys, apps] = await Promise.all([
    db()
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.id, keyId), visible)),
    db()
      .select({ id: apiKeys.id, label: apiKeys.label })
      .from(apiKeys)
      .where(and(eq(apiKeys.parentKeyId, keyId), visible, statusCondition.active))
      .orderBy(asc(sql`lower(${apiKeys.label})`), asc(apiKeys.id))
      .limit(100),
    db()
      .select({ id: oauthClients.id, name: oauthClients.name })
      .from(oauthClients)
      .where(and(eq(oauthClients.parentKeyId, keyId), visibleTo(actor, oauthClients.projectId, 'apps:read')))
      .orderBy(asc(sql`lower(${oauthClients.name})`), asc(oauthClients.id))
      .limit(100),
  ])
  if (!key) return { keys: [], apps: [], isCutOff: false }
  const ancestors = await readAncestors(db(), key, key.projectId)
  const isEnded = ancestors.some(
    ({ isGone, revokedAt, expiresAt, now }) => isGone || revokedAt || (expiresAt && expiresAt <= now),
  )
  return { keys, apps, isCutOff: isEnded }
}

/**
 * How many keys that work, and how many apps that are not disabled, a key has made; none for a key that `actor` may not see.
 *
 * @param options.asAdmin for a key of any project, with the power of a site admin
 * @throws Failure `not_found` if `asAdmin` is set and the actor is not an admin
 */
export async function countChildren(
  actor: Actor,
  keyId: string,
  { asAdmin = false } = {},
): Promise<{ keys: number; apps: number }> {
  if (asAdmin) onlyAdmins(actor)
  const mayRead = (projectId: AnyColumn) => (asAdmin ? undefined : visibleTo(actor, projectId, 'keys:read'))
  const [keys, apps] = await Promise.all([
    db().$count(apiKeys, and(eq(apiKeys.parentKeyId, keyId), mayRead(apiKeys.projectId), statusCondition.active)),
    db().$count(
      oauthClients,
      and(eq(oauthClients.parentKeyId, keyId), isNull(oauthClients.disabledAt), mayRead(oauthClients.projectId)),
    ),
  ])
  return { keys, apps }
}
