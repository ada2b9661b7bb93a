import 'server-only'
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeySecrets, apiKeySecretUses, apiKeys } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { hint } from '@/lib/credentials'
import { env } from '@/lib/env'
import { visibleTo } from '@/lib/visible'

/** A version of a key's secret, as people may see it. */
export interface KeySecret {
  hint: string
  createdAt: string
  /** Null for the current one; for the old one of an overlap when it stops working. */
  endsAt: string | null
  lastUsedAt: string | null
}

/** The current secret of a key and, during an overlap, the old one after it. */
export async function listSecrets(actor: Actor, keyId: string): Promise<KeySecret[]> {
  const rows = await db()
    .select({
      publicId: apiKeySecrets.publicId,
      createdAt: apiKeySecrets.createdAt,
      endsAt: apiKeySecrets.endsAt,
      usedAt: apiKeySecretUses.usedAt,
    })
    .from(apiKeySecrets)
    .innerJoin(apiKeys, eq(apiKeys.id, apiKeySecrets.keyId))
    .leftJoin(apiKeySecretUses, eq(apiKeySecretUses.secretId, apiKeySecrets.id))
    .where(
      and(
        eq(apiKeySecrets.keyId, keyId),
        visibleTo(actor, apiKeys.projectId, 'keys:read'),
        or(isNull(apiKeySecrets.endsAt), and(gt(apiKeySecrets.endsAt, sql`now()`), isNull(apiKeys.revokedAt))),
      ),
    )
    .orderBy(sql`${apiKeySecrets.endsAt} desc nulls first`)
  return rows.map((row) => ({
    hint: hint(env().KEY_BRAND, 'api_key', row.publicId),
    createdAt: row.createdAt.toISOString(),
    endsAt: row.endsAt?.toISOString() ?? null,
    lastUsedAt: row.usedAt?.toISOString() ?? null,
  }))
}
