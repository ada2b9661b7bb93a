import type { ReactNode } from 'react'
import { cx } from './cx'

/** A short word about a thing: a scope, a role, "Unverified". */
export function Badge({
  tone = 'quiet',
  mono,
  children,
}: {
  tone?: 'quiet' | 'accent' | 'good' | 'warn' | 'danger'
  mono?: boolean
  children: ReactNode
}) {
  return (
    <span
      className={cx(
        'inline-flex h-5 items-center whitespace-nowrap rounded-full px-2 text-sm leading-none',
        mono && 'font-mono',
        tones[tone],
      )}
    >
      {children}
    </span>
  )
}

const tones = {
  quiet: 'bg-hover text-ink',
  accent: 'bg-accent-wash text-accent-ink',
  good: 'bg-good-wash text-good-ink',
  warn: 'bg-warn-wash text-warn-ink',
  danger: 'bg-danger-wash text-danger-ink',
}
