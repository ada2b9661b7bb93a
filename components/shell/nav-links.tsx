'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { cx } from '@/components/ui/cx'

export type ShellLink = { href: string; label: string; icon?: ReactNode; apart?: boolean }

/** The links of the rail; the one of the page in view carries aria-current. */
export function NavLinks({ links }: { links: readonly ShellLink[] }) {
  const current = useCurrentLink(links)
  return (
    <nav aria-label="Main" className="min-h-0 overflow-y-auto">
      <ul className="flex flex-col gap-0.5">
        {links.map((link, index) => (
          <li key={link.href} className={cx(link.apart && !links[index - 1]?.apart && 'mt-2 border-t pt-2')}>
            <Link
              href={link.href}
              aria-current={link === current ? 'page' : undefined}
              className={cx(
                'flex min-h-9 items-center gap-2.5 rounded-control px-2 transition-colors focus-visible:-outline-offset-2 max-md:min-h-11',
                '[&>svg]:size-4 [&>svg]:shrink-0',
                link === current
                  ? 'bg-hover font-semibold text-ink [&>svg]:text-accent-ink'
                  : 'text-quiet hover:bg-hover hover:text-ink',
              )}
            >
              {link.icon}
              {link.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** The link whose page is in view, or lies below it; of two such, the one that says more. */
export function useCurrentLink(links: readonly ShellLink[]): ShellLink | undefined {
  const path = usePathname()
  const above = links.filter(({ href }) => path === href || path.startsWith(`${href}/`))
  return above.toSorted((one, other) => other.href.length - one.href.length)[0]
}
