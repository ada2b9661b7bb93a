'use client'

import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useTransition } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { asTyped, ListFilters } from '@/components/ui/list-filters'
import { Pagination } from '@/components/ui/pagination'
import { appShows, appsHref, appsQuery } from './apps-query'
import { type SiteAppActions, SiteAppActs } from './site-app-acts'
import type { SiteAppRow } from './site-app-row'
import { SiteAppsTable } from './site-apps-table'

const words = {
  all: 'All',
  unverified: 'Not verified',
  verified: 'Verified',
  first_party: 'First-party',
  disabled: 'Disabled',
} as const
const shows = appShows.map((value) => ({ value, label: words[value] }))

/** The apps of all projects. Its state is its URL; rows come from the server, a page at a time. */
export function SiteAppsView({
  rows,
  nextCursor,
  previousCursor,
  ...actions
}: SiteAppActions & { rows: SiteAppRow[]; nextCursor: string | null; previousCursor: string | null }) {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [query, setQuery] = useQueryStates(appsQuery, { shallow: false, startTransition })
  const href = (cursor: string | null) => cursor && appsHref('/admin/apps', { ...query, cursor })
  return (
    <SiteAppActs {...actions}>
      <PageHead title="Apps" inTopBar />
      <ListFilters
        search={{
          label: 'Search apps',
          value: query.q,
          onSearch: (q) => setQuery({ q, cursor: null }, asTyped(q)),
        }}
        filter={{
          label: 'Show',
          value: query.show,
          options: shows,
          onChange: (show) => setQuery({ show, cursor: null }, { history: 'push' }),
        }}
      />
      {rows.length === 0 ? (
        <Nothing
          q={query.q}
          filtered={query.q !== '' || query.show !== 'all'}
          onClear={() => setQuery({ q: null, show: null, cursor: null }, { history: 'push' })}
        />
      ) : (
        <>
          <SiteAppsTable rows={rows} busy={pending} />
          <Pagination
            count={rows.length}
            noun="app"
            previousHref={href(previousCursor)}
            nextHref={href(nextCursor)}
            onPage={(to) => startTransition(() => router.push(to))}
          />
        </>
      )}
    </SiteAppActs>
  )
}

function Nothing({ q, filtered, onClear }: { q: string; filtered: boolean; onClear: () => void }) {
  if (!filtered) {
    return (
      <EmptyState title="No app is registered yet">
        People register apps in their projects, under OAuth apps. Here you verify them and stop those that do harm.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      kind="filtered"
      title={q ? `No app matches “${q}”` : 'No app is like that'}
      action={<Button onClick={onClear}>Clear filters</Button>}
    >
      The search looks at names and client ids.
    </EmptyState>
  )
}
