'use client'

import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react'
import { type CSSProperties, useEffect } from 'react'
import { Toaster as Sonner, toast } from 'sonner'

export { toast } from 'sonner'

const THERE = 'latchkey.said'

/** Says what has happened on the page that the browser goes to next. */
export function toastThere(words: string): void {
  sessionStorage.setItem(THERE, words)
}

/** Shows what has happened, in the past tense; stands once, in the root layout. */
export function Toaster() {
  useEffect(() => {
    const said = sessionStorage.getItem(THERE)
    if (said === null) return
    sessionStorage.removeItem(THERE)
    toast.success(said)
  }, [])
  return (
    <Sonner
      position="bottom-right"
      theme="system"
      gap={8}
      visibleToasts={3}
      icons={{
        success: <CircleCheck aria-hidden="true" className="size-4 text-good" />,
        warning: <TriangleAlert aria-hidden="true" className="size-4 text-warn" />,
        error: <CircleAlert aria-hidden="true" className="size-4 text-danger" />,
      }}
      style={
        {
          '--normal-bg': 'var(--float)',
          '--normal-border': 'var(--line)',
          '--normal-text': 'var(--ink)',
          '--border-radius': '8px',
          fontFamily: 'inherit',
        } as CSSProperties
      }
      toastOptions={{
        style: { fontSize: '0.875rem', lineHeight: '1.25rem', boxShadow: 'var(--float-shadow)' },
        classNames: { description: 'text-quiet!', actionButton: 'bg-accent! text-on-accent!' },
      }}
    />
  )
}
