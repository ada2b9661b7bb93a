'use client'

import {
  createColumnHelper,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useEffect } from 'react'
import { cx } from '@/components/ui/cx'
import { Pagination } from '@/components/ui/pagination'
import { MenuTd, RowTitle, Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { Tag } from '@/components/ui/tag'
import { RelativeTime, TimeOrNever } from '@/components/ui/time'
import { Tooltip } from '@/components/ui/tooltip'
import { countText } from '@/components/ui/words'
import { type Scope, scopeSentences } from '@/lib/scopes'
import { useKeyActs } from './key-acts'
import { KeyMenu } from './key-menu'
import { hasNotes, KeyNotes } from './key-notes'
import type { KeyRow } from './key-row'
import { isLive, KeyStatus } from './key-status'
import type { KeysQuery } from './keys-query'

const features = tableFeatures({ rowSortingFeature, columnMeta: {} as { minor?: boolean; className?: string } })
const column = createColumnHelper<typeof features, KeyRow>()

// The ids of columns that sort are the names that the API sorts by.
const columns = column.columns([
  column.accessor('label', {
    header: 'Label',
    sortDescFirst: false,
    meta: { className: '@min-[40rem]:min-w-28 @min-[48rem]:min-w-40' },
    cell: ({ row }) => <LabelCell row={row.original} />,
  }),
  column.accessor((row) => row.thirdParty?.name, {
    id: 'thirdParty',
    header: 'Third party',
    enableSorting: false,
    meta: { className: 'max-w-40 @min-[40rem]:@max-[48rem]:max-w-28' },
    cell: ({ row }) => <Tag name={row.original.thirdParty?.name} />,
  }),
  column.accessor('hint', {
    header: 'Key',
    enableSorting: false,
    cell: ({ getValue }) => <span className="font-mono text-sm">{getValue()}</span>,
  }),
  column.accessor('scopes', {
    header: 'Scopes',
    enableSorting: false,
    meta: { minor: true },
    cell: ({ getValue }) => <ScopesCell scopes={getValue()} />,
  }),
  column.accessor('createdAt', {
    header: 'Created',
    sortDescFirst: true,
    meta: { minor: true },
    cell: ({ getValue }) => <RelativeTime value={getValue()} />,
  }),
  column.accessor('lastUsedAt', {
    header: 'Last used',
    sortDescFirst: true,
    cell: ({ getValue }) => <TimeOrNever value={getValue()} none="Never used" />,
  }),
  column.accessor('expiresAt', {
    header: 'Expires',
    sortDescFirst: false,
    cell: ({ getValue }) => <TimeOrNever value={getValue()} />,
  }),
  column.accessor('status', {
    header: 'Status',
    enableSorting: false,
    cell: ({ row }) => <KeyStatus row={row.original} />,
  }),
])

/** A page of keys. Sorting and paging are the server's: this draws what it is given and says what was asked for. */
export function KeysTable({
  rows,
  busy,
  sort,
  onSort,
  previousHref,
  nextHref,
  onPage,
}: {
  rows: KeyRow[]
  busy: boolean
  sort: KeysQuery['sort']
  onSort: (sort: KeysQuery['sort']) => void
  previousHref: string | null
  nextHref: string | null
  onPage: (href: string) => void
}) {
  const { marked, slug } = useKeyActs()
  const sorting: SortingState = [{ id: sort.replace('-', ''), desc: sort.startsWith('-') }]
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: (row) => row.id,
    manualSorting: true,
    enableSortingRemoval: false,
    enableMultiSort: false,
    state: { sorting },
    onSortingChange: (update) => {
      const [next] = typeof update === 'function' ? update(sorting) : update
      if (next) onSort(`${next.desc ? '-' : ''}${next.id}` as KeysQuery['sort'])
    },
  })
  // What has just changed is found again, also when it stands below the fold.
  useEffect(() => {
    if (marked) document.getElementById(`key-${marked}`)?.scrollIntoView({ block: 'nearest' })
  }, [marked])
  return (
    <>
      <Table label="API keys">
        <Thead>
          {table.getHeaderGroups().flatMap((group) =>
            group.headers.map((header) => (
              <Th
                key={header.id}
                minor={header.column.columnDef.meta?.minor}
                className="whitespace-nowrap"
                sort={
                  header.column.getCanSort()
                    ? {
                        direction: header.column.getIsSorted() || null,
                        onSort: () => header.column.toggleSorting(),
                      }
                    : undefined
                }
              >
                <table.FlexRender header={header} />
              </Th>
            )),
          )}
          <Th hideLabel>Actions</Th>
        </Thead>
        <Tbody busy={busy}>
          {table.getRowModel().rows.map((row) => (
            <Tr
              key={row.id}
              id={`key-${row.id}`}
              marked={row.id === marked}
              muted={!isLive(row.original)}
              className={cx('scroll-my-16', hasNotes(row.original) && '@min-[40rem]:[&>td]:pb-10')}
            >
              {row.getAllCells().map((cell) => (
                <Td
                  key={cell.id}
                  label={cell.column.id === 'label' ? undefined : String(cell.column.columnDef.header)}
                  {...cell.column.columnDef.meta}
                >
                  <table.FlexRender cell={cell} />
                </Td>
              ))}
              <MenuTd>
                <KeyMenu row={row.original} href={`/projects/${slug}/keys/${row.id}`} />
              </MenuTd>
            </Tr>
          ))}
        </Tbody>
      </Table>
      <Pagination count={rows.length} noun="key" previousHref={previousHref} nextHref={nextHref} onPage={onPage} />
    </>
  )
}

function LabelCell({ row }: { row: KeyRow }) {
  const { slug } = useKeyActs()
  return (
    <>
      <RowTitle href={`/projects/${slug}/keys/${row.id}`}>{row.label}</RowTitle>
      {/* Below the whole row, where it has the width of the table. */}
      <KeyNotes
        row={row}
        className="@max-[40rem]:mt-1.5 @min-[40rem]:absolute @min-[40rem]:inset-x-2 @min-[40rem]:bottom-2"
      />
    </>
  )
}

function ScopesCell({ scopes }: { scopes: string[] }) {
  if (scopes.length === 0) return <span className="text-quiet">None</span>
  const sentences = scopes.map((scope) => (
    <span key={scope} className="block">
      {scopeSentences[scope as Scope] ?? scope}
    </span>
  ))
  return (
    <Tooltip content={sentences}>
      <span className="relative z-1">{countText(scopes.length, 'scope')}</span>
    </Tooltip>
  )
}
