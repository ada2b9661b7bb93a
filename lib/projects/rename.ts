import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClients, projects } from '@/db/schema'
import type { SessionActor, SystemActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { notFound } from '@/lib/errors'
import { authorize } from './authorize'
import { lockMembers } from './lock-members'
import { requireOwnName } from './own-name'
import { dropVerifiedMarks } from './verified-marks'

/**
 * Gives a project another name. Its slug, and with it every link, stays. People are shown the name at consent, so its apps
 * are no longer what was verified.
 *
 * @throws Failure `not_found`, `forbidden`, `validation_failed` for a name that looks like this site's
 */
export async function renameProject(
  actor: SessionActor | SystemActor,
  projectId: string,
  { name }: { name: string },
): Promise<void> {
  await attempt(actor, { action: 'project.renamed', target: { kind: 'project', id: projectId }, projectId }, () =>
    db().transaction(async (tx) => {
      await lockMembers(tx, [projectId])
      await authorize(tx, actor, projectId, 'project:manage')
      const [before] = await tx.select({ name: projects.name }).from(projects).where(eq(projects.id, projectId))
      if (!before) throw notFound('project')
      if (before.name === name) return
      const named = requireOwnName(actor, name)
      await tx.update(projects).set({ name }).where(eq(projects.id, projectId))
      await recordAudit(tx, actor, {
        action: 'project.renamed',
        target: { kind: 'project', id: projectId, name },
        projectId,
        changes: { name: [before.name, name], ...named },
      })
      await dropVerifiedMarks(tx, actor, eq(oauthClients.projectId, projectId))
    }),
  )
}
