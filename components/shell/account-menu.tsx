'use client'

import { ChevronsUpDown, LogOut, ShieldCheck, UserRound } from 'lucide-react'
import { startTransition } from 'react'
import { Menu, MenuItem, MenuLink, MenuSeparator } from '@/components/ui/menu'
import { TagMark } from '@/components/ui/tag'

export type ShellUser = { name: string; email: string; isAdmin: boolean }

/** Who is signed in, and what is theirs. */
export function AccountMenu({ user, signOutAction }: { user: ShellUser; signOutAction: () => Promise<unknown> }) {
  return (
    <Menu
      side="top"
      trigger={
        <button
          type="button"
          aria-label="Account menu"
          className="flex min-h-12 w-full items-center gap-2.5 rounded-control px-2 text-left transition-colors hover:bg-hover data-popup-open:bg-hover"
        >
          <TagMark name={user.name} />
          <span className="min-w-0 grow">
            <span className="block truncate font-semibold">{user.name}</span>
            <span className="block truncate text-quiet text-sm">{user.email}</span>
          </span>
          <ChevronsUpDown aria-hidden="true" className="size-4 shrink-0 text-quiet" />
        </button>
      }
    >
      <MenuLink href="/account" icon={<UserRound aria-hidden="true" className="size-4 text-quiet" />}>
        Account
      </MenuLink>
      {user.isAdmin && (
        <MenuLink href="/admin" icon={<ShieldCheck aria-hidden="true" className="size-4 text-quiet" />}>
          Admin
        </MenuLink>
      )}
      <MenuSeparator />
      <MenuItem
        icon={<LogOut aria-hidden="true" className="size-4 text-quiet" />}
        onClick={() =>
          startTransition(async () => {
            await signOutAction()
          })
        }
      >
        Sign out
      </MenuItem>
    </Menu>
  )
}
