import 'server-only'
import { eq } from 'drizzle-orm'
import { db } from '@/db'
import { projects } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { recordAudit } from '@/lib/audit/record'
import { notFound } from '@/lib/errors'
import { authorize } from './authorize'
import { lockMembers } from './lock-members'

/**
 * Gives a project another name. Its slug, and with it every link, stays.
 *
 * @throws Failure `not_found`, `forbidden`
 */
export async function renameProject(actor: SessionActor, projectId: string, { name }: { name: string }): Promise<void> {
  await attempt(actor, { action: 'project.renamed', target: { kind: 'project', id: projectId }, projectId }, () =>
    db().transaction(async (tx) => {
      await lockMembers(tx, [projectId])
      await authorize(tx, actor, projectId, 'project:manage')
      const [before] = await tx.select({ name: projects.name }).from(projects).where(eq(projects.id, projectId))
      if (!before) throw notFound('project')
      if (before.name === name) return
      await tx.update(projects).set({ name }).where(eq(projects.id, projectId))
      await recordAudit(tx, actor, {
        action: 'project.renamed',
        target: { kind: 'project', id: projectId, name },
        projectId,
        changes: { name: [before.name, name] },
      })
    }),
  )
}
