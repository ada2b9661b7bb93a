import type { CSSProperties } from 'react'
import { cx } from './cx'

type TagProps = {
  /** Who holds it. Without a name it is a dashed "Unassigned". */
  name?: string | null
  /** The path of its own picture, in place of the letter. */
  logo?: string | null
  size?: 'md' | 'sm'
  /** Sits in a sentence or a cell and may not widen it. */
  className?: string
}

/** The tag on a key: a letter mark in the holder's own tint, then the name. */
export function Tag({ name, logo, size = 'md', className }: TagProps) {
  const box = cx(
    'inline-flex max-w-full items-center rounded-full border align-middle',
    size === 'md' ? 'h-7 gap-1.5 pr-2.5 pl-0.75' : 'h-6 gap-1 pr-2 pl-0.5 text-sm',
    className,
  )
  if (!name) return <span className={cx(box, 'border-control border-dashed pl-2.5! text-quiet')}>Unassigned</span>
  return (
    <span className={cx(box, 'bg-surface text-ink group-data-muted/row:text-quiet')} title={name}>
      <TagMark name={name} logo={logo} size={size === 'md' ? 'sm' : 'xs'} />
      <span className="truncate">{name}</span>
    </span>
  )
}

/** The mark alone: a picture, else the first letter on a tint that always belongs to this name. */
export function TagMark({
  name,
  logo,
  size = 'md',
}: {
  name: string
  logo?: string | null
  size?: 'lg' | 'md' | 'sm' | 'xs'
}) {
  if (logo) {
    // biome-ignore lint/performance/noImgElement: served by ourselves as it is; the image optimizer is off
    return <img src={logo} alt="" className={cx('shrink-0 rounded-[22%] object-cover', markSizes[size])} />
  }
  return (
    <span
      aria-hidden="true"
      style={{ '--hue': hueOf(name) } as CSSProperties}
      className={cx(
        'inline-grid shrink-0 select-none place-items-center rounded-full bg-[oklch(var(--tag-fill)_var(--hue))] font-semibold text-[oklch(var(--tag-letter)_var(--hue))] leading-none',
        markSizes[size],
      )}
    >
      {firstLetter(name)}
    </span>
  )
}

const markSizes = {
  lg: 'size-12 text-xl',
  md: 'size-8 text-base',
  sm: 'size-5 text-[11px]',
  xs: 'size-4.5 text-[10px]',
}

/** One of twelve hues, 30° apart, from the name (FNV-1a): the same on every page and every machine. */
function hueOf(name: string): number {
  let hash = 0x811c9dc5
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  // Short names differ in few bits: mix the high ones in before taking the remainder.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (((hash ^ (hash >>> 13)) >>> 0) % 12) * 30
}

function firstLetter(name: string): string {
  const [first] = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name.trim())
  return first?.segment.toUpperCase() ?? '?'
}
