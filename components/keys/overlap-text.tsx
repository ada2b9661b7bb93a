import { ClockTime, RelativeTime } from '@/components/ui/time'
import type { KeyRow } from './key-row'

/** "Old secret works until 14:20, last used 3 min ago." */
export function OverlapText({ overlap }: { overlap: NonNullable<KeyRow['overlap']> }) {
  return (
    <>
      Old secret works until <ClockTime value={overlap.endsAt} />,{' '}
      {overlap.lastUsedAt ? (
        <>
          last used <RelativeTime value={overlap.lastUsedAt} />.
        </>
      ) : (
        'never used.'
      )}
    </>
  )
}
