import Link from 'next/link'
import type { ComponentProps } from 'react'
import { cx } from './cx'

/** A link in running text. */
export function TextLink({ className, ...props }: ComponentProps<typeof Link>) {
  return (
    <Link
      {...props}
      className={cx(
        'rounded-[3px] text-accent-ink underline decoration-current/40 underline-offset-3 hover:decoration-current',
        className,
      )}
    />
  )
}
