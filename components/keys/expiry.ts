import { countText } from '@/components/ui/words'
import type { KeyPolicy } from '@/lib/policy/input'

/** Days count from when the server makes the key. */
const choices = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'custom', label: 'Custom date' },
  { value: 'never', label: 'Never' },
]

/** How long a key may live, as the form offers it: what the site does not allow is not there to be chosen. */
export function expiryChoices({ maxLifetimeDays: most, expiryRequired }: ExpiryRules) {
  const offered = choices.filter(({ value }) => {
    if (value === 'never') return !expiryRequired && most === null
    // A chosen day is meant whole, so there must be one that ends in time.
    if (value === 'custom') return most === null || most > 1
    return most === null || Number(value) <= most
  })
  if (most === null || offered.some(({ value }) => value === String(most)) || most > 365) return offered
  const longest = { value: String(most), label: countText(most, 'day') }
  const place = offered.findLastIndex(({ value }) => Number(value) < most) + 1
  return offered.toSpliced(place, 0, longest)
}

/** What the form begins with: 90 days, or as long as the site allows. */
export function firstExpiry({ maxLifetimeDays: most }: ExpiryRules): Expiry {
  return { choice: String(Math.min(90, most ?? 90)), date: '' }
}

/** The last day that can be chosen at `now`, as a date field wants it. */
export const lastDay = ({ maxLifetimeDays: most }: ExpiryRules, now: number): string =>
  most === null ? '9998-12-31' : dayOf(now + (most - 1) * 86_400_000)

type ExpiryRules = Pick<KeyPolicy, 'maxLifetimeDays' | 'expiryRequired'>

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
export const tomorrow = (now: number): string => dayOf(now + 86_400_000)

function dayOf(time: number): string {
  const day = new Date(time)
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/** The last second of a day in the reader's own zone: who chooses a day means it whole. */
function endOfDay(date: string): Date {
  return new Date(/^\d{4}-\d{2}-\d{2}$/.test(date) ? `${date}T23:59:59` : Number.NaN)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
