import { Ban, History } from 'lucide-react'
import type { ReactNode } from 'react'
import { isLive, KeyStatus } from '@/components/keys/key-status'
import { OverlapText } from '@/components/keys/overlap-text'
import { Checkbox } from '@/components/ui/checkbox'
import { MenuItem, MenuLink, MenuSeparator, RowMenu } from '@/components/ui/menu'
import { MenuTd, Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { Tag } from '@/components/ui/tag'
import { RelativeTime, TimeOrNever } from '@/components/ui/time'
import { Tooltip } from '@/components/ui/tooltip'
import { countText } from '@/components/ui/words'
import type { SiteKeysQuery } from './keys-query'
import type { SiteKeyRow } from './site-key-row'

type Sort = SiteKeysQuery['sort']

/** A page of all keys. Those that are not revoked can be selected. */
export function SiteKeysTable({
  rows,
  busy,
  sort,
  onSort,
  selected,
  choosable,
  onSelect,
  onRevoke,
}: {
  rows: readonly SiteKeyRow[]
  busy: boolean
  sort: Sort
  onSort: (sort: Sort) => void
  selected: ReadonlySet<string>
  /** The ids of the rows that can be selected. */
  choosable: readonly string[]
  onSelect: (ids: readonly string[], on: boolean) => void
  onRevoke: (row: SiteKeyRow) => void
}) {
  const by = (field: 'label' | 'createdAt' | 'lastUsedAt' | 'expiresAt', descendingFirst: boolean) => {
    const direction = sort === field ? ('asc' as const) : sort === `-${field}` ? ('desc' as const) : null
    const descending = direction ? direction === 'asc' : descendingFirst
    return { direction, onSort: () => onSort(descending ? `-${field}` : field) }
  }
  const all = choosable.length > 0 && choosable.every((id) => selected.has(id))
  const selectAll = (label: ReactNode) => (
    <Checkbox
      label={label}
      checked={all}
      disabled={choosable.length === 0}
      onChange={(event) => onSelect(choosable, event.target.checked)}
      className="gap-0!"
    />
  )
  return (
    <div className="@container">
      {/* Cards have no head that it could stand in. */}
      <div className="mb-2 @min-[40rem]:hidden">
        {selectAll(<span className="pl-2.5">Select all on this page</span>)}
      </div>
      <Table label="Keys of all projects">
        <Thead>
          <Th className="w-8 pr-0! @max-[40rem]:hidden">
            {selectAll(<span className="sr-only">Select all on this page</span>)}
          </Th>
          <Th className="whitespace-nowrap" sort={by('label', false)}>
            Label
          </Th>
          <Th>Third party</Th>
          <Th>Project</Th>
          <Th className={untilRoomy}>Owner</Th>
          <Th className={untilWide}>Scopes</Th>
          <Th minor sort={by('createdAt', true)}>
            Created
          </Th>
          <Th className="whitespace-nowrap" sort={by('lastUsedAt', true)}>
            Last used
          </Th>
          <Th sort={by('expiresAt', false)}>Expires</Th>
          <Th>Status</Th>
          <Th hideLabel>Actions</Th>
        </Thead>
        <Tbody busy={busy}>
          {rows.map((row) => (
            <Tr
              key={row.id}
              id={`key-${row.id}`}
              muted={!isLive(row)}
              data-selected={selected.has(row.id) || undefined}
            >
              <Td className="w-8 pr-0! @max-[40rem]:absolute @max-[40rem]:top-3 @max-[40rem]:right-13 @max-[40rem]:w-auto">
                <Checkbox
                  label={<span className="sr-only">Select {row.label}</span>}
                  checked={selected.has(row.id)}
                  disabled={row.status === 'revoked'}
                  onChange={(event) => onSelect([row.id], event.target.checked)}
                  className="gap-0!"
                />
              </Td>
              <Td className="whitespace-normal! @min-[40rem]:min-w-36 @max-[40rem]:pr-20!">
                <div className="wrap-anywhere line-clamp-2 font-semibold">{row.label}</div>
                <div className="whitespace-nowrap font-mono text-quiet text-sm">{row.hint}</div>
                {isLive(row) && row.overlap && (
                  <div className="whitespace-normal text-sm text-warn-ink">
                    <OverlapText overlap={row.overlap} />
                  </div>
                )}
              </Td>
              <Td label="Third party" className="max-w-40">
                <Tag name={row.thirdParty?.name} />
              </Td>
              <Td label="Project" className="max-w-40 whitespace-normal! @min-[40rem]:min-w-28">
                <span className="wrap-anywhere line-clamp-2" title={row.project.slug}>
                  {row.project.name}
                </span>
              </Td>
              <Td label="Owner" className={`max-w-36 whitespace-normal! @min-[40rem]:min-w-24 ${untilRoomy}`}>
                <span className="wrap-anywhere line-clamp-2" title={row.owner.email}>
                  {row.owner.name}
                </span>
                {row.inactive && <span className="text-danger-ink text-sm">No longer active</span>}
              </Td>
              <Td label="Scopes" className={untilWide}>
                {row.scopes.length === 0 ? (
                  <span className="text-quiet">None</span>
                ) : (
                  <Tooltip content={row.scopes.join(', ')}>
                    <span>{countText(row.scopes.length, 'scope')}</span>
                  </Tooltip>
                )}
              </Td>
              <Td label="Created" minor>
                <RelativeTime value={row.createdAt} />
              </Td>
              <Td label="Last used">
                <TimeOrNever value={row.lastUsedAt} none="Never used" />
              </Td>
              <Td label="Expires">
                <TimeOrNever value={row.expiresAt} />
              </Td>
              <Td label="Status">
                <KeyStatus row={row} />
              </Td>
              <MenuTd>
                <RowMenu label={`Actions for ${row.label}`}>
                  <MenuLink
                    href={`/admin/audit?target=${row.id}`}
                    icon={<History aria-hidden="true" className="size-4 text-quiet" />}
                  >
                    View history
                  </MenuLink>
                  <MenuSeparator />
                  <MenuItem
                    destructive
                    icon={<Ban aria-hidden="true" className="size-4" />}
                    disabled={row.status === 'revoked'}
                    onClick={() => onRevoke(row)}
                  >
                    Revoke
                  </MenuItem>
                </RowMenu>
              </MenuTd>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </div>
  )
}

/** For what gives way first, and second, while there are no cards yet. */
const untilWide = '@min-[40rem]:@max-[66rem]:hidden'
const untilRoomy = '@min-[40rem]:@max-[50rem]:hidden'
