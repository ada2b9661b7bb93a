import 'server-only'
import { db } from '@/db'
import type { UserActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { notFound } from '@/lib/errors'
import { authorize } from '@/lib/projects/authorize'
import { isSiteAdmin } from '@/lib/users/admin'

/** The lists of the whole site that an admin can export, and what the audit log calls each. */
const lists = {
  keys: 'All keys',
  audit: 'Audit log',
  violations: 'Keys against the policy',
} as const

/**
 * Records that an admin exports a list of the whole site. Called before the first line is sent: an export that cannot be
 * recorded does not happen.
 *
 * @param filter the filter of the list, as the admin set it; empty fields are left out
 * @throws Failure `not_found` if the actor is not an admin, `unavailable` if the audit log cannot be written
 */
export const beginExport = (
  actor: UserActor,
  list: keyof typeof lists,
  filter: Record<string, string> = {},
): Promise<void> =>
  attempt(actor, { action: 'site.exported', target: { kind: 'site', id: list } }, () =>
    db().transaction(async (tx) => {
      if (!(await isSiteAdmin(tx, actor))) throw notFound('page')
      await recordAudit(tx, actor, {
        action: 'site.exported',
        target: { kind: 'site', id: list, name: lists[list] },
        changes: filterChanges(filter),
      })
    }),
  )

/**
 * As `beginExport`, for the history of one project.
 *
 * @throws Failure `not_found` if the project is not the actor's, `forbidden` if their role may not read its history
 */
export const beginProjectExport = (
  actor: UserActor,
  { id: projectId, name }: { id: string; name: string },
  filter: Record<string, string> = {},
): Promise<void> =>
  attempt(actor, { action: 'project.exported', target: { kind: 'project', id: projectId }, projectId }, () =>
    db().transaction(async (tx) => {
      await authorize(tx, actor, projectId, 'audit:read')
      await recordAudit(tx, actor, {
        action: 'project.exported',
        target: { kind: 'project', id: projectId, name },
        projectId,
        changes: filterChanges(filter),
      })
    }),
  )

const filterChanges = (filter: Record<string, string>): Record<string, [null, string]> =>
  Object.fromEntries(Object.entries(filter).flatMap(([name, value]) => (value ? [[name, [null, value]]] : [])))
