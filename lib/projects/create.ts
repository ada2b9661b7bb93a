import 'server-only'
import { db } from '@/db'
import { memberships, projects } from '@/db/schema'
import type { SessionActor } from '@/lib/actor'
import { recordAudit } from '@/lib/audit/record'
import { randomId } from '@/lib/credentials/random'
import { takeAttempt } from '@/lib/rate-limit'
import { authorizePerson } from './authorize'
import { requireOwnName } from './own-name'
import { slugFor } from './slug'

/**
 * Makes a project, whose owner the actor is.
 *
 * @throws Failure `rate_limited` past 30 an hour, `validation_failed` for a name that looks like this site's, `invalid_credentials` when the account or the session has ended
 */
export async function createProject(
  actor: SessionActor,
  { name }: { name: string },
): Promise<{ id: string; slug: string; name: string }> {
  const named = requireOwnName(actor, name)
  await takeAttempt('projectsPerPerson', actor.userId)
  return db().transaction(async (tx) => {
    await authorizePerson(tx, actor)
    const project = { id: randomId(), slug: slugFor(name), name }
    await tx.insert(projects).values(project)
    await tx.insert(memberships).values({ projectId: project.id, userId: actor.userId, role: 'owner' })
    await recordAudit(tx, actor, {
      action: 'project.created',
      target: { kind: 'project', id: project.id, name },
      projectId: project.id,
      changes: named,
    })
    return project
  })
}
