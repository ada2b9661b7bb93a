import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClients } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import type { App } from './app'
import { requireReachableMaker } from './asking-people'
import { readApp } from './get'
import { asksPeople } from './input'
import { lockApp } from './lock'
import { requireOwnTokens } from './own-tokens'

/**
 * Makes the actor answer for an app that nobody answers for any more: its own tokens are accepted again, within what
 * the actor's role allows. That takes as much as giving them to it anew.
 *
 * @throws Failure `not_found`, `forbidden`, `conflict` when somebody answers for the app
 */
export async function takeOverApp(actor: SessionActor, clientId: string): Promise<App> {
  return attempt(actor, { action: 'app.updated', target: { kind: 'app', id: clientId } }, () =>
    narrowing(
      actor,
      () =>
        db().transaction(async (tx) => {
          const before = await lockApp(tx, actor, clientId)
          const { responsible } = await readApp(tx, clientId)
          if (responsible.active) throw new Failure('conflict', `${responsible.name} answers for this app. Ask them.`)
          if (asksPeople(before.grantTypes)) await requireReachableMaker(tx, actor, actor.userId, before.projectId)
          await requireOwnTokens(tx, actor, before.role ?? 'viewer', before, { allowManagement: true })
          await tx
            .update(oauthClients)
            .set({ responsibleId: actor.userId, grantedByOperator: false })
            .where(eq(oauthClients.id, clientId))
          await recordAudit(tx, actor, {
            action: 'app.updated',
            target: { kind: 'app', id: clientId, name: before.name },
            projectId: before.projectId,
            changes: { responsible: [responsible.name, actor.name] },
          })
          return readApp(tx, clientId)
        }),
      // Takes nothing away; what this process holds is forgotten all the same, so that it works at once.
      () => false,
    ),
  )
}
