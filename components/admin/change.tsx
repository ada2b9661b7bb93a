import { ClockTime, DateText } from '@/components/ui/time'

/** What an act changed of one field: the new value, or the old and the new one. */
export function Change({ field, from, to }: { field: string; from: unknown; to: unknown }) {
  if (isNothing(from)) return <Value field={field} value={to} />
  if (isNothing(to)) {
    return (
      <>
        <Value field={field} value={from} /> removed
      </>
    )
  }
  return (
    <>
      <Value field={field} value={from} /> → <Value field={field} value={to} />
    </>
  )
}

export function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0)
}

function Value({ field, value }: { field: string; value: unknown }) {
  if (Array.isArray(value)) return value.join(', ')
  if (field === 'oldSecretEndsAt') return <ClockTime value={String(value)} />
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return <DateText value={value} />
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (field === 'hint' || field === 'secretHint') return <code className="font-mono">{String(value)}</code>
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
