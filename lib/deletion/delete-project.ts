import 'server-only'
import { db } from '@/db'
import type { SessionActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { invalidField } from '@/lib/errors'
import { narrowing } from '@/lib/narrowing'
import { authorize } from '@/lib/projects/authorize'
import { projectName } from '@/lib/projects/find'
import { lockMembers } from '@/lib/projects/lock-members'
import { closeProject, revokeRest } from './close-project'
import { isSameName } from './input'

/**
 * Deletes a project: its keys, apps and what people let them do end for good, and nobody opens it again. Its history
 * stays, for site admins.
 *
 * @param input.name the project's name, typed by who means it
 * @throws Failure `not_found`, `forbidden`, `validation_failed` for another name, `reauthentication_required`
 */
export async function deleteProject(actor: SessionActor, projectId: string, { name }: { name: string }): Promise<void> {
  await attempt(
    actor,
    { action: 'project.deleted', target: { kind: 'project', id: projectId }, projectId },
    async () => {
      await narrowing(actor, () =>
        db().transaction(async (tx) => {
          await lockMembers(tx, [projectId])
          await authorize(tx, actor, projectId, 'project:manage')
          if (!isSameName(name, await projectName(tx, projectId))) {
            throw invalidField('name', 'This is not the name of the project. Type it as it stands above.')
          }
          await closeProject(tx, actor, projectId)
        }),
      )
    },
  )
  await revokeRest(actor, projectId)
}
