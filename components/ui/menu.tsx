'use client'

import { Menu as BaseMenu } from '@base-ui/react/menu'
import { Ellipsis } from 'lucide-react'
import Link from 'next/link'
import type { ReactElement, ReactNode } from 'react'
import { iconButtonClass } from './button'
import { cx } from './cx'

/** A menu that opens from `trigger`, which must be a button with an accessible name. */
export function Menu({
  trigger,
  align = 'start',
  side,
  children,
}: {
  trigger: ReactElement
  align?: 'start' | 'end'
  side?: 'top' | 'bottom'
  children: ReactNode
}) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 outline-none"
        >
          <BaseMenu.Popup className="popup float-motion max-h-(--available-height) min-w-(--anchor-width) max-w-80 overflow-y-auto p-1">
            {children}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

/** The menu at the end of a row; `label` is its accessible name, for example "Actions for Billing". */
export function RowMenu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Menu
      align="end"
      trigger={
        <button type="button" aria-label={label} className={cx(iconButtonClass('md'), 'inline-grid')}>
          <Ellipsis aria-hidden="true" className="size-4" />
        </button>
      }
    >
      {children}
    </Menu>
  )
}

type ItemProps = { icon?: ReactNode; children: ReactNode; disabled?: boolean; destructive?: boolean }

/** Does something. A dialog that it opens gives the focus back to the menu's trigger when it closes. */
export function MenuItem({ icon, children, disabled, destructive, onClick }: ItemProps & { onClick: () => void }) {
  return (
    <BaseMenu.Item disabled={disabled} onClick={onClick} className={itemClass(destructive)}>
      {icon}
      {children}
    </BaseMenu.Item>
  )
}

/** Goes somewhere. */
export function MenuLink({
  href,
  icon,
  children,
  current,
}: {
  href: string
  icon?: ReactNode
  children: ReactNode
  current?: boolean
}) {
  return (
    <BaseMenu.LinkItem
      closeOnClick
      render={<Link href={href} />}
      aria-current={current ? 'true' : undefined}
      className={itemClass()}
    >
      {icon}
      {children}
    </BaseMenu.LinkItem>
  )
}

export function MenuSeparator() {
  return <BaseMenu.Separator className="-mx-1 my-1 h-px bg-line" />
}

/** A quiet line of text between items, not an item itself. */
export function MenuText({ children }: { children: ReactNode }) {
  return <div className="px-2.5 py-1.5 text-quiet text-sm">{children}</div>
}

function itemClass(destructive?: boolean): string {
  return cx(
    'flex min-h-8 cursor-default select-none items-center gap-2 rounded-control px-2.5 py-1 outline-none max-sm:min-h-10',
    'data-highlighted:bg-hover data-disabled:text-quiet data-disabled:opacity-60',
    destructive && 'text-danger-ink',
  )
}
