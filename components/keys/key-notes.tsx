import { Button } from '@/components/ui/button'
import { useAct } from '@/components/ui/use-act'
import { useKeyActs } from './key-acts'
import type { KeyRow } from './key-row'
import { isLive } from './key-status'
import { OverlapText } from './overlap-text'

/** What must be known about a key at once: that it is refused and why, or an old secret that still works. */
export function KeyNotes({ row, className }: { row: KeyRow; className?: string }) {
  const { canWrite, endOverlap, takeOver } = useKeyActs()
  const [pending, act] = useAct()
  if (!hasNotes(row)) return null
  return (
    <div className={className}>
      {row.inactive ? (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-danger-ink text-sm">
          <span className="wrap-anywhere line-clamp-2 whitespace-normal">
            Refused: {row.inactive}, who answers for it, is no longer active here.
          </span>
          {canWrite && (
            <Button size="sm" pending={pending} onClick={() => act(() => takeOver(row))}>
              Take over
            </Button>
          )}
        </div>
      ) : (
        row.overlap && (
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-warn-ink">
            <span className="whitespace-normal">
              <OverlapText overlap={row.overlap} />
            </span>
            {canWrite && (
              <Button size="sm" pending={pending} onClick={() => act(() => endOverlap(row))}>
                End now
              </Button>
            )}
          </div>
        )
      )}
    </div>
  )
}

export function hasNotes(row: KeyRow): boolean {
  return isLive(row) && (row.overlap !== null || row.inactive !== null)
}
