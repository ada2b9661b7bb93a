import type { ReactNode } from 'react'
import { cx } from './cx'

/** A surface with one hairline; `title` and `action` stand in its head. */
export function Card({
  title,
  description,
  action,
  flush,
  className,
  children,
}: {
  title?: ReactNode
  description?: ReactNode
  action?: ReactNode
  /** Lets the content reach the hairlines, for rows of its own. */
  flush?: boolean
  className?: string
  children: ReactNode
}) {
  return (
    <section className={cx('rounded-surface border bg-surface', className)}>
      {title && (
        <header className="flex min-h-13 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b px-4 py-2.5">
          <div>
            <h2 className="font-semibold">{title}</h2>
            {description && <p className="text-quiet text-sm">{description}</p>}
          </div>
          {action}
        </header>
      )}
      <div className={cx(!flush && 'p-4')}>{children}</div>
    </section>
  )
}

/** A part of a page: what it is on the left, its content on the right, a hairline between parts. */
export function Section({
  id,
  title,
  description,
  children,
}: {
  /** For links to this part. */
  id?: string
  title: ReactNode
  description?: ReactNode
  children: ReactNode
}) {
  return (
    <section
      id={id}
      className="grid gap-x-8 gap-y-4 border-t py-8 first:border-t-0 first:pt-0 lg:grid-cols-[15rem_minmax(0,35rem)]"
    >
      <div>
        <h2 className="font-semibold text-lg">{title}</h2>
        {description && <p className="mt-1 text-pretty text-quiet">{description}</p>}
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  )
}

/** Facts about a thing, name and value. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)] gap-x-6 gap-y-2.5">{children}</dl>
}

export function Fact({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <>
      <dt className="text-quiet">{name}</dt>
      <dd className="wrap-anywhere min-w-0">{children}</dd>
    </>
  )
}
