import type { Metadata } from 'next'
import { loadConnectionsQuery } from '@/components/connections/connections-query'
import { ConnectionsView } from '@/components/connections/connections-view'
import { listConnections } from '@/lib/connections/list'
import { disconnectAction, narrowAction, removeAccessAction } from './actions'
import { openConnections } from './open-connections'

export const metadata: Metadata = { title: 'Connections' }

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function ConnectionsPage({ searchParams }: Props) {
  const query = await loadConnectionsQuery(searchParams)
  const { user, projects, canSeeAll, filter } = await openConnections('/connections', query)
  return (
    <ConnectionsView
      {...(await listConnections(user, filter))}
      projects={projects.map(({ slug, name }) => ({ slug, name }))}
      canSeeAll={canSeeAll}
      disconnectAction={disconnectAction}
      removeAccessAction={removeAccessAction}
      narrowAction={narrowAction}
    />
  )
}
