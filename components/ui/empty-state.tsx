import type { ReactNode } from 'react'
import { cx } from './cx'

/**
 * What stands where rows would be: nothing yet (with a drawing), nothing that matches, or what failed.
 * Each says why, and `action` is the next step.
 */
export function EmptyState({
  kind = 'empty',
  title,
  children,
  action,
  drawing,
}: {
  kind?: 'empty' | 'filtered' | 'failed'
  title: string
  children?: ReactNode
  action?: ReactNode
  drawing?: ReactNode
}) {
  return (
    <div
      role={kind === 'empty' ? undefined : kind === 'failed' ? 'alert' : 'status'}
      className={cx(
        'flex flex-col items-center gap-4 rounded-surface border px-6 text-center',
        kind === 'empty' ? 'bg-surface py-12' : 'border-dashed py-10',
      )}
    >
      {drawing}
      <div className="flex max-w-120 flex-col gap-1.5">
        <h2 className={cx('text-balance font-semibold', kind === 'empty' ? 'text-xl' : 'text-lg')}>{title}</h2>
        {children && <div className="text-pretty text-quiet">{children}</div>}
      </div>
      {action}
    </div>
  )
}
