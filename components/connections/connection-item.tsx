import { AppWindow, KeyRound } from 'lucide-react'
import { RelativeTime } from '@/components/ui/time'
import type { ConnectionItem } from '@/lib/connections/list'

/** A key, or an app that was let in. */
export function ItemIcon({ kind }: Pick<ConnectionItem, 'kind'>) {
  const Icon = kind === 'key' ? KeyRound : AppWindow
  return <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-quiet" />
}

/** What a key or a grant is called: a key by its label, a grant by what it is. */
export function ItemName({ item }: { item: ConnectionItem }) {
  if (item.kind === 'grant') return <span className="font-semibold text-ink">Access you gave as an app</span>
  return (
    <span className="wrap-anywhere">
      <span className="font-semibold text-ink">{item.label}</span>{' '}
      <code className="whitespace-nowrap font-mono text-quiet text-sm">{item.hint}</code>
    </span>
  )
}

/** "Last used 3 min ago from 203.0.113.7, GET /api/v1/me", or "Never used". */
export function ItemUse({ item }: { item: ConnectionItem }) {
  if (!item.lastUsedAt) return 'Never used'
  const { address, route } = item.lastUsed ?? {}
  return (
    <>
      Last used <RelativeTime value={item.lastUsedAt} />
      {address && ` from ${address}`}
      {route && (
        <>
          , <code className="font-mono">{route}</code>
        </>
      )}
    </>
  )
}
