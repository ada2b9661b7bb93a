'use client'

import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useState, useTransition } from 'react'
import type { KeyActions } from '@/components/keys/key-actions'
import { RevokeKeyDialog } from '@/components/keys/revoke-key-dialog'
import { PageHead } from '@/components/shell/page-head'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { asTyped, ListFilters } from '@/components/ui/list-filters'
import { Notice } from '@/components/ui/notice'
import { Pagination } from '@/components/ui/pagination'
import { toast } from '@/components/ui/toast'
import { countText } from '@/components/ui/words'
import { SureDownload } from '@/components/users/sure-download'
import type { FoundKey } from '@/lib/keys/find'
import { keyBuckets } from '@/lib/keys/listing'
import { bucketWords } from './bucket-words'
import { keysHref, siteKeysQuery } from './keys-query'
import { type Many, RevokeManyDialog } from './revoke-many-dialog'
import type { SiteKeyRow } from './site-key-row'
import { SiteKeysTable } from './site-keys-table'

const buckets = keyBuckets.map((value) => ({ value, label: bucketWords[value] }))

/** The keys of all projects: seen and revoked here, never shown and never deleted. Its state is its URL. */
export function SiteKeysView({
  rows,
  cut,
  nextCursor,
  previousCursor,
  revokeKeyAction,
  readChildrenAction,
  findKeyAction,
}: {
  rows: SiteKeyRow[]
  /** More projects, people or third parties match the search than the table looks at. */
  cut: boolean
  nextCursor: string | null
  previousCursor: string | null
  revokeKeyAction: KeyActions['revokeKeyAction']
  readChildrenAction: KeyActions['readChildrenAction']
  findKeyAction: Action<{ key: string }, FoundKey>
}) {
  const router = useRouter()
  const [pending, startTransition] = useTransition()
  const [query, setQuery] = useQueryStates(siteKeysQuery, { shallow: false, startTransition })
  const [found, setFound] = useState<FoundKey | null>(null)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [revoking, setRevoking] = useState<{ row: SiteKeyRow; serial: number } | null>(null)
  const [many, setMany] = useState<{ many: Many; serial: number } | null>(null)
  const [open, setOpen] = useState<'one' | 'many' | null>(null)

  // What was chosen on another page, or was revoked since, is not chosen.
  const choosable = rows.filter(({ status }) => status !== 'revoked').map(({ id }) => id)
  const selected = choosable.filter((id) => chosen.has(id))
  const href = (cursor: string | null) => cursor && keysHref('/admin/keys', { ...query, cursor })
  const search = (q: string) => {
    setFound(null)
    setQuery({ q, cursor: null }, asTyped(q))
  }
  /** A whole key goes to the server in a body, to be hashed; the search is for its hint. */
  async function find(key: string) {
    const { data, error } = await ask(findKeyAction({ key }))
    if (error) return toast.error(error.errors.key?.[0] ?? error.message)
    setFound(data)
    setQuery({ q: data.hint, status: 'all', cursor: null }, { history: 'push' })
  }
  function revokeMany(which: Many) {
    setMany({ many: which, serial: (many?.serial ?? 0) + 1 })
    setOpen('many')
  }
  return (
    <>
      <PageHead
        title="Keys"
        inTopBar
        action={
          <SureDownload href={keysHref('/admin/keys/export', { q: query.q, status: query.status })}>
            Export CSV
          </SureDownload>
        }
      />
      <ListFilters
        search={{ label: 'Search keys', value: query.q, onSearch: search, onCredential: find }}
        filter={{
          label: 'Status',
          value: query.status,
          options: buckets,
          onChange: (status) => setQuery({ status, cursor: null }, { history: 'push' }),
        }}
      >
        {selected.length > 0 && (
          <Selection
            selected={selected.length}
            onRevoke={() => revokeMany({ keyIds: selected })}
            onRevokeAll={
              (nextCursor || previousCursor) && query.status !== 'revoked' && selected.length === choosable.length
                ? () => revokeMany({ filter: { q: query.q, status: query.status } })
                : undefined
            }
          />
        )}
      </ListFilters>
      {found && found.hint === query.q && (
        <div className="mb-4">
          <Notice tone={found.secret === 'unknown' ? 'info' : 'warn'}>{foundWords[found.secret]}</Notice>
        </div>
      )}
      {rows.length === 0 ? (
        <EmptyState
          kind="filtered"
          title={query.q ? `No key matches “${query.q}”` : `No keys under “${bucketWords[query.status]}”`}
          action={
            <Button onClick={() => setQuery({ q: null, status: null, cursor: null }, { history: 'push' })}>
              Clear filters
            </Button>
          }
        >
          The search looks at labels, projects, owners and their addresses, third parties and the visible part of keys.
          Paste a whole key to learn whose it is.
        </EmptyState>
      ) : (
        <>
          <SiteKeysTable
            rows={rows}
            busy={pending}
            sort={query.sort}
            onSort={(sort) => setQuery({ sort, cursor: null }, { history: 'push' })}
            selected={chosen}
            choosable={choosable}
            onSelect={(ids, on) =>
              setChosen(new Set(on ? [...chosen, ...ids] : [...chosen].filter((id) => !ids.includes(id))))
            }
            onRevoke={(row) => {
              setRevoking({ row, serial: (revoking?.serial ?? 0) + 1 })
              setOpen('one')
            }}
          />
          <Pagination
            count={rows.length}
            noun="key"
            previousHref={href(previousCursor)}
            nextHref={href(nextCursor)}
            onPage={(to) => startTransition(() => router.push(to))}
          />
        </>
      )}
      {cut && (
        <p className="mt-2 text-quiet text-sm">
          So many projects, owners or third parties match “{query.q}” that the table shows the keys of some of them. The
          CSV file has all, and “Revoke all that match” ends all.
        </p>
      )}
      {revoking && (
        <RevokeKeyDialog
          key={revoking.serial}
          open={open === 'one'}
          onClose={() => setOpen(null)}
          row={revoking.row}
          revokeKeyAction={revokeKeyAction}
          readChildrenAction={readChildrenAction}
          onDone={({ label }) => {
            setOpen(null)
            toast.success(`${label} was revoked.`)
          }}
        />
      )}
      {many && (
        <RevokeManyDialog
          key={`many-${many.serial}`}
          open={open === 'many'}
          onClose={() => {
            setOpen(null)
            // Some may have ended before it was interrupted.
            router.refresh()
          }}
          many={many.many}
          onDone={(revoked) => {
            setOpen(null)
            setChosen(new Set())
            router.refresh()
            toast.success(`${countText(revoked, 'key')} ${revoked === 1 ? 'was' : 'were'} revoked.`)
          }}
        />
      )}
    </>
  )
}

/** What can be done with the keys that are chosen: stands beside the filters, so that no row moves when it comes. */
function Selection({
  selected,
  onRevoke,
  onRevokeAll,
}: {
  selected: number
  onRevoke: () => void
  /** Where all of this page are chosen, and there are more pages. */
  onRevokeAll?: () => void
}) {
  return (
    <div className="ml-auto flex flex-wrap items-center gap-2 max-sm:w-full">
      <span role="status" className="mr-1 text-quiet">
        {countText(selected, 'key')} selected
      </span>
      {onRevokeAll && <Button onClick={onRevokeAll}>Revoke all that match, on every page</Button>}
      <Button variant="danger" onClick={onRevoke}>
        Revoke selected
      </Button>
    </div>
  )
}

const foundWords: Record<FoundKey['secret'], string> = {
  current: 'The key that you pasted is this one, whole: whoever has it can use it as long as its status allows.',
  replaced: 'The key that you pasted is an old secret of this one, which was replaced.',
  unknown: 'The key that you pasted is not one of this site, though it is written like one.',
}
