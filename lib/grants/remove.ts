import 'server-only'
import { and, eq } from 'drizzle-orm'
import { db } from '@/db'
import { oauthGrants } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { Failure, notFound } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { authorizePerson } from '@/lib/projects/authorize'
import { endGrants } from './end'

/**
 * Takes back what a person has let an app do: its codes and tokens end, and it must ask again.
 *
 * @throws Failure `not_found` for unknown grants and those of others alike, `conflict` when it was removed already
 */
export async function removeGrant(actor: UserActor, grantId: string): Promise<void> {
  await attempt(actor, { action: 'grant.removed', target: { kind: 'grant', id: grantId } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        await authorizePerson(tx, actor)
        const own = and(eq(oauthGrants.id, grantId), eq(oauthGrants.userId, actor.userId))
        const [ended] = await endGrants(tx, actor, own)
        if (ended) return
        const [known] = await tx.select({ id: oauthGrants.id }).from(oauthGrants).where(own)
        throw known ? new Failure('conflict', 'This access was removed already.') : notFound('grant')
      }),
    ),
  )
}
