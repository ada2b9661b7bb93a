'use client'

import { Button as BaseButton } from '@base-ui/react/button'
import Link from 'next/link'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx'
import { Spinner } from './spinner'

type Look = { variant?: 'primary' | 'secondary' | 'quiet' | 'danger'; size?: 'md' | 'sm' }

type ButtonProps = Omit<ComponentProps<'button'>, 'className'> &
  Look & {
    /** The act is under way: the button keeps focus and its width, takes no click, and says so. */
    pending?: boolean
    /** What a screen reader hears while pending. */
    pendingLabel?: string
    icon?: ReactNode
    className?: string
  }

/** A button. Its type is "button" unless it says "submit". */
export function Button({
  variant,
  size,
  pending,
  pendingLabel = 'Working',
  icon,
  disabled,
  type = 'button',
  className,
  children,
  ...props
}: ButtonProps) {
  return (
    <>
      <BaseButton
        {...props}
        type={type}
        disabled={disabled || pending}
        // A button that is disabled while it has focus would drop the reader to the top of the page.
        focusableWhenDisabled={Boolean(pending)}
        aria-busy={pending || undefined}
        data-danger={variant === 'danger' || undefined}
        className={cx(buttonClass({ variant, size }), className)}
      >
        {pending && <Spinner className="absolute" />}
        <span className={cx('inline-flex items-center gap-1.5', pending && 'opacity-0')}>
          {icon}
          {children}
        </span>
      </BaseButton>
      {pending !== undefined && (
        <span role="status" className="sr-only">
          {pending ? pendingLabel : ''}
        </span>
      )}
    </>
  )
}

/** A link that looks like a button: it goes somewhere, it does nothing. */
export function ButtonLink({
  variant,
  size,
  icon,
  className,
  children,
  ...props
}: ComponentProps<typeof Link> & Look & { icon?: ReactNode }) {
  return (
    <Link {...props} className={cx(buttonClass({ variant, size }), className)}>
      {icon}
      {children}
    </Link>
  )
}

/** A square button that shows only an icon; `label` is its accessible name. */
export function IconButton({
  label,
  size = 'md',
  className,
  children,
  ...props
}: Omit<ComponentProps<'button'>, 'aria-label'> & { label: string; size?: 'md' | 'sm' }) {
  return (
    <button type="button" {...props} aria-label={label} className={cx(iconButtonClass(size), className)}>
      {children}
    </button>
  )
}

/** The classes of an icon button, for triggers that render their own element. */
export function iconButtonClass(size: 'md' | 'sm' = 'md'): string {
  return cx(
    'grid shrink-0 place-items-center rounded-control text-quiet transition-colors hover:bg-hover hover:text-ink max-sm:size-10',
    'data-popup-open:bg-hover data-popup-open:text-ink disabled:pointer-events-none disabled:opacity-50',
    size === 'md' ? 'size-9' : 'size-7',
  )
}

/** The classes of a button, for elements that only look like one. */
export function buttonClass({ variant = 'secondary', size = 'md' }: Look = {}): string {
  return cx(
    'relative inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-control border font-semibold',
    'transition-colors data-disabled:cursor-not-allowed not-aria-busy:data-disabled:opacity-55 max-sm:min-h-10',
    size === 'md' ? 'min-h-9 px-3.5' : 'min-h-7 px-2.5 text-sm',
    variants[variant],
  )
}

const variants = {
  primary: 'border-transparent bg-accent text-on-accent not-data-disabled:hover:bg-accent-hover',
  secondary: 'border-control bg-surface text-ink not-data-disabled:hover:bg-hover data-popup-open:bg-hover',
  quiet: 'border-transparent text-ink not-data-disabled:hover:bg-hover data-popup-open:bg-hover',
  danger: 'border-transparent bg-danger-fill text-on-danger not-data-disabled:hover:bg-danger-fill-hover',
}
