import 'server-only'
import { and, eq, isNull } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { memberships, projects } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import type { Role } from './roles'

export interface Project {
  id: string
  slug: string
  name: string
  /** The actor's own role; null for the command line and the server, which have none. */
  role: Role | null
}

/**
 * The project that `actor` may see under `slug`.
 *
 * @throws Failure `not_found`, for foreign projects just as for unknown ones.
 */
export async function findProject(actor: Actor, slug: string): Promise<Project> {
  const columns = { id: projects.id, slug: projects.slug, name: projects.name }
  const live = and(eq(projects.slug, slug), isNull(projects.deletedAt))
  const [project] =
    actor.kind === 'user'
      ? await db()
          .select({ ...columns, role: memberships.role })
          .from(projects)
          .innerJoin(memberships, and(eq(memberships.projectId, projects.id), eq(memberships.userId, actor.userId)))
          .where(live)
      : await db()
          .select(columns)
          .from(projects)
          .where(actor.kind === 'system' ? live : and(live, eq(projects.id, actor.projectId ?? '')))
  if (!project) throw notFound('project')
  return { role: null, ...project }
}

/** The projects of a person, oldest first. */
export async function listProjects(actor: { userId: string }): Promise<Project[]> {
  return db()
    .select({ id: projects.id, slug: projects.slug, name: projects.name, role: memberships.role })
    .from(memberships)
    .innerJoin(projects, eq(projects.id, memberships.projectId))
    .where(and(eq(memberships.userId, actor.userId), isNull(projects.deletedAt)))
    .orderBy(projects.createdAt, projects.id)
}

/** What a project that the caller may name is called, for mails and audit rows. */
export async function projectName(tx: Database, projectId: string): Promise<string> {
  const [project] = await tx.select({ name: projects.name }).from(projects).where(eq(projects.id, projectId))
  return project?.name ?? ''
}
