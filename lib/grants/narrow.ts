import 'server-only'
import { and, eq, isNull, or, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { oauthArtifacts, oauthGrants } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure, notFound } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { authorizePerson } from '@/lib/projects/authorize'
import { endGrants } from './end'

/**
 * Takes scopes away from what a person has let an app do. Tokens that are out lose them too, for good. With none left the
 * grant ends.
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
  await narrowTokens(tx, grantId, after)
  await recordAudit(tx, actor, {
    action: 'grant.narrowed',
    target: { kind: 'grant', id: grantId, name: grant.clientName },
    projectId: grant.projectId,
    changes: { scopes: [before, after] },
  })
  return { before, after }
}

/**
 * Takes from the families and tokens of a grant, which the caller has locked, what the grant has lost. It must be taken
 * from them and not only be looked up in the grant: otherwise a later consent would give it back to old tokens. A family
 * that is left without any scope ends.
 */
export async function narrowTokens(tx: Database, grantId: string, scopes: readonly string[]): Promise<void> {
  const kept = sql`${sql.param([...scopes])}::text[]`
  const wider = and(
    eq(oauthArtifacts.grantId, grantId),
    isNull(oauthArtifacts.endedAt),
    sql`not ${oauthArtifacts.scopes} <@ ${kept}`,
  )
  const left = sql`array(select each from unnest(${oauthArtifacts.scopes}) with ordinality as had(each, place)
    where each = any(${kept}) order by place)`
  const narrowed = await tx
    .update(oauthArtifacts)
    .set({ scopes: left })
    .where(wider)
    .returning({ id: oauthArtifacts.id, kind: oauthArtifacts.kind, scopes: oauthArtifacts.scopes })
  const empty = narrowed.filter((each) => each.kind === 'Grant' && each.scopes.length === 0).map(({ id }) => id)
  if (empty.length === 0) return
  await tx
    .update(oauthArtifacts)
    .set({ endedAt: sql`now()` })
    .where(
      and(or(anyOf(oauthArtifacts.id, empty), anyOf(oauthArtifacts.familyId, empty)), isNull(oauthArtifacts.endedAt)),
    )
}
