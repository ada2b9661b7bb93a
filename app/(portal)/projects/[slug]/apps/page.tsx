import { toAppRow } from '@/components/apps/app-row'
import { AppsView } from '@/components/apps/apps-view'
import { listApps } from '@/lib/apps/list'
import { env } from '@/lib/env'
import { roleAllows } from '@/lib/projects/roles'
import { openProject, projectTitle } from '../open-project'
import { appActions } from './app-actions'

export const generateMetadata = projectTitle('OAuth apps')

export default async function AppsPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const { user, project } = await openProject(slug, `/projects/${slug}/apps`)
  const apps = await listApps(user, project.id)
  return (
    <AppsView
      rows={apps.map(toAppRow)}
      slug={project.slug}
      appUrl={env().APP_URL}
      canWrite={roleAllows(project.role ?? 'viewer', 'apps:write')}
      {...appActions}
    />
  )
}
