import 'server-only'
import { notFound } from 'next/navigation'
import { getProjectApp } from '@/lib/apps/get'
import { isFailure } from '@/lib/errors'
import { openProject } from '../../open-project'

/** Who is signed in, the project, and the app of a page that stands under both. */
export async function openApp(slug: string, clientId: string, here: string) {
  const { user, project } = await openProject(slug, here)
  const app = await getProjectApp(user, project.id, clientId).catch((error: unknown) => {
    if (isFailure(error) && error.code === 'not_found') notFound()
    throw error
  })
  return { user, role: project.role ?? 'viewer', app }
}
