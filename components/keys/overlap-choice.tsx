'use client'

import { useState } from 'react'
import { Choice } from '@/components/ui/choice'
import { ClockTime } from '@/components/ui/time'

const overlaps = [
  { value: '0', label: 'Stop now' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '24 hours' },
  { value: '604800', label: '7 days' },
]

/** How long the old secret goes on working beside the new one, in seconds, and until when that is. */
export function OverlapChoice({
  value,
  onValueChange,
  bound,
}: {
  value: string
  onValueChange: (value: string) => void
  /** What may end it earlier. */
  bound?: string
}) {
  const [now] = useState(() => Date.now())
  return (
    <Choice
      name="overlap"
      label="Keep the old secret working for"
      value={value}
      onValueChange={onValueChange}
      options={overlaps}
      description={
        value === '0' ? (
          'The old secret is refused from now on.'
        ) : (
          <>
            The old secret works until <ClockTime value={new Date(now + Number(value) * 1000).toISOString()} />
            {bound && `, ${bound}`}.
          </>
        )
      }
    />
  )
}
