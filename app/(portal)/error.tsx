'use client'

import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'

/** As the page outside of the shell; the rail stays, so that one can go elsewhere. */
export default function ErrorPage({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <div role="alert">
      <PageHead title="This page could not be shown">
        Nothing was changed by showing it. Try again; if it fails again, give an admin of this site the number below.
      </PageHead>
      {error.digest && (
        <p className="mb-4 font-mono text-sm">
          <span className="text-quiet">Number </span>
          {error.digest}
        </p>
      )}
      <Button variant="primary" onClick={retry}>
        Try again
      </Button>
    </div>
  )
}
