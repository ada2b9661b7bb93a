'use client'

import { Dialog } from '@base-ui/react/dialog'
import { Menu as MenuIcon, X } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { iconButtonClass } from '@/components/ui/button'
import { cx } from '@/components/ui/cx'
import { Logo, LogoMark } from './logo'
import { type ShellLink, useCurrentLink } from './nav-links'

/** On a phone: the name of the page, and the rail in a sheet that comes in from the left. */
export function TopBar({ links, children }: { links: readonly ShellLink[]; children: ReactNode }) {
  const path = usePathname()
  // Open for one path only: following a link in the sheet closes it.
  const [openAt, setOpenAt] = useState<string | null>(null)
  const current = useCurrentLink(links)
  return (
    <header className="sticky top-0 z-20 flex h-14 items-center gap-2 border-b bg-paper px-2 md:hidden">
      <Dialog.Root open={openAt === path} onOpenChange={(open) => setOpenAt(open ? path : null)}>
        <Dialog.Trigger aria-label="Open navigation" className={cx(iconButtonClass(), 'size-10')}>
          <MenuIcon aria-hidden="true" className="size-5" />
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Backdrop className="fixed inset-0 z-30 bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
          <Dialog.Popup className="fixed inset-y-0 left-0 z-30 flex w-72 max-w-[85vw] flex-col gap-3 border-r bg-well px-3 pt-3 pb-2 outline-none transition-[opacity,translate] duration-150 ease-out data-ending-style:opacity-0 data-starting-style:-translate-x-1 data-starting-style:opacity-0">
            <div className="flex items-center justify-between pl-2">
              <Dialog.Title render={<div />}>
                <Logo />
              </Dialog.Title>
              <Dialog.Close aria-label="Close navigation" className={cx(iconButtonClass(), 'size-10')}>
                <X aria-hidden="true" className="size-5" />
              </Dialog.Close>
            </div>
            {children}
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
      <LogoMark className="h-5" />
      <span className="truncate font-semibold text-lg">{current?.label ?? 'Latchkey'}</span>
    </header>
  )
}
