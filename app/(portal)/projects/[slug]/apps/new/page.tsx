import { redirect } from 'next/navigation'
import { RegisterApp } from '@/components/apps/register-app'
import { env } from '@/lib/env'
import { grantableScopes } from '@/lib/keys/grantable'
import { readPolicy } from '@/lib/policy/read'
import { roleAllows } from '@/lib/projects/roles'
import { openProject, projectTitle } from '../../open-project'
import { registerAction } from '../actions'

export const generateMetadata = projectTitle('Register app')

export default async function RegisterAppPage({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params
  const { user, project } = await openProject(slug, `/projects/${slug}/apps/new`)
  const role = project.role ?? 'viewer'
  if (!roleAllows(role, 'apps:write')) redirect(`/projects/${slug}/apps`)
  return (
    <RegisterApp
      slug={project.slug}
      appUrl={env().APP_URL}
      grantable={grantableScopes(user, role, await readPolicy())}
      registerAction={registerAction}
    />
  )
}
