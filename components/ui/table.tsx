'use client'

import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import Link from 'next/link'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx'

// The looks of rows and cells are named utilities in globals.css: a table of fifty rows has five hundred cells.
// Roles are written out because cards change `display`, and browsers then forget that this is a table.

/**
 * A table whose head stays while the page scrolls. Where it has less than 640 px, each row is a card and each cell
 * shows its `label`. `label` names the table for screen readers.
 */
export function Table({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    <div className={cx('@container', className)}>
      <table
        {...role('table')}
        aria-label={label}
        className="w-full border-separate border-spacing-0 text-left tabular-nums @max-[40rem]:block"
      >
        {children}
      </table>
    </div>
  )
}

/** The head row: give it Th cells. */
export function Thead({ children }: { children: ReactNode }) {
  return (
    <thead {...role('rowgroup')} className="@max-[40rem]:sr-only">
      <tr {...role('row')}>{children}</tr>
    </thead>
  )
}

export function Tbody({ children, busy }: { children: ReactNode; busy?: boolean }) {
  return (
    <tbody
      {...role('rowgroup')}
      aria-busy={busy || undefined}
      className={cx(
        'transition-opacity @max-[40rem]:flex @max-[40rem]:flex-col @max-[40rem]:gap-3',
        busy && 'opacity-60',
      )}
    >
      {children}
    </tbody>
  )
}

type Align = 'left' | 'right'
type Sorting = { direction: 'asc' | 'desc' | null; onSort: () => void }

/** A head cell; with `sort` it is a button and carries aria-sort. `minor` columns give way on a narrow screen. */
export function Th({
  children,
  sort,
  align,
  minor,
  hideLabel,
  className,
}: {
  children: ReactNode
  sort?: Sorting
  align?: Align
  minor?: boolean
  hideLabel?: boolean
  className?: string
}) {
  return (
    <th
      {...role('columnheader')}
      scope="col"
      aria-sort={sort ? sortWords[sort.direction ?? 'none'] : undefined}
      className={cx(
        'sticky top-(--sticky-top,0px) z-2 h-10 border-b bg-paper px-2.5 font-normal text-quiet text-sm first:pl-2 @max-[60rem]:px-2',
        align === 'right' && 'text-right',
        minor && minorClass,
        className,
      )}
    >
      {sort ? (
        <SortButton {...sort}>{children}</SortButton>
      ) : (
        <span className={hideLabel ? 'sr-only' : undefined}>{children}</span>
      )}
    </th>
  )
}

/** A row of 52 px. `marked` shows for a moment that it has just changed; `muted` is for what has ended. */
export function Tr({
  children,
  marked,
  muted,
  className,
  ...props
}: ComponentProps<'tr'> & { marked?: boolean; muted?: boolean }) {
  return (
    <tr
      {...props}
      {...role('row')}
      data-muted={muted || undefined}
      className={cx('group/row row-box', marked && 'animate-marked', muted && 'text-quiet', className)}
    >
      {children}
    </tr>
  )
}

/** A cell; `label` stands before the value where rows are cards, so leave it out for the first cell and the menu. */
export function Td({
  label,
  align,
  minor,
  className,
  children,
  ...props
}: ComponentProps<'td'> & { label?: string; align?: Align; minor?: boolean }) {
  return (
    <td
      {...props}
      {...role('cell')}
      data-label={label}
      className={cx('cell-box', align === 'right' && 'text-right', minor && minorClass, className)}
    >
      {children}
    </td>
  )
}

/** The cell of the row menu: at the end of a row, in the corner of a card. */
export function MenuTd({ children }: { children: ReactNode }) {
  return (
    <Td className="w-12 pr-1! text-right @max-[40rem]:absolute @max-[40rem]:top-2 @max-[40rem]:right-2 @max-[40rem]:w-auto @max-[40rem]:pr-0!">
      {children}
    </Td>
  )
}

/** The first cell: what the row is, at 600 and opening its details from anywhere in the row, and a quiet line below. */
export function RowTitle({ href, hint, children }: { href: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 @max-[40rem]:pr-10">
      <Link
        href={href}
        data-row-link=""
        className="wrap-anywhere line-clamp-2 font-semibold after:absolute after:inset-0 after:rounded-control focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus focus-visible:after:-outline-offset-2"
      >
        {children}
      </Link>
      {hint && <div className="truncate text-quiet text-sm">{hint}</div>}
    </div>
  )
}

function SortButton({ direction, onSort, children }: Sorting & { children: ReactNode }) {
  const Icon = direction === 'asc' ? ArrowUp : direction === 'desc' ? ArrowDown : ChevronsUpDown
  return (
    <button
      type="button"
      onClick={onSort}
      className={cx(
        '-mx-1.5 inline-flex min-h-7 items-center gap-1 rounded-control px-1.5 transition-colors hover:bg-hover hover:text-ink',
        direction && 'font-semibold text-ink',
      )}
    >
      {children}
      <Icon aria-hidden="true" className={cx('size-3.5', !direction && 'opacity-60')} />
    </button>
  )
}

const sortWords = { asc: 'ascending', desc: 'descending', none: 'none' } as const
const minorClass = '@min-[40rem]:@max-[60rem]:hidden'

function role<Role extends string>(name: Role): { role: Role } {
  return { role: name }
}
