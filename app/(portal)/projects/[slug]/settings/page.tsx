import { auditHref, loadAuditQuery } from '@/components/admin/audit-query'
import { AuditExports, AuditLog } from '@/components/admin/audit-view'
import { DeleteProject, LeaveProject } from '@/components/projects/end-project'
import { PageHead } from '@/components/shell/page-head'
import { Section } from '@/components/ui/card'
import { RenameForm } from '@/components/ui/rename-form'
import { searchProjectAudit } from '@/lib/audit/search'
import { listMembers } from '@/lib/members/list'
import { type Capability, capabilityWords, type Role, roleAllows, rolesWith, roleWords } from '@/lib/projects/roles'
import { filterOf } from '../../../../admin/audit/audit-filter'
import { fromStart } from '../../../../admin/from-start'
import { openProject, projectTitle } from '../open-project'
import { deleteProjectAction, leaveProjectAction, renameProjectAction } from './actions'

export const generateMetadata = projectTitle('Settings')

interface Props {
  params: Promise<{ slug: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function SettingsPage({ params, searchParams }: Props) {
  const { slug } = await params
  const query = await loadAuditQuery(searchParams)
  const path = `/projects/${slug}/settings`
  const { user, project } = await openProject(slug, auditHref(path, query))
  const role = project.role ?? 'viewer'
  const [history, members] = await Promise.all([
    fromStart(query.cursor, (cursor) =>
      searchProjectAudit(user, project.id, { ...filterOf(query), cursor, limit: 50 }),
    ),
    listMembers(user, project.id),
  ])
  const own = members.find(({ userId }) => userId === user.userId)
  const isLastOwner =
    role === 'owner' && !members.some((each) => each.role === 'owner' && each.active && each.userId !== user.userId)
  return (
    <>
      <PageHead title="Settings" inTopBar />
      <div>
        <Section title="Project" description="Its name can change. Links to it stay as they are.">
          {roleAllows(role, 'project:manage') ? (
            <RenameForm slug={slug} name={project.name} action={renameProjectAction} />
          ) : (
            <>
              <p className="wrap-anywhere font-semibold">{project.name}</p>
              <OnlyFor role={role} capability="project:manage" />
            </>
          )}
        </Section>
        <Section title="Leave" description="You lose access, and the keys that you answer for stop.">
          {isLastOwner ? (
            <p className="text-quiet">
              You are the last owner.{' '}
              {members.length === 1
                ? 'A project that nobody else is in can only be deleted.'
                : 'Make somebody else an owner before you leave.'}
            </p>
          ) : (
            <LeaveProject slug={slug} name={project.name} keys={own?.keys ?? 0} leaveAction={leaveProjectAction} />
          )}
        </Section>
        {roleAllows(role, 'project:manage') && (
          <Section title="Delete" description="Ends every key and app of the project for good.">
            <DeleteProject slug={slug} name={project.name} deleteAction={deleteProjectAction} />
          </Section>
        )}
      </div>
      <section aria-labelledby="history" className="border-t pt-8">
        <div className="mb-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <h2 id="history" className="font-semibold text-lg">
            History
          </h2>
          {roleAllows(role, 'audit:read') && (
            <div className="flex flex-wrap gap-2">
              <AuditExports path={path} />
            </div>
          )}
        </div>
        {roleAllows(role, 'audit:read') ? (
          <AuditLog
            events={history.data}
            nextCursor={history.nextCursor}
            previousCursor={history.previousCursor}
            path={path}
            project={slug}
          />
        ) : (
          <OnlyFor role={role} capability="audit:read" />
        )}
      </section>
    </>
  )
}

/** Says who may do what the reader may not, from the table of roles. */
function OnlyFor({ role, capability }: { role: Role; capability: Capability }) {
  const allowed = rolesWith(capability).map((each) => roleWords[each].one)
  return (
    <p className="text-quiet">
      You are {roleWords[role].one} here. Only {allowed.join(' or ')} may {capabilityWords[capability]}.
    </p>
  )
}
