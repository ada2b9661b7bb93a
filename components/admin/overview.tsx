import Link from 'next/link'
import type { ReactNode } from 'react'
import { Card } from '@/components/ui/card'
import { cx } from '@/components/ui/cx'
import { countText } from '@/components/ui/words'
import { Legend } from '@/components/usage/key-usage'
import { UsageChart } from '@/components/usage/usage-chart'
import type { Count as Amount } from '@/lib/count-about'
import { boardBuckets, type KeyBucket } from '@/lib/keys/listing'
import type { SiteUsage } from '@/lib/usage/site'
import { appsHref } from './apps-query'
import { auditHref } from './audit-query'
import { bucketWords } from './bucket-words'
import { keysHref, type SiteKeysQuery } from './keys-query'

/** The sort in which each count is best read. */
const sorts: Partial<Record<KeyBucket, SiteKeysQuery['sort']>> = {
  expiring: 'expiresAt',
  unused: 'lastUsedAt',
  never_used: 'lastUsedAt',
  without_expiry: 'expiresAt',
}

/** How the site stands: what keys there are and which deserve a look, what was refused, how much is asked for. */
export function Overview({
  counts,
  unverifiedApps,
  usage,
}: {
  counts: ReadonlyMap<KeyBucket, Amount>
  unverifiedApps: Amount
  usage: SiteUsage
}) {
  const total = usage.days.reduce((sum, { requests }) => sum + requests, 0)
  const refused = usage.days.reduce((sum, day) => sum + day.refused, 0)
  const busy = total + refused > 0
  return (
    <div className="flex flex-col gap-4">
      <Card title="Keys and apps" flush>
        <ul className="grid grid-cols-2 gap-px overflow-hidden rounded-b-surface bg-line sm:grid-cols-3 lg:grid-cols-6">
          {boardBuckets.map((bucket) => (
            <Count
              key={bucket}
              href={keysHref('/admin/keys', { status: bucket, sort: sorts[bucket] })}
              amount={counts.get(bucket) ?? none}
              label={bucketWords[bucket]}
              calm={bucket === 'active'}
            />
          ))}
          <Count
            href={appsHref('/admin/apps', { show: 'unverified' })}
            amount={unverifiedApps}
            label="Apps not verified"
          />
        </ul>
      </Card>
      <Card
        title="Requests"
        description={`With API keys, the last ${usage.days.length} days, by the day in UTC.`}
        action={busy && <Legend requests={total} refused={refused} />}
      >
        {busy ? (
          <UsageChart days={usage.days} />
        ) : (
          <p className="text-quiet">No requests in the last {usage.days.length} days.</p>
        )}
      </Card>
      <Card
        title="Refusals in the last 24 hours"
        description={`${countText(usage.refused, 'request')} with a known key, and ${usage.unknown.toLocaleString('en-US')} without one.`}
        flush
      >
        <div className="grid gap-px overflow-hidden rounded-b-surface bg-line md:grid-cols-3">
          <Top title="Keys refused most" none="No key was refused.">
            {usage.keys.map(({ id, label, refused }) => (
              <TopRow key={id} href={keysHref('/admin/keys', { q: label, status: 'all' })} count={refused}>
                {label}
              </TopRow>
            ))}
          </Top>
          <Top title="Where those without a key came from" none="None was refused.">
            {usage.sources.map(({ address, refused }) => (
              <li key={address} className="flex items-baseline justify-between gap-4">
                <span className="wrap-anywhere min-w-0 font-mono text-sm">{address}</span>
                <span className="tabular-nums">{refused.toLocaleString('en-US')}</span>
              </li>
            ))}
          </Top>
          <Top title="Where refused acts came from" none="No act was refused.">
            {usage.addresses.map(({ address, refused }) => (
              <TopRow key={address} href={auditHref('/admin/audit', { result: 'refused' })} count={refused}>
                {address ? <span className="font-mono text-sm">{address}</span> : 'No address: the command line'}
              </TopRow>
            ))}
          </Top>
        </div>
      </Card>
    </div>
  )
}

const none: Amount = { count: 0, about: false }

function Count({ href, amount, label, calm }: { href: string; amount: Amount; label: string; calm?: boolean }) {
  const { count, about } = amount
  return (
    <li className="bg-surface last:col-span-2">
      <Link href={href} className="flex h-full flex-col p-4 hover:bg-hover focus-visible:-outline-offset-2">
        <span
          className={cx('font-semibold text-2xl tabular-nums', count === 0 && 'text-quiet', calm && 'text-accent-ink')}
        >
          {about && <span className="font-normal text-base">about </span>}
          {(about ? Number(count.toPrecision(2)) : count).toLocaleString('en-US')}
        </span>
        <span className="text-quiet">{label}</span>
      </Link>
    </li>
  )
}

function Top({ title, none, children }: { title: string; none: string; children: ReactNode[] }) {
  return (
    <section className="bg-surface p-4">
      <h3 className="mb-2 font-semibold">{title}</h3>
      {children.length === 0 ? (
        <p className="text-quiet">{none}</p>
      ) : (
        <ul className="flex flex-col gap-1">{children}</ul>
      )}
    </section>
  )
}

function TopRow({ href, count, children }: { href: string; count: number; children: ReactNode }) {
  return (
    <li className="flex items-baseline justify-between gap-4">
      <Link
        href={href}
        className="wrap-anywhere min-w-0 rounded-[3px] underline decoration-line underline-offset-3 hover:decoration-current"
      >
        {children}
      </Link>
      <span className="tabular-nums">{count.toLocaleString('en-US')}</span>
    </li>
  )
}
