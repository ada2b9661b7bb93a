import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHead } from './page-head'

/** What an error boundary is given. */
export interface PageFailure {
  error: Error & { digest?: string }
  retry: () => void
}

/** Stands where a list could not be read; the message stays in the log, under the number that is shown. */
export function FailedList({
  page,
  title,
  calm,
  error,
  retry,
}: PageFailure & {
  page: string
  title: string
  /** What goes on all the same. */
  calm: string
}) {
  return (
    <>
      <PageHead title={page} inTopBar />
      <EmptyState
        kind="failed"
        title={title}
        action={
          <Button variant="primary" onClick={retry}>
            Try again
          </Button>
        }
      >
        {calm}
        {error.digest && ` If it fails again, give an admin of this site the number ${error.digest}.`}
      </EmptyState>
    </>
  )
}
