import Link from 'next/link'
import type { ReactNode } from 'react'
import { cx } from '@/components/ui/cx'

/** The head of a page: its title, a sentence what it is for (while that is news), the primary action at the right. */
export function PageHead({
  title,
  children,
  action,
  back,
  mark,
  inTopBar,
}: {
  title: ReactNode
  /** The mark of whom the page is about. */
  mark?: ReactNode
  /** On a phone the top bar shows this very title. */
  inTopBar?: boolean
  /** The sentence, or on a page about one thing what it is. */
  children?: ReactNode
  action?: ReactNode
  back?: { href: string; label: string }
}) {
  return (
    <header
      className={cx(
        'mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4 max-sm:mb-5',
        inTopBar && !children && !action && 'max-md:sr-only',
      )}
    >
      <div className={cx('min-w-0 max-w-160 grow basis-64', inTopBar && !children && 'max-md:sr-only')}>
        {back && (
          <Link href={back.href} className="mb-1 inline-block rounded-control text-quiet text-sm hover:text-ink">
            <span aria-hidden="true">← </span>
            {back.label}
          </Link>
        )}
        {/* The mark stands beside the heading, not in it: its letter is no part of the name. */}
        <div className={cx(Boolean(mark) && 'flex items-center gap-2.5')}>
          {mark}
          <h1
            className={cx(
              'wrap-anywhere text-balance font-semibold text-2xl tracking-tight max-md:text-xl',
              inTopBar && 'max-md:sr-only',
            )}
          >
            {title}
          </h1>
        </div>
        {children && (
          <div className={cx('mt-1.5 text-pretty text-quiet empty:hidden', inTopBar && 'max-md:mt-0')}>{children}</div>
        )}
      </div>
      {action && (
        <div className="flex shrink-0 flex-wrap items-center gap-2 max-sm:w-full [&>*]:max-sm:grow">{action}</div>
      )}
    </header>
  )
}
