import 'server-only'
import { and, eq, gt, sql } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClientSecrets } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { requireAppWithinActor } from '@/lib/within-actor'
import type { App } from './app'
import { readApp } from './get'
import { lockApp } from './lock'
import { mailSecret } from './mail'

/**
 * Ends an app's old secret now, before its overlap is over.
 *
 * @throws Failure `not_found`, `forbidden`, `conflict` when no old secret works any more
 */
export async function endClientSecretOverlap(actor: Actor, clientId: string): Promise<App> {
  return attempt(actor, { action: 'app.secret_overlap_ended', target: { kind: 'app', id: clientId } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const before = await lockApp(tx, actor, clientId)
        await requireAppWithinActor(tx, actor, before)
        const { secrets } = await readApp(tx, clientId)
        const [ended] = await tx
          .update(oauthClientSecrets)
          .set({ endsAt: sql`date_trunc('milliseconds', clock_timestamp())` })
          .where(and(eq(oauthClientSecrets.clientId, clientId), gt(oauthClientSecrets.endsAt, sql`clock_timestamp()`)))
          .returning({ at: oauthClientSecrets.endsAt })
        if (!ended) throw new Failure('conflict', 'The old secret has stopped working already.')
        await mailSecret(tx, actor, before, { isNew: false, oldEndsAt: null })
        await recordAudit(tx, actor, {
          action: 'app.secret_overlap_ended',
          target: { kind: 'app', id: clientId, name: before.name },
          projectId: before.projectId,
          changes: { oldSecretEndsAt: [secrets[1]?.endsAt ?? null, ended.at?.toISOString() ?? null] },
        })
        return readApp(tx, clientId)
      }),
    ),
  )
}
