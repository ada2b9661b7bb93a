/** How long a key may live, as the form offers it. Days count from when the server makes the key. */
export const expiryChoices = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'custom', label: 'Custom date' },
  { value: 'never', label: 'Never' },
]

export interface Expiry {
  choice: string
  /** `2026-11-22` as a date field gives it; used with the choice `custom`. */
  date: string
}

/** When a key made at `now` (milliseconds) would end, in ISO 8601; null for never, undefined while no date is chosen. */
export function resolveExpiry({ choice, date }: Expiry, now: number): string | null | undefined {
  if (choice === 'never') return null
  if (choice !== 'custom') return new Date(now + Number(choice) * 86_400_000).toISOString()
  const end = endOfDay(date)
  return Number.isNaN(end.getTime()) ? undefined : end.toISOString()
}

/** What the action takes: a time for a chosen day, a number of days, or neither for never. */
export function expiryInput(expiry: Expiry): { expiresAt?: string; expiresInDays?: number } {
  if (expiry.choice === 'never') return {}
  if (expiry.choice !== 'custom') return { expiresInDays: Number(expiry.choice) }
  return { expiresAt: resolveExpiry(expiry, 0) ?? '' }
}

/** The day after `now` in the reader's zone, as a date field wants it. */
export function tomorrow(now: number): string {
  const day = new Date(now + 86_400_000)
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/** The last second of a day in the reader's own zone: who chooses a day means it whole. */
function endOfDay(date: string): Date {
  return new Date(/^\d{4}-\d{2}-\d{2}$/.test(date) ? `${date}T23:59:59` : Number.NaN)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
