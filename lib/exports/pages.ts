import 'server-only'
import { db } from '@/db'
import type { UserActor } from '@/lib/actor'
import { type AuditFilter, type LogPage, searchAudit, searchProjectAudit } from '@/lib/audit/search'
import { authorizePerson } from '@/lib/projects/authorize'
import { onlyAdminsStill } from '@/lib/users/admin'

// An export is read page by page, for as long as the reader likes. Who may read is asked again for each page.

interface Place {
  cursor?: string
  limit: number
}

/**
 * The next page of the site's log.
 *
 * @throws Failure `not_found` once the actor is not an admin any more, or their session has ended
 */
export async function exportAudit(actor: UserActor, filter: AuditFilter, place: Place): Promise<LogPage> {
  await onlyAdminsStill(actor)
  return searchAudit(actor, { ...filter, ...place })
}

/**
 * The next page of a project's history.
 *
 * @throws Failure `invalid_credentials` once the actor's account or session has ended
 */
export async function exportProjectAudit(
  actor: UserActor,
  projectId: string,
  filter: Omit<AuditFilter, 'project'>,
  place: Place,
): Promise<LogPage> {
  await authorizePerson(db(), actor)
  return searchProjectAudit(actor, projectId, { ...filter, ...place })
}
