import 'server-only'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { db } from '@/db'
import { memberships, projects, users } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import type { Project } from './find'

/** Notes the project that a person has opened, so that the next visit begins there. Writes nothing when it is known. */
export async function rememberProject(actor: UserActor, projectId: string): Promise<void> {
  await db()
    .update(users)
    .set({ lastProjectId: projectId })
    .where(and(eq(users.id, actor.userId), sql`${users.lastProjectId} is distinct from ${projectId}`))
}

/** The project to open for a person: the one opened last, else their oldest; null for somebody without any. */
export async function lastProject(actor: UserActor): Promise<Project | null> {
  const [project] = await db()
    .select({ id: projects.id, slug: projects.slug, name: projects.name, role: memberships.role })
    .from(memberships)
    .innerJoin(projects, and(eq(projects.id, memberships.projectId), isNull(projects.deletedAt)))
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(eq(memberships.userId, actor.userId))
    .orderBy(desc(sql`${projects.id} is not distinct from ${users.lastProjectId}`), projects.createdAt, projects.id)
    .limit(1)
  return project ?? null
}
