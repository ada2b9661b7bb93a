import type { Metadata } from 'next'
import { AppDetails } from '@/components/apps/app-details'
import { AppPage } from '@/components/apps/app-page'
import { AppPeople } from '@/components/apps/app-people'
import { toAppRow } from '@/components/apps/app-row'
import { AppSecrets } from '@/components/apps/app-secrets'
import { AppEndpoints, AppUse } from '@/components/apps/app-use'
import { KeyHistory } from '@/components/keys/key-history'
import { listAppGrants } from '@/lib/apps/grants'
import { listTargetEvents } from '@/lib/audit/list'
import { env } from '@/lib/env'
import { roleAllows } from '@/lib/projects/roles'
import { endGrantAction, takeOverAction } from '../actions'
import { appActions } from '../app-actions'
import { openApp, readApp } from './open-app'

interface Props {
  params: Promise<{ slug: string; clientId: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { slug, clientId } = await params
  const { app } = await readApp(slug, clientId, '')
  return { title: app?.name ?? 'Not found' }
}

export default async function OneAppPage({ params }: Props) {
  const { slug, clientId } = await params
  const { user, role, app } = await openApp(slug, clientId)
  const [grants, events] = await Promise.all([
    listAppGrants(user, clientId),
    listTargetEvents(user, { kind: 'app', id: clientId }),
  ])
  const canWrite = roleAllows(role, 'apps:write')
  const row = toAppRow(app)
  return (
    <AppPage slug={slug} appUrl={env().APP_URL} canWrite={canWrite} row={row} {...appActions}>
      <AppDetails app={app} canWrite={canWrite} takeOverAction={takeOverAction} />
      <div className="flex min-w-0 flex-col gap-4">
        <AppSecrets row={row} />
        <AppEndpoints app={app} appUrl={env().APP_URL} />
      </div>
      <AppUse app={app} appUrl={env().APP_URL} />
      {app.kind !== 'machine' && (
        <AppPeople
          app={{ id: app.id, name: app.name, people: app.people }}
          grants={grants}
          canWrite={canWrite}
          endGrantAction={endGrantAction}
        />
      )}
      <KeyHistory events={events} />
    </AppPage>
  )
}
