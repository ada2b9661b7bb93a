import { RelativeTime } from '@/components/ui/time'

/** "Last used 3 min ago." or "Never used." */
export function LastUsed({ row }: { row: { lastUsedAt: string | null } }) {
  if (!row.lastUsedAt) return 'Never used.'
  return (
    <>
      Last used <RelativeTime value={row.lastUsedAt} />.
    </>
  )
}

/** True when a key was used in the last 24 hours: who ends it now ends something that runs. */
export function isInUse(row: { lastUsedAt: string | null }): boolean {
  return row.lastUsedAt !== null && Date.now() - Date.parse(row.lastUsedAt) < 86_400_000
}
