import type { Metadata } from 'next'
import { ThirdParties } from '@/components/third-parties/third-parties'
import { roleAllows } from '@/lib/projects/roles'
import { listThirdParties } from '@/lib/third-parties/list'
import { openProject } from '../open-project'
import { addThirdPartyAction, editThirdPartyAction } from './actions'

export const metadata: Metadata = { title: 'Third parties' }

export default async function ThirdPartiesPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const { user, project } = await openProject(slug, `/projects/${slug}/third-parties`)
  return (
    <ThirdParties
      rows={await listThirdParties(user, project.id)}
      project={project.slug}
      canEdit={project.role !== null && roleAllows(project.role, 'keys:write')}
      addAction={addThirdPartyAction}
      editAction={editThirdPartyAction}
    />
  )
}
