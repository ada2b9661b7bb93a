import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { ConnectionPage } from '@/components/connections/connection-page'
import { connectionsHref, loadConnectionsQuery } from '@/components/connections/connections-query'
import { KeyHistory } from '@/components/keys/key-history'
import { listConnectionEvents } from '@/lib/connections/history'
import { getConnection } from '@/lib/connections/list'
import { isFailure } from '@/lib/errors'
import { disconnectAction, narrowAction, removeAccessAction } from '../actions'
import { openConnections } from '../open-connections'

export const metadata: Metadata = { title: 'Connection' }

interface Props {
  params: Promise<{ entry: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

/** All that one third party holds; with the query of the list, as far as that is kept to one project. */
export default async function ConnectionDetailsPage({ params, searchParams }: Props) {
  const { entry } = await params
  const query = { ...(await loadConnectionsQuery(searchParams)), kind: null, unused: false }
  const { user, filter } = await openConnections(`/connections/${encodeURIComponent(entry)}`, query)
  const connection = await getConnection(user, entry, filter).catch(orNotFound)
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

function orNotFound(error: unknown): never {
  if (isFailure(error) && error.code === 'not_found') notFound()
  throw error
}
