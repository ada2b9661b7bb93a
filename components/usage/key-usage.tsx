import { Card } from '@/components/ui/card'
import { RelativeTime } from '@/components/ui/time'
import { countText } from '@/components/ui/words'
import type { Usage } from '@/lib/usage/read'
import { UsageChart } from './usage-chart'

/** How often a key was used and refused, by the day, and from where. */
export function KeyUsage({ usage: { days, sources } }: { usage: Usage }) {
  const requests = sum(days.map((day) => day.requests))
  const refused = sum(days.map((day) => day.refused))
  if (sources.length === 0 && requests + refused === 0) {
    return (
      <Card title="Usage" className="lg:col-span-2">
        <p className="text-pretty text-quiet">
          No requests with this key yet. They show here by day, with where they came from, some seconds after they were
          made.
        </p>
      </Card>
    )
  }
  return (
    <Card
      title="Usage"
      description={`The last ${days.length} days, by the day in UTC.`}
      action={requests + refused > 0 && <Legend requests={requests} refused={refused} />}
      flush
      className="lg:col-span-2"
    >
      <div className="p-4">
        {requests + refused > 0 ? (
          <UsageChart days={days} />
        ) : (
          <p className="text-quiet">No requests in the last {days.length} days.</p>
        )}
      </div>
      <section aria-labelledby="sources" className="border-t">
        <h3 id="sources" className="px-4 pt-3 font-semibold">
          Sources
        </h3>
        <Sources sources={sources.slice(0, AT_FIRST)} />
        {sources.length > AT_FIRST && (
          <details className="border-t">
            <summary className="px-4 py-3 text-quiet hover:text-ink">Show {sources.length - AT_FIRST} more</summary>
            <Sources sources={sources.slice(AT_FIRST)} />
          </details>
        )}
      </section>
    </Card>
  )
}

/** Sources that are in view without asking. */
const AT_FIRST = 10

/** What the colours of the chart mean, with the sums. */
export function Legend({ requests, refused }: { requests: number; refused: number }) {
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 tabular-nums">
      <span className="inline-flex items-center gap-2">
        <span aria-hidden="true" className="size-2.5 rounded-[2px] bg-accent" />
        {countText(requests, 'request')}
      </span>
      <span className="inline-flex items-center gap-2">
        <span aria-hidden="true" className="size-2.5 rounded-[2px] bg-warn" />
        {refused.toLocaleString('en-US')} refused
      </span>
    </p>
  )
}

function Sources({ sources }: { sources: Usage['sources'] }) {
  return (
    <ul>
      {sources.map((source) => (
        <li
          key={`${source.address} ${source.userAgent}`}
          className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 border-b px-4 py-3 last:border-b-0"
        >
          <p className="wrap-anywhere min-w-0">
            {addressWords[source.address] ?? <span className="font-mono text-sm">{source.address}</span>}{' '}
            <span className="text-quiet">{agentWords[source.userAgent] ?? source.userAgent}</span>
          </p>
          <p className="text-quiet text-sm tabular-nums">
            {countText(source.requests, 'request')}, first <RelativeTime value={source.firstSeenAt} />, last{' '}
            <RelativeTime value={source.lastSeenAt} />
          </p>
        </li>
      ))}
    </ul>
  )
}

const addressWords: Record<string, string> = { unknown: 'Unknown address', others: 'Further addresses' }
const agentWords: Record<string, string> = { unknown: 'did not say its name', others: 'of several kinds' }

const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0)
