'use client'

import { Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useState, useTransition } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { asTyped } from '@/components/ui/list-filters'
import { Notice } from '@/components/ui/notice'
import type { Role } from '@/lib/projects/roles'
import { EmptyKeys } from './empty-keys'
import { KeyActs, type KeyActsProps, useKeyActs } from './key-acts'
import type { KeyRow } from './key-row'
import { KeysFilters } from './keys-filters'
import { keysHref, keysQuery } from './keys-query'
import { KeysTable } from './keys-table'
import { NoMatch } from './no-match'

export type KeysViewProps = KeyActsProps & {
  rows: KeyRow[]
  /** The project has keys, whatever the filters say. */
  any: boolean
  role: Role
  /** The third party that the list is kept to. */
  thirdParty: { id: string; name: string } | null
  nextCursor: string | null
  previousCursor: string | null
}

/** The keys page. Its state is its URL; rows come from the server, a page at a time. */
export function KeysView({ rows, any, role, thirdParty, nextCursor, previousCursor, ...acts }: KeysViewProps) {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [query, setQuery] = useQueryStates(keysQuery, { shallow: false, startTransition })
  const { shown, keep } = useKeptRows(rows, keysHref(query))

  const here = `/projects/${acts.project.slug}/keys`
  const filtered = query.q !== '' || query.status !== 'unrevoked' || query.thirdParty !== null
  const clear = () => setQuery({ q: null, status: null, thirdParty: null, cursor: null }, { history: 'push' })
  return (
    <KeyActs {...acts} latest={(id) => shown.find((row) => row.id === id)} onChanged={keep}>
      <KeysHead any={any} canWrite={acts.canWrite} />
      {!acts.canWrite && (
        <div className="mb-4">
          <Notice>
            You are a {role} of this project: you can see its keys, but not create, change or revoke them. An owner can
            give you another role.
          </Notice>
        </div>
      )}
      {any || shown.length > 0 ? (
        <>
          <KeysFilters
            query={query}
            thirdParty={thirdParty}
            onSearch={(q) => setQuery({ q, cursor: null }, asTyped(q))}
            onChange={(change) => setQuery({ ...change, cursor: null }, { history: 'push' })}
          />
          {shown.length === 0 ? (
            <NoMatch q={query.q} filtered={filtered} onClear={clear} onAll={() => setQuery({ status: 'all' })} />
          ) : (
            <KeysTable
              rows={shown}
              busy={pending}
              sort={query.sort}
              onSort={(sort) => setQuery({ sort, cursor: null }, { history: 'push' })}
              previousHref={previousCursor && keysHref(here, { ...query, cursor: previousCursor })}
              nextHref={nextCursor && keysHref(here, { ...query, cursor: nextCursor })}
              onPage={(href) => startTransition(() => router.push(href))}
            />
          )}
        </>
      ) : (
        <EmptyKeys appUrl={acts.appUrl} />
      )}
    </KeyActs>
  )
}

function KeysHead({ any, canWrite }: { any: boolean; canWrite: boolean }) {
  const { open } = useKeyActs()
  return (
    <PageHead
      title="API keys"
      inTopBar
      action={
        any &&
        canWrite && (
          <Button
            variant="primary"
            icon={<Plus aria-hidden="true" className="size-4" />}
            onClick={() => open({ kind: 'create' })}
          >
            Create key
          </Button>
        )
      }
    >
      {!any && 'Let programs call your API, each with a key of its own.'}
    </PageHead>
  )
}

/**
 * The server's rows, and those that were changed here and would otherwise vanish from under the reader's eyes: a key just
 * revoked, or just made on the third page. They stay until another page is asked for.
 */
function useKeptRows(rows: KeyRow[], place: string) {
  const [kept, setKept] = useState<{ place: string; at: number; row: KeyRow }[]>([])
  const shown = [...rows]
  for (const { place: keptAt, at, row } of kept) {
    if (keptAt === place && !rows.some(({ id }) => id === row.id)) shown.splice(at, 0, row)
  }
  function keep(row: KeyRow) {
    const at = Math.max(
      0,
      shown.findIndex(({ id }) => id === row.id),
    )
    setKept([...kept.filter((one) => one.place === place && one.row.id !== row.id), { place, at, row }])
  }
  return { shown, keep }
}
