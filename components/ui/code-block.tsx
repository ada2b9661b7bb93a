'use client'

import { useRef } from 'react'
import { CopyButton } from './copy-button'

/** Code or a command as it is to be typed; when copying fails it is selected instead. `label` names it for screen readers. */
export function CodeBlock({ code, label, copyable = true }: { code: string; label: string; copyable?: boolean }) {
  const text = useRef<HTMLElement>(null)
  return (
    <figure
      aria-label={label}
      className="flex min-w-0 items-start gap-x-2 rounded-control border bg-well py-1 pr-1 pl-3 text-left max-sm:flex-col max-sm:items-stretch"
    >
      {/* Wraps rather than scrolls: a command that is to be checked before it is run must be seen whole. */}
      <pre className="wrap-anywhere min-w-0 grow whitespace-pre-wrap py-1 font-mono text-sm">
        <code ref={text}>{code}</code>
      </pre>
      {copyable && (
        <CopyButton
          value={code}
          variant="quiet"
          size="sm"
          onFail={() => text.current && getSelection()?.selectAllChildren(text.current)}
        />
      )}
    </figure>
  )
}
