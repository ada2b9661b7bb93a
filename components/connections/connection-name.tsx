import { Badge } from '@/components/ui/badge'
import { countText } from '@/components/ui/words'
import type { Connection } from '@/lib/connections/list'

/** Whether somebody has checked who is behind an app. Of who is no app there is nothing to check. */
export function ConnectionBadges({ app }: Pick<Connection, 'app'>) {
  if (!app) return null
  return (
    <>
      {app.verified ? <Badge tone="good">Verified</Badge> : <Badge tone="warn">Not verified</Badge>}
      {app.disabled && <Badge>Disabled</Badge>}
    </>
  )
}

/** Keys and grants in words: "2 keys and 1 app access". */
export function countWords({ keys, grants }: { keys: number; grants: number }): string {
  return [keys > 0 && countText(keys, 'key'), grants > 0 && countText(grants, 'app access', 'app accesses')]
    .filter(Boolean)
    .join(' and ')
}
