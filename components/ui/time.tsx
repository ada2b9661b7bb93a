'use client'

import { useSyncExternalStore } from 'react'
import { Tooltip } from './tooltip'
import { countText, dayText } from './words'

/** "3 min ago", "in 29 days". The exact local time with its zone shows on hover and focus. `value` is ISO 8601. */
export function RelativeTime({ value, className }: { value: string; className?: string }) {
  const now = useSyncExternalStore(subscribe, readNow, readNow)
  const local = useLocal()
  return (
    <Tooltip content={<ExactText value={value} />}>
      <time
        dateTime={value}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be reachable by keyboard
        tabIndex={0}
        aria-description={local ? exactTime(value) : undefined}
        suppressHydrationWarning
        className={className ?? timeClass}
      >
        {relativeTime(Date.parse(value), now)}
      </time>
    </Tooltip>
  )
}

/** A time as above, or quietly what there is in its place: "Never used". */
export function TimeOrNever({ value, none = 'Never' }: { value: string | null; none?: string }) {
  return value ? <RelativeTime value={value} /> : <span className="text-quiet">{none}</span>
}

/** "22 Nov 2026" in the reader's zone, the exact time on hover and focus. */
export function DateText({ value, className }: { value: string; className?: string }) {
  const local = useLocal()
  return (
    <Tooltip content={<ExactText value={value} />}>
      <time dateTime={value} aria-description={local ? exactTime(value) : undefined} className={className ?? timeClass}>
        {dayText(value, local ? undefined : 'UTC')}
      </time>
    </Tooltip>
  )
}

/** "14:20" in the reader's zone, with the day in front when it is not today. */
export function ClockTime({ value, className }: { value: string; className?: string }) {
  const local = useLocal()
  const zone = local ? undefined : 'UTC'
  const today = dayText(value, zone) === dayText(new Date(readNow()).toISOString(), zone)
  return (
    <Tooltip content={<ExactText value={value} />}>
      <time
        dateTime={value}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be reachable by keyboard
        tabIndex={0}
        aria-description={local ? exactTime(value) : undefined}
        suppressHydrationWarning
        className={className ?? timeClass}
      >
        {today ? '' : `${dayText(value, zone)}, `}
        {part(value, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone })}
      </time>
    </Tooltip>
  )
}

const timeClass = 'whitespace-nowrap rounded-[3px] tabular-nums'

function ExactText({ value }: { value: string }) {
  return exactTime(value)
}

/** "22 Nov 2026, 14:20:05 GMT+1" in the reader's zone. */
export function exactTime(value: string): string {
  const time = part(value, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  return `${dayText(value)}, ${time}`
}

/** Both in milliseconds. Rounds to the nearest unit: a key of 30 days, just made, ends "in 30 days". */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.abs(at - now) / 1000
  const amount = inUnits(seconds)
  if (!amount) return 'just now'
  return at < now ? `${amount} ago` : `in ${amount}`
}

function inUnits(seconds: number): string | null {
  if (seconds < 45) return null
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.round(seconds / 3600)
  if (hours < 24) return countText(hours, 'hour')
  const days = Math.round(seconds / 86_400)
  if (days < 60) return countText(days, 'day')
  const months = Math.round(days / 30.44)
  return months < 12 ? countText(months, 'month') : countText(Math.round(days / 365.25), 'year')
}

function part(value: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-US', options).format(new Date(value))
}

/** False on the server and while hydrating, so that both draw the same in UTC; then true, in the reader's zone. */
function useLocal(): boolean {
  return useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  )
}

const tick = 30_000
const listeners = new Set<() => void>()
let clock: ReturnType<typeof setInterval> | undefined

/** One clock for all times of a page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  clock ??= setInterval(() => {
    for (const each of listeners) each()
  }, tick)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(clock)
    clock = undefined
  }
}

// Held still between two ticks: React wants the same answer when it asks twice.
function readNow(): number {
  return Math.floor(Date.now() / tick) * tick
}
