import Link from 'next/link'
import type { ReactNode } from 'react'

/** The head of a page: its title, a sentence what it is for (while that is news), the primary action at the right. */
export function PageHead({
  title,
  children,
  action,
  back,
}: {
  title: ReactNode
  /** The sentence, or on a page about one thing what it is. */
  children?: ReactNode
  action?: ReactNode
  back?: { href: string; label: string }
}) {
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4 max-sm:mb-5">
      <div className="min-w-0 max-w-160 grow basis-64">
        {back && (
          <Link href={back.href} className="mb-1 inline-block rounded-control text-quiet text-sm hover:text-ink">
            <span aria-hidden="true">← </span>
            {back.label}
          </Link>
        )}
        <h1 className="wrap-anywhere text-balance font-semibold text-2xl tracking-tight max-md:text-xl">{title}</h1>
        {children && <div className="mt-1.5 text-pretty text-quiet">{children}</div>}
      </div>
      {action && (
        <div className="flex shrink-0 flex-wrap items-center gap-2 max-sm:w-full [&>*]:max-sm:grow">{action}</div>
      )}
    </header>
  )
}
