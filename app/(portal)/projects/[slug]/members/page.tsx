import { MembersView } from '@/components/members/members-view'
import { listInvitations } from '@/lib/invitations/list'
import { listMembers } from '@/lib/members/list'
import { openProject, projectTitle } from '../open-project'
import { changeRoleAction, inviteAction, removeAction, withdrawAction } from './actions'

export const generateMetadata = projectTitle('Members')

export default async function MembersPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const { user, project } = await openProject(slug, `/projects/${slug}/members`)
  const [rows, invitations] = await Promise.all([listMembers(user, project.id), listInvitations(user, project.id)])
  return (
    <MembersView
      project={{ slug, name: project.name, role: project.role ?? 'viewer' }}
      self={user.userId}
      rows={rows}
      invitations={invitations}
      inviteAction={inviteAction}
      withdrawAction={withdrawAction}
      changeRoleAction={changeRoleAction}
      removeAction={removeAction}
    />
  )
}
