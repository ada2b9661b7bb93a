import 'server-only'
import { and, eq, inArray, lt, ne, notExists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { db } from '@/db'
import { oauthArtifacts } from '@/db/schema'

/** How long what is over is still known, in days: whoever sends it is told that it has expired, and not that it never was. */
const KEPT_DAYS = 30

/** What requests without a credential leave behind: pushed and authorization requests, and devices that ask. */
export const anonymousKinds = ['PushedAuthorizationRequest', 'Interaction', 'DeviceCode'] as const

/** How long it is kept after it expired, in minutes: a device is told that its code has expired, and not that it never was. */
const ANONYMOUS_KEPT_MINUTES = 30

/** Rows of one statement, so that a flood's rows hold up nobody else. */
const BATCH = 1_000

/**
 * Forgets what requests without a credential left behind, half an hour after it expired. Run every quarter of an hour.
 *
 * @returns how many rows
 */
export async function pruneAnonymous(): Promise<number> {
  let total = 0
  for (;;) {
    const batch = db()
      .select({ id: oauthArtifacts.id })
      .from(oauthArtifacts)
      .where(
        and(
          inArray(oauthArtifacts.kind, [...anonymousKinds]),
          lt(oauthArtifacts.expiresAt, sql`now() - make_interval(mins => ${ANONYMOUS_KEPT_MINUTES})`),
        ),
      )
      .limit(BATCH)
    const gone = await db()
      .delete(oauthArtifacts)
      .where(inArray(oauthArtifacts.id, batch))
      .returning({ id: oauthArtifacts.id })
    total += gone.length
    if (gone.length < BATCH) return total
  }
}

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
