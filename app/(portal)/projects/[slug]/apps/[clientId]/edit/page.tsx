import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { EditApp } from '@/components/apps/edit-app'
import { grantableScopes } from '@/lib/keys/grantable'
import { readPolicy } from '@/lib/policy/read'
import { roleAllows } from '@/lib/projects/roles'
import { removeLogoAction, updateAction } from '../../actions'
import { openApp, readApp } from '../open-app'

interface Props {
  params: Promise<{ slug: string; clientId: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { slug, clientId } = await params
  const { app } = await readApp(slug, clientId, '/edit')
  return { title: app ? `Edit ${app.name}` : 'Not found' }
}

export default async function EditAppPage({ params }: Props) {
  const { slug, clientId } = await params
  const { user, role, app } = await openApp(slug, clientId, '/edit')
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
