import 'server-only'
import { and, eq, lt, ne, notExists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { db } from '@/db'
import { oauthArtifacts } from '@/db/schema'

/** How long what is over is still known, in days: whoever sends it is told that it has expired, and not that it never was. */
const KEPT_DAYS = 30

const part = alias(oauthArtifacts, 'part')

/** Forgets codes, tokens and requests that expired long ago, and then the families that nothing is left of. */
export async function pruneArtifacts(): Promise<void> {
  const longAgo = sql`now() - make_interval(days => ${KEPT_DAYS})`
  await db()
    .delete(oauthArtifacts)
    .where(and(ne(oauthArtifacts.kind, 'Grant'), lt(oauthArtifacts.expiresAt, longAgo)))
  const parts = db().select({ id: part.id }).from(part).where(eq(part.familyId, oauthArtifacts.id))
  await db()
    .delete(oauthArtifacts)
    .where(and(eq(oauthArtifacts.kind, 'Grant'), lt(oauthArtifacts.createdAt, longAgo), notExists(parts)))
}
