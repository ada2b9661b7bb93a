import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { EditApp } from '@/components/apps/edit-app'
import { grantableScopes } from '@/lib/keys/grantable'
import { readPolicy } from '@/lib/policy/read'
import { roleAllows } from '@/lib/projects/roles'
import { removeLogoAction, updateAction } from '../../actions'
import { openApp } from '../open-app'

export const metadata: Metadata = { title: 'Edit app' }

export default async function EditAppPage({ params }: { params: Promise<{ slug: string; clientId: string }> }) {
  const { slug, clientId } = await params
  const { user, role, app } = await openApp(slug, clientId, `/projects/${slug}/apps/${clientId}/edit`)
  if (!roleAllows(role, 'apps:write')) redirect(`/projects/${slug}/apps/${clientId}`)
  return (
    <EditApp
      slug={slug}
      app={app}
      grantable={grantableScopes(user, role, await readPolicy())}
      updateAction={updateAction}
      removeLogoAction={removeLogoAction}
    />
  )
}
