import 'server-only'
import { eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { type AuditAction, recordAudit } from '@/lib/audit/record'
import { narrowing } from '@/lib/narrowing'
import type { App } from './app'
import { readApp } from './get'
import { lockApp } from './lock'

/** What site admins say of an app; a mark left out stays as it is. */
export interface Marks {
  /** Its publisher is who it says it is. */
  verified?: boolean
  /** It is the site's own. Taking that away takes the password grant with it. */
  firstParty?: boolean
}

/**
 * Gives an app marks or takes them away, as a site admin by session or the command line. Marks it has already are left
 * as they are.
 *
 * @throws Failure `not_found`, for everybody else too
 */
export async function markApp(actor: Actor, clientId: string, { verified, firstParty }: Marks): Promise<App> {
  return attempt(
    actor,
    {
      action: actionOf({ verified, firstParty }),
      target: { kind: 'app', id: clientId },
    },
    () =>
      narrowing(
        actor,
        () =>
          db().transaction(async (tx) => {
            const before = await lockApp(tx, actor, clientId, { asAdmin: true })
            const record = (action: AuditAction) =>
              recordAudit(tx, actor, {
                action,
                target: { kind: 'app', id: clientId, name: before.name },
                projectId: before.projectId,
              })
            if (verified !== undefined && verified !== (before.verifiedAt !== null)) {
              await tx
                .update(oauthClients)
                .set({ verifiedAt: verified ? sql`now()` : null })
                .where(eq(oauthClients.id, clientId))
              await record(verified ? 'app.verified' : 'app.unverified')
            }
            if (firstParty !== undefined && firstParty !== before.isFirstParty) {
              await tx
                .update(oauthClients)
                .set({
                  isFirstParty: firstParty,
                  ...(!firstParty && { grantTypes: before.grantTypes.filter((each) => each !== 'password') }),
                })
                .where(eq(oauthClients.id, clientId))
              await record(firstParty ? 'app.marked_first_party' : 'app.unmarked_first_party')
            }
            return readApp(tx, clientId)
          }),
        () => firstParty === false,
      ),
  )
}

function actionOf({ verified, firstParty }: Marks): AuditAction {
  if (verified !== undefined) return verified ? 'app.verified' : 'app.unverified'
  return firstParty ? 'app.marked_first_party' : 'app.unmarked_first_party'
}
