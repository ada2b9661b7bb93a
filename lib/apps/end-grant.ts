import 'server-only'
import { and, eq, inArray, isNull } from 'drizzle-orm'
import { db } from '@/db'
import { oauthGrants, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { notFound } from '@/lib/errors'
import { endGrants } from '@/lib/grants/end'
import { narrowing } from '@/lib/narrowing'
import { lockApp } from './lock'

/**
 * Ends what one person lets an app do, as the app's project: its tokens are refused from the next request on.
 *
 * @param grantId one of the person's grants to the app; those for other projects end with it
 * @throws Failure `not_found` for an app or grant that is not there or not the project's, ended grants among them;
 *   `forbidden`
 */
export async function endGrantForApp(actor: Actor, clientId: string, grantId: string): Promise<void> {
  await attempt(actor, { action: 'app.grant_ended', target: { kind: 'grant', id: grantId } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const { name, projectId } = await lockApp(tx, actor, clientId)
        const ofApp = eq(oauthGrants.clientId, clientId)
        const person = tx
          .select({ userId: oauthGrants.userId })
          .from(oauthGrants)
          .where(and(eq(oauthGrants.id, grantId), ofApp, isNull(oauthGrants.revokedAt)))
        const [grant] = await endGrants(tx, actor, and(inArray(oauthGrants.userId, person), ofApp))
        if (!grant) throw notFound('grant')
        const [known] = await tx.select({ name: users.name }).from(users).where(eq(users.id, grant.userId))
        // The grant's own row is the person's history; this one is the app's.
        await recordAudit(tx, actor, {
          action: 'app.grant_ended',
          target: { kind: 'app', id: clientId, name },
          projectId,
          changes: { person: [known?.name ?? null, null] },
        })
      }),
    ),
  )
}
