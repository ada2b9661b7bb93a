import { Button } from '@/components/ui/button'
import { useKeyActs } from './key-acts'
import type { KeyRow } from './key-row'
import { isLive } from './key-status'
import { OverlapText } from './overlap-text'

/** What must be known about a row at once: an old secret that still works, or that the key is refused and why. */
export function KeyNotes({ row }: { row: KeyRow }) {
  const { canWrite, open } = useKeyActs()
  return (
    <>
      {row.overlap && (
        <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5 pb-1 text-sm text-warn-ink">
          <span className="whitespace-normal">
            <OverlapText overlap={row.overlap} />
          </span>
          {canWrite && (
            <Button size="sm" onClick={() => open({ kind: 'end-overlap', key: row })}>
              End now
            </Button>
          )}
        </div>
      )}
      {row.inactive && isLive(row) && (
        <p className="wrap-anywhere whitespace-normal pb-1 text-danger-ink text-sm">
          Refused: {row.inactive}, who answers for it, is no longer active here.
        </p>
      )}
    </>
  )
}
