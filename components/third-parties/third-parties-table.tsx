'use client'

import { ExternalLink, Pencil } from 'lucide-react'
import Link from 'next/link'
import { cx } from '@/components/ui/cx'
import { MenuItem, RowMenu } from '@/components/ui/menu'
import { MenuTd, Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { Tag } from '@/components/ui/tag'
import { TextLink } from '@/components/ui/text-link'
import { TimeOrNever } from '@/components/ui/time'
import type { LinkedApp, ThirdParty } from '@/lib/third-parties/input'

export interface ThirdPartyRow extends ThirdParty {
  keys: number
  lastUsedAt: string | null
  /** The registered app that it seems to be, by its website. */
  suggestedApp: LinkedApp | null
}

type ThirdPartiesTableProps = {
  rows: readonly ThirdPartyRow[]
  /** Where the keys of one third party are listed. */
  keysPath: string
  /** The row that has just changed. */
  markedId: string | null
  /** Left out for those who may only look. */
  onEdit?: (row: ThirdPartyRow) => void
  onLink: (row: ThirdPartyRow, app: LinkedApp) => void
}

export function ThirdPartiesTable({ rows, keysPath, markedId, onEdit, onLink }: ThirdPartiesTableProps) {
  return (
    <Table label="Third parties">
      <Thead>
        <Th>Third party</Th>
        <Th>Website</Th>
        <Th minor>Contact</Th>
        <Th minor>Purpose</Th>
        <Th align="right">Keys</Th>
        <Th>Last used</Th>
        {onEdit && <Th hideLabel>Actions</Th>}
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={row.id} marked={row.id === markedId}>
            <Td className="max-w-60 @max-[40rem]:max-w-none @max-[40rem]:pr-10!">
              <Tag name={row.name} className="font-semibold" />
              {row.app && (
                <span className="block truncate text-quiet text-sm">
                  App: {row.app.name}, {row.app.verified ? 'verified' : 'not verified'}
                </span>
              )}
              {onEdit && row.suggestedApp && <Suggestion row={row} app={row.suggestedApp} onLink={onLink} />}
            </Td>
            <Td label="Website" className={onCards(row.website)}>
              {row.website ? <Website url={row.website} /> : <Nothing />}
            </Td>
            <Td label="Contact" minor className={cx('max-w-50 truncate @max-[40rem]:max-w-none', onCards(row.contact))}>
              {row.contact ? <span title={row.contact}>{row.contact}</span> : <Nothing />}
            </Td>
            <Td
              label="Purpose"
              minor
              className={cx(
                'max-w-60 whitespace-normal! @max-[40rem]:col-span-2 @max-[40rem]:max-w-none',
                onCards(row.purpose),
              )}
            >
              {row.purpose ? (
                <span title={row.purpose} className="wrap-anywhere line-clamp-2">
                  {row.purpose}
                </span>
              ) : (
                <Nothing />
              )}
            </Td>
            <Td label="Keys" align="right">
              {row.keys === 0 ? (
                <span className="text-quiet">None</span>
              ) : (
                <Link
                  href={`${keysPath}?thirdParty=${row.id}`}
                  data-row-link=""
                  className="after:absolute after:inset-0 after:rounded-control focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus focus-visible:after:-outline-offset-2"
                >
                  {row.keys}
                  <span className="sr-only">
                    {row.keys === 1 ? ' key' : ' keys'} of {row.name}
                  </span>
                </Link>
              )}
            </Td>
            <Td label="Last used">
              <TimeOrNever value={row.lastUsedAt} none="Never used" />
            </Td>
            {onEdit && (
              <MenuTd>
                <RowMenu label={`Actions for ${row.name}`}>
                  <MenuItem icon={<Pencil aria-hidden="true" className="size-4" />} onClick={() => onEdit(row)}>
                    Edit
                  </MenuItem>
                </RowMenu>
              </MenuTd>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  )
}

/** Its website is where an app lives: whoever answers yes sees its keys and its access as one connection. */
function Suggestion({
  row,
  app,
  onLink,
}: Pick<ThirdPartiesTableProps, 'onLink'> & { row: ThirdPartyRow; app: LinkedApp }) {
  return (
    <span className="block whitespace-normal text-sm">
      <span className="text-quiet">
        This looks like the app {app.name}
        {!app.verified && ' (not verified)'}.{' '}
      </span>
      <button
        type="button"
        onClick={() => onLink(row, app)}
        className="rounded-[3px] text-accent-ink underline decoration-current/40 underline-offset-3 hover:decoration-current"
      >
        Link them
        <span className="sr-only">
          : {row.name} and {app.name}
        </span>
      </button>
    </span>
  )
}

/** A web site that somebody has entered: only http(s) becomes a link, which tells the site nothing of where it stands. */
function Website({ url }: { url: string }) {
  const shown = url.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '')
  if (!/^https?:\/\//.test(url)) return <span>{url}</span>
  return (
    <TextLink
      href={url}
      target="_blank"
      rel="noreferrer noopener"
      title={url}
      prefetch={false}
      className="inline-flex max-w-50 items-center gap-1 align-middle"
    >
      <span className="truncate">{shown}</span>
      <ExternalLink aria-hidden="true" className="size-3.5 shrink-0" />
      <span className="sr-only"> opens in a new tab</span>
    </TextLink>
  )
}

/** What is not known takes a cell in a table, but no room on a card. */
function onCards(value: string | null): string | undefined {
  return value === null ? '@max-[40rem]:hidden!' : undefined
}

function Nothing() {
  return (
    <span className="text-quiet">
      <span aria-hidden="true">–</span>
      <span className="sr-only">Not known</span>
    </span>
  )
}
