import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx'

/** A sentence that must not be missed: what will end (warn), what is wrong (danger, read out at once), what is so (info). */
export function Notice({
  tone = 'info',
  title,
  children,
  action,
}: {
  tone?: 'info' | 'warn' | 'danger'
  title?: ReactNode
  children?: ReactNode
  action?: ReactNode
}) {
  const { Icon, box, mark } = tones[tone]
  return (
    <div
      role={tone === 'danger' ? 'alert' : undefined}
      className={cx('flex items-start gap-2.5 rounded-control border px-3 py-2.5', box)}
    >
      <Icon aria-hidden="true" className={cx('mt-0.5 size-4 shrink-0', mark)} />
      <div className="min-w-0 grow">
        {title && <div className="font-semibold">{title}</div>}
        {children}
      </div>
      {action && <div className="-my-0.5 shrink-0">{action}</div>}
    </div>
  )
}

const tones = {
  info: { Icon: Info, box: 'bg-well', mark: 'text-quiet' },
  warn: { Icon: TriangleAlert, box: 'border-warn/50 bg-warn-wash', mark: 'text-warn-ink' },
  danger: { Icon: CircleAlert, box: 'border-danger/50 bg-danger-wash', mark: 'text-danger-ink' },
}
