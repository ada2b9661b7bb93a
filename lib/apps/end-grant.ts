import 'server-only'
import { and, eq } from 'drizzle-orm'
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
 * Ends one person's grant to an app, as the app's project: its tokens are refused from the next request on.
 *
 * @throws Failure `not_found` for an app or grant that is not there or not the project's, ended grants among them;
 *   `forbidden`
 */
export async function endGrantForApp(actor: Actor, clientId: string, grantId: string): Promise<void> {
  await attempt(actor, { action: 'app.grant_ended', target: { kind: 'grant', id: grantId } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const { name, projectId } = await lockApp(tx, actor, clientId)
        const own = and(eq(oauthGrants.id, grantId), eq(oauthGrants.clientId, clientId))
        const [grant] = await endGrants(tx, actor, own)
        if (!grant) throw notFound('grant')
        const [person] = await tx.select({ name: users.name }).from(users).where(eq(users.id, grant.userId))
        // The grant's own row is the person's history; this one is the app's.
        await recordAudit(tx, actor, {
          action: 'app.grant_ended',
          target: { kind: 'app', id: clientId, name },
          projectId,
          changes: { person: [person?.name ?? null, null] },
        })
      }),
    ),
  )
}
