import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { ConnectionPage } from '@/components/connections/connection-page'
import {
  type ConnectionsQuery,
  connectionsHref,
  loadConnectionsQuery,
} from '@/components/connections/connections-query'
import { KeyHistory } from '@/components/keys/key-history'
import { listConnectionEvents } from '@/lib/connections/history'
import { getConnection } from '@/lib/connections/list'
import { nullIfMissing } from '../../projects/[slug]/open-project'
import { disconnectAction, narrowAction, removeAccessAction } from '../actions'
import { openConnections } from '../open-connections'

interface Props {
  params: Promise<{ entry: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  const { connection } = await openConnection(props)
  return { title: connection?.name ?? 'Not found' }
}

/** All that one third party holds; with the query of the list, as far as that is kept to one project. */
export default async function ConnectionDetailsPage(props: Props) {
  const { user, query, connection } = await openConnection(props)
  if (!connection) notFound()
  const events = await listConnectionEvents(user, connection)
  return (
    <ConnectionPage
      connection={connection}
      listHref={connectionsHref('/connections', query)}
      disconnectAction={disconnectAction}
      removeAccessAction={removeAccessAction}
      narrowAction={narrowAction}
    >
      <KeyHistory events={events} named />
    </ConnectionPage>
  )
}

async function openConnection({ params, searchParams }: Props) {
  const { entry } = await params
  const { project, keys } = await loadConnectionsQuery(searchParams)
  return readConnection(entry, project, keys)
}

/** Read once, for the page and its title. */
const readConnection = cache(
  async (entry: string, project: ConnectionsQuery['project'], keys: ConnectionsQuery['keys']) => {
    const query = { project, keys, kind: null, unused: false }
    const { user, filter } = await openConnections(`/connections/${encodeURIComponent(entry)}`, query)
    return { user, query, connection: await getConnection(user, entry, filter).catch(nullIfMissing) }
  },
)
