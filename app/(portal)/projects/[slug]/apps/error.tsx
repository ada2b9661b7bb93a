'use client'

import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'

/** The apps could not be read; the message stays in the log, under this number. */
export default function AppsError({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <>
      <PageHead title="OAuth apps" />
      <EmptyState
        kind="failed"
        title="The apps could not be loaded"
        action={
          <Button variant="primary" onClick={retry}>
            Try again
          </Button>
        }
      >
        Nothing was changed, and apps that work go on working.
        {error.digest && ` If it fails again, give the operator of this portal the number ${error.digest}.`}
      </EmptyState>
    </>
  )
}
