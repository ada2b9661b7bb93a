import 'server-only'
import { and, eq, isNull, or, sql } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { Failure } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import type { App } from './app'
import { readApp } from './get'
import { lockApp } from './lock'

/**
 * Disables an app: it gets no more tokens, and those it has are refused from the next request on, until it is enabled.
 *
 * @param options.asAdmin with the power of a site admin or of the command line, whose act the app's project cannot undo
 * @throws Failure `not_found`, `forbidden`, `conflict` when it is disabled already
 */
export async function disableApp(
  actor: Actor,
  clientId: string,
  { asAdmin = actor.kind === 'system' } = {},
): Promise<App> {
  return attempt(actor, { action: 'app.disabled', target: { kind: 'app', id: clientId } }, () =>
    narrowing(actor, () =>
      db().transaction(async (tx) => {
        const { name, projectId } = await lockApp(tx, actor, clientId, { asAdmin })
        const open = isNull(oauthClients.disabledAt)
        const [disabled] = await tx
          .update(oauthClients)
          .set({
            disabledAt: sql`coalesce(${oauthClients.disabledAt}, now())`,
            disabledById: actor.kind === 'user' ? actor.userId : null,
            disabledByAdmin: asAdmin,
          })
          .where(and(eq(oauthClients.id, clientId), asAdmin ? or(open, eq(oauthClients.disabledByAdmin, false)) : open))
          .returning({ id: oauthClients.id })
        if (!disabled) throw new Failure('conflict', 'This app is disabled already.')
        await recordAudit(tx, actor, {
          action: 'app.disabled',
          target: { kind: 'app', id: clientId, name },
          projectId,
          changes: asAdmin ? { disabledByAdmin: [false, true] } : {},
          circumstances: { asAdmin },
        })
        return readApp(tx, clientId)
      }),
    ),
  )
}
