'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { cx } from '@/components/ui/cx'

export interface NavGroup {
  title: string
  links: { href: string; label: string }[]
}

/** The contents of the docs: beside the page, and above it, folded, where there is no room. */
export function DocsNav({ groups }: { groups: readonly NavGroup[] }) {
  const path = usePathname()
  return (
    <>
      <nav aria-label="Docs" className="sticky top-8 max-h-[calc(100dvh-4rem)] overflow-y-auto pb-4 max-lg:hidden">
        <Groups groups={groups} path={path} />
      </nav>
      {/* A new one for each page: what was opened on the last one is folded again. */}
      <details key={path} className="rounded-surface border bg-surface lg:hidden">
        <summary className="px-4 py-3 font-semibold">Contents</summary>
        <nav aria-label="Docs" className="border-t px-4 py-3">
          <Groups groups={groups} path={path} />
        </nav>
      </details>
    </>
  )
}

function Groups({ groups, path }: { groups: readonly NavGroup[]; path: string }) {
  return (
    <ul className="flex flex-col gap-4">
      {groups.map(({ title, links }) => (
        <li key={title}>
          <p className="px-2 font-semibold text-sm">{title}</p>
          <ul className="mt-1">
            {links.map(({ href, label }) => (
              <li key={href}>
                <Link
                  href={href}
                  aria-current={href === path ? 'page' : undefined}
                  className={cx(
                    'block rounded-control px-2 py-1 transition-colors focus-visible:-outline-offset-2 max-lg:py-2',
                    href === path ? 'bg-hover font-semibold' : 'text-quiet hover:bg-hover hover:text-ink',
                  )}
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  )
}
