import { cx } from '@/components/ui/cx'

/** The mark: a key's tag on its ring, and on the tag a keyhole. */
export function LogoMark({ className = 'h-6' }: { className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="5 1 14 22" className={cx('w-auto shrink-0', className)} fill="none">
      <path d="M12 6.2 18 10v9.5A2.5 2.5 0 0 1 15.5 22h-7A2.5 2.5 0 0 1 6 19.5V10l6-3.8Z" className="fill-accent" />
      <circle cx="12" cy="5" r="3.1" className="stroke-accent-ink" strokeWidth="1.8" />
      <path
        d="M12 12.1a2 2 0 0 1 1.05 3.7l.5 2.5a.4.4 0 0 1-.4.5h-2.3a.4.4 0 0 1-.4-.5l.5-2.5A2 2 0 0 1 12 12.1Z"
        className="fill-on-accent"
      />
    </svg>
  )
}

/** The mark and the name. */
export function Logo({ className }: { className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-2 font-semibold text-lg', className)}>
      <LogoMark />
      Latchkey
    </span>
  )
}
