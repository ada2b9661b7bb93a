import { ThirdParties } from '@/components/third-parties/third-parties'
import { roleAllows } from '@/lib/projects/roles'
import { listLinkableApps, suggestApps } from '@/lib/third-parties/apps'
import { listThirdParties } from '@/lib/third-parties/list'
import { openProject, projectTitle } from '../open-project'
import { addThirdPartyAction, editThirdPartyAction, linkAppAction } from './actions'

export const generateMetadata = projectTitle('Third parties')

export default async function ThirdPartiesPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const { user, project } = await openProject(slug, `/projects/${slug}/third-parties`)
  const [rows, apps, suggested] = await Promise.all([
    listThirdParties(user, project.id),
    listLinkableApps(user, project.id),
    suggestApps(user, project.id),
  ])
  return (
    <ThirdParties
      rows={rows.map((row) => ({ ...row, suggestedApp: suggested.get(row.id) ?? null }))}
      apps={apps}
      project={project.slug}
      canEdit={project.role !== null && roleAllows(project.role, 'keys:write')}
      addAction={addThirdPartyAction}
      editAction={editThirdPartyAction}
      linkAction={linkAppAction}
    />
  )
}
