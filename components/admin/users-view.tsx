'use client'

import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useTransition } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { asTyped, ListFilters } from '@/components/ui/list-filters'
import { Pagination } from '@/components/ui/pagination'
import type { Account } from '@/lib/users/search'
import { type UserActions, UserActs } from './user-acts'
import { usersHref, usersQuery } from './users-query'
import { UsersTable } from './users-table'

const shows = [
  { value: 'all', label: 'Everybody' },
  { value: 'admins', label: 'Admins' },
  { value: 'disabled', label: 'Disabled' },
] as const

/** The accounts of this site. Its state is its URL; rows come from the server, a page at a time. */
export function UsersView({
  rows,
  self,
  nextCursor,
  previousCursor,
  ...actions
}: UserActions & {
  rows: Account[]
  /** The id of who reads this. */
  self: string
  nextCursor: string | null
  previousCursor: string | null
}) {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [query, setQuery] = useQueryStates(usersQuery, { shallow: false, startTransition })
  const href = (cursor: string | null) => cursor && usersHref('/admin/users', { ...query, cursor })
  return (
    <UserActs {...actions} self={self}>
      <PageHead title="Users" inTopBar />
      <ListFilters
        search={{
          label: 'Search users',
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
        <EmptyState
          kind="filtered"
          title={query.q ? `Nobody matches “${query.q}”` : 'Nobody is here'}
          action={
            <Button onClick={() => setQuery({ q: null, show: null, cursor: null }, { history: 'push' })}>
              Clear filters
            </Button>
          }
        >
          The search looks at names and e-mail addresses; with fewer than three letters, at how they begin.
        </EmptyState>
      ) : (
        <>
          <UsersTable rows={rows} busy={pending} />
          <Pagination
            count={rows.length}
            noun="user"
            previousHref={href(previousCursor)}
            nextHref={href(nextCursor)}
            onPage={(to) => startTransition(() => router.push(to))}
          />
        </>
      )}
    </UserActs>
  )
}
