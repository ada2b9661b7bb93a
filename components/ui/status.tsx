import type { ReactNode } from 'react'
import { cx } from './cx'

export type Tone = 'works' | 'will-end' | 'ended' | 'quiet'

/** A state: a dot and a word, so that it is never colour alone. */
export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={cx('inline-flex items-center gap-2 whitespace-nowrap', words[tone])}>
      <span aria-hidden="true" className={cx('size-2 shrink-0 rounded-full', dots[tone])} />
      {children}
    </span>
  )
}

const dots: Record<Tone, string> = {
  works: 'bg-good',
  'will-end': 'bg-warn',
  ended: 'bg-danger',
  quiet: 'border-2 border-idle',
}

const words: Record<Tone, string> = {
  works: '',
  'will-end': 'text-warn-ink',
  ended: 'text-danger-ink',
  quiet: 'text-quiet',
}
