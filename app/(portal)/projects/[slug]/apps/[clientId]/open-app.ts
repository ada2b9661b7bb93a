import 'server-only'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { getProjectApp } from '@/lib/apps/get'
import { nullIfMissing, openProject } from '../../open-project'

/** Who is signed in, the project, and the app of a page that stands under both; `below` is the page's path under the app's. */
export async function openApp(slug: string, clientId: string, below = '') {
  const { user, role, app } = await readApp(slug, clientId, below)
  if (!app) notFound()
  return { user, role, app }
}

/** As `openApp`, with null for an app that is not there: read once for the page and its title. */
export const readApp = cache(async (slug: string, clientId: string, below: string) => {
  const { user, project } = await openProject(slug, `/projects/${slug}/apps/${clientId}${below}`)
  const app = await getProjectApp(user, project.id, clientId).catch(nullIfMissing)
  return { user, role: project.role ?? 'viewer', app }
})
