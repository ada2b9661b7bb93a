'use client'

import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useTransition } from 'react'
import { KeysDrawing } from '@/components/keys/keys-drawing'
import { PageHead } from '@/components/shell/page-head'
import { Button, ButtonLink } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { EmptyState } from '@/components/ui/empty-state'
import { Notice } from '@/components/ui/notice'
import type { Connection } from '@/lib/connections/list'
import type { ConnectionActions } from './connection-actions'
import { ConnectionActs } from './connection-acts'
import { ConnectionCard } from './connection-card'
import { ConnectionsFilters } from './connections-filters'
import { connectionsHref, connectionsQuery } from './connections-query'

type ConnectionsViewProps = ConnectionActions & {
  connections: Connection[]
  /** There is something, whatever the filters say. */
  any: boolean
  /** There are more keys than are shown. */
  more: boolean
  projects: readonly { slug: string; name: string }[]
  canSeeAll: boolean
}

/** The page of connections: who acts for the reader, and the way to stop each. Its state is its URL. */
export function ConnectionsView({ connections, any, more, projects, canSeeAll, ...actions }: ConnectionsViewProps) {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [query, setQuery] = useQueryStates(connectionsQuery, { shallow: false, startTransition, history: 'push' })
  const filtered = query.project !== null || query.kind !== null || query.unused
  return (
    <ConnectionActs {...actions} onEnded={() => startTransition(() => router.refresh())}>
      <PageHead title="Connections" inTopBar>
        {!any && 'Who acts for you: the keys you answer for, and the apps you let in.'}
      </PageHead>
      {any || filtered ? (
        <>
          <ConnectionsFilters query={query} projects={projects} canSeeAll={canSeeAll} onChange={setQuery} />
          {more && (
            <div className="mb-4">
              <Notice>
                There are more than 1,000 keys. Those used last are shown; the others come up as these end.
              </Notice>
            </div>
          )}
          {connections.length === 0 ? (
            <EmptyState
              kind="filtered"
              title="No connection matches these filters"
              action={<Button onClick={() => setQuery(null)}>Clear filters</Button>}
            >
              Keys that were revoked or have expired, and apps whose access was removed, are not listed here.
            </EmptyState>
          ) : (
            <ul aria-busy={pending || undefined} className={cx('flex flex-col gap-3', pending && 'opacity-60')}>
              {connections.map((connection) => (
                <ConnectionCard
                  key={connection.id}
                  connection={connection}
                  href={connectionsHref(`/connections/${connection.id}`, { project: query.project, keys: query.keys })}
                />
              ))}
            </ul>
          )}
        </>
      ) : (
        <EmptyState
          drawing={<KeysDrawing />}
          title="Nobody acts for you yet"
          action={
            projects[0] && (
              <ButtonLink variant="primary" href={`/projects/${projects[0].slug}/keys`}>
                Go to your keys
              </ButtonLink>
            )
          }
        >
          Keys that you give to a third party and apps that you let in are listed here together, one entry for each
          third party. Whatever you disconnect stops at once.
        </EmptyState>
      )}
    </ConnectionActs>
  )
}
