'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button, IconButton } from './button'

type CopyButtonProps = {
  /** What is copied: exactly this. */
  value: string
  label?: string
  variant?: 'primary' | 'secondary' | 'quiet'
  size?: 'md' | 'sm'
  /** Shows the icon alone; `label` stays its name. */
  iconOnly?: boolean
  /** Called when the text was not copied, so that the caller can select it. */
  onFail?: () => void
}

type Outcome = 'none' | 'copied' | 'failed'

/** Says "Copied" only when the browser confirmed it, and what to press when it cannot (plain http, refused). */
export function CopyButton({ value, label = 'Copy', variant, size, iconOnly, onFail }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>('none')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  async function copy() {
    clearTimeout(timer.current)
    const copied = await writeText(value)
    setOutcome(copied ? 'copied' : 'failed')
    if (copied) timer.current = setTimeout(() => setOutcome('none'), 2500)
    else onFail?.()
  }

  const done = outcome === 'copied'
  const icon = done ? (
    <Check aria-hidden="true" className="size-4 text-good" />
  ) : (
    <Copy aria-hidden="true" className="size-4" />
  )
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
      {iconOnly ? (
        <IconButton label={label} size={size} onClick={copy}>
          {icon}
        </IconButton>
      ) : (
        <Button
          variant={variant}
          size={size}
          onClick={copy}
          icon={variant === 'primary' && done ? <Check aria-hidden="true" className="size-4" /> : icon}
        >
          {done ? 'Copied' : label}
        </Button>
      )}
      <span role="status" className={outcome === 'failed' ? 'text-quiet text-sm' : 'sr-only'}>
        {outcome === 'failed' ? `Press ${modifier()}+C to copy` : done ? 'Copied' : ''}
      </span>
    </span>
  )
}

/** Resolves to whether the text is now on the clipboard. */
async function writeText(text: string): Promise<boolean> {
  try {
    // Missing outside https and localhost, whatever the types say.
    if (!navigator.clipboard?.writeText) return false
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

function modifier(): string {
  return /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'
}
