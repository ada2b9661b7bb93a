import 'server-only'
import { notFound } from 'next/navigation'
import { type ConnectionsQuery, connectionsHref } from '@/components/connections/connections-query'
import { requireUser } from '@/lib/auth'
import type { ConnectionFilter } from '@/lib/connections/list'
import { listProjects } from '@/lib/projects/find'
import { roleAllows } from '@/lib/projects/roles'

/**
 * Who is signed in, their projects, and the filters of `query` as they may use them. Strangers are sent to sign in and
 * from there back to `path`; a project that is not theirs is a page that does not exist.
 */
export async function openConnections(path: string, query: ConnectionsQuery) {
  const user = await requireUser(connectionsHref(path, query))
  const projects = await listProjects(user)
  const project = projects.find(({ slug }) => slug === query.project)
  if (query.project !== null && !project) notFound()
  const canSeeAll = Boolean(project?.role && roleAllows(project.role, 'project:manage'))
  const filter: ConnectionFilter = {
    projectId: project?.id,
    allKeys: canSeeAll && query.keys === 'all',
    kind: query.kind,
    unused: query.unused,
  }
  return { user, projects, canSeeAll, filter }
}
