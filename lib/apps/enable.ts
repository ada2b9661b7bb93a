import 'server-only'
import { and, eq, isNotNull } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { requireAppWithinActor } from '@/lib/within-actor'
import type { App } from './app'
import { readApp } from './get'
import { lockApp } from './lock'

/**
 * Lets a disabled app work again, with the grants it had.
 *
 * @param options.asAdmin with the power of a site admin or of the command line
 * @throws Failure `not_found`, `forbidden` for what an admin disabled, `conflict` when it is not disabled
 */
export async function enableApp(
  actor: Actor,
  clientId: string,
  { asAdmin = actor.kind === 'system' } = {},
): Promise<App> {
  return attempt(actor, { action: 'app.enabled', target: { kind: 'app', id: clientId } }, () =>
    db().transaction(async (tx) => {
      const before = await lockApp(tx, actor, clientId, { asAdmin })
      const { name, projectId, disabledByAdmin } = before
      await requireAppWithinActor(tx, actor, before)
      if (disabledByAdmin && !asAdmin) {
        throw new Failure('forbidden', 'An admin of this site disabled this app. Ask them to enable it.')
      }
      const [enabled] = await tx
        .update(oauthClients)
        .set({ disabledAt: null, disabledById: null, disabledByAdmin: false })
        .where(and(eq(oauthClients.id, clientId), isNotNull(oauthClients.disabledAt)))
        .returning({ id: oauthClients.id })
      if (!enabled) throw new Failure('conflict', 'This app is not disabled.')
      await recordAudit(tx, actor, {
        action: 'app.enabled',
        target: { kind: 'app', id: clientId, name },
        projectId,
        changes: disabledByAdmin ? { disabledByAdmin: [true, false] } : {},
      })
      return readApp(tx, clientId)
    }),
  )
}
