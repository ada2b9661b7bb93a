import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { ButtonLink, buttonClass } from './button'

/** Links to the pages before and after; one that does not exist is shown but cannot be followed. */
export function Pagination({
  previousHref,
  nextHref,
  label = 'Pages',
  children,
}: {
  previousHref?: string | null
  nextHref?: string | null
  label?: string
  /** What is shown, for example "50 keys". */
  children?: ReactNode
}) {
  return (
    <nav aria-label={label} className="flex items-center justify-between gap-4 pt-4">
      <div className="text-quiet text-sm tabular-nums">{children}</div>
      <div className="flex gap-2">
        <PageLink href={previousHref}>
          <ChevronLeft aria-hidden="true" className="-ml-1 size-4" />
          Previous
        </PageLink>
        <PageLink href={nextHref}>
          Next
          <ChevronRight aria-hidden="true" className="-mr-1 size-4" />
        </PageLink>
      </div>
    </nav>
  )
}

function PageLink({ href, children }: { href?: string | null; children: ReactNode }) {
  if (href) {
    return (
      <ButtonLink size="sm" href={href}>
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
