import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'

/** No row under these filters, though the project has keys. */
export function NoMatch({
  q,
  filtered,
  onClear,
  onAll,
}: {
  q: string
  filtered: boolean
  onClear: () => void
  onAll: () => void
}) {
  if (!filtered) {
    return (
      <EmptyState
        kind="filtered"
        title="Every key here is revoked"
        action={<Button onClick={onAll}>Show all keys</Button>}
      >
        Revoked keys stay in the list, under the filter Status.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      kind="filtered"
      title={q ? `No key matches “${q}”` : 'No key matches these filters'}
      action={<Button onClick={onClear}>Clear filters</Button>}
    >
      The search looks at labels, third parties and the visible part of keys. Revoked keys are only found with Status
      set to Revoked or All.
    </EmptyState>
  )
}
