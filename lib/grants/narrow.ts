import 'server-only'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oauthGrants } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { authorizePerson } from '@/lib/projects/authorize'
import { endGrants } from './end'

/**
 * Takes scopes away from what a person has let an app do. Tokens that are out lose them too: what a token may do is
 * looked up in its grant. With none left the grant ends.
 *
 * @param scopes those that stay
 * @returns the scopes that the grant has now
 * @throws Failure `not_found` for unknown grants and those of others alike, `conflict` when it was removed already,
 *   `validation_failed` for a scope that the grant does not have
 */
export async function narrowGrant(actor: UserActor, grantId: string, scopes: readonly string[]): Promise<string[]> {
  const { after } = await attempt(actor, { action: 'grant.narrowed', target: { kind: 'grant', id: grantId } }, () =>
    narrowing(
      actor,
      () => db().transaction((tx) => narrow(tx, actor, grantId, scopes)),
      ({ before, after }) => after.length < before.length,
    ),
  )
  return after
}

async function narrow(
  tx: Database,
  actor: UserActor,
  grantId: string,
  wanted: readonly string[],
): Promise<{ before: string[]; after: string[] }> {
  await authorizePerson(tx, actor)
  const own = and(eq(oauthGrants.id, grantId), eq(oauthGrants.userId, actor.userId))
  const [grant] = await tx.select().from(oauthGrants).where(own).for('update')
  if (!grant) throw notFound('grant')
  if (grant.revokedAt) throw new Failure('conflict', 'This access was removed already.')
  const added = wanted.find((scope) => !grant.scopes.includes(scope))
  if (added !== undefined) {
    throw new Failure('validation_failed', 'Access can only be taken away here. The app must ask for more.', {
      errors: { scopes: ['Has a scope that was not given; scopes can only be taken away.'] },
    })
  }
  const before = grant.scopes
  const after = before.filter((scope) => wanted.includes(scope))
  if (after.length === before.length) return { before, after }
  if (after.length === 0) {
    await endGrants(tx, actor, own)
    return { before, after }
  }
  await tx
    .update(oauthGrants)
    .set({ scopes: after, changedAt: sql`now()` })
    .where(and(own, isNull(oauthGrants.revokedAt)))
  await recordAudit(tx, actor, {
    action: 'grant.narrowed',
    target: { kind: 'grant', id: grantId, name: grant.clientName },
    projectId: grant.projectId,
    changes: { scopes: [before, after] },
  })
  return { before, after }
}
