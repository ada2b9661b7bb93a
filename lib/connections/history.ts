import 'server-only'
import { and, eq, inArray, or } from 'drizzle-orm'
import { db } from '@/db'
import { apiKeys, auditEvents, oauthGrants } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { type AuditEvent, selectEvents } from '@/lib/audit/list'
import { visibleTo } from '@/lib/visible'
import type { Connection } from './list'

/**
 * What was done with the keys and grants of a connection that `actor` was given, those that have ended among them: the
 * latest 100 acts, newest first. The keys are those the person answers for or was shown, the grants their own.
 */
export async function listConnectionEvents(actor: UserActor, connection: Connection): Promise<AuditEvent[]> {
  const shown = connection.items.filter(({ kind }) => kind === 'key').map(({ id }) => id)
  const keys = db()
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(
      or(
        inArray(apiKeys.id, shown),
        and(inArray(apiKeys.thirdPartyId, connection.thirdPartyIds), eq(apiKeys.responsibleId, actor.userId)),
      ),
    )
  const grants = db()
    .select({ id: oauthGrants.id })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.userId, actor.userId), eq(oauthGrants.clientId, connection.app?.id ?? '')))
  return selectEvents(
    or(
      and(
        eq(auditEvents.targetKind, 'key'),
        inArray(auditEvents.targetId, keys),
        visibleTo(actor, auditEvents.projectId, 'keys:read'),
      ),
      // A grant is the person's own, whatever project it is about and whether they are still a member of it.
      and(eq(auditEvents.targetKind, 'grant'), inArray(auditEvents.targetId, grants)),
    ),
  )
}
