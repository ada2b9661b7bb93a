import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { ButtonLink, buttonClass } from './button'
import { countText } from './words'

/** How many are shown, and links to the pages before and after; one that does not exist is shown but cannot be followed. */
export function Pagination({
  count,
  noun,
  previousHref,
  nextHref,
  onPage,
}: {
  count: number
  /** What is counted: "key". */
  noun: string
  previousHref: string | null
  nextHref: string | null
  /** Goes there in place of the link itself, so that the wait can be shown. */
  onPage: (href: string) => void
}) {
  if (!previousHref && !nextHref) return null
  return (
    <nav aria-label={`Pages of ${noun}s`} className="flex items-center justify-between gap-4 pt-4">
      <div className="text-quiet text-sm tabular-nums">{countText(count, noun)}</div>
      <div className="flex gap-2">
        <PageLink href={previousHref} onPage={onPage}>
          <ChevronLeft aria-hidden="true" className="-ml-1 size-4" />
          Previous
        </PageLink>
        <PageLink href={nextHref} onPage={onPage}>
          Next
          <ChevronRight aria-hidden="true" className="-mr-1 size-4" />
        </PageLink>
      </div>
    </nav>
  )
}

function PageLink({
  href,
  onPage,
  children,
}: {
  href: string | null
  onPage: (href: string) => void
  children: ReactNode
}) {
  if (href) {
    return (
      <ButtonLink
        size="sm"
        href={href}
        onNavigate={(event) => {
          event.preventDefault()
          onPage(href)
        }}
      >
        {children}
      </ButtonLink>
    )
  }
  return (
    <span aria-disabled="true" data-disabled="" className={buttonClass({ size: 'sm' })}>
      {children}
    </span>
  )
}
