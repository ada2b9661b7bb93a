'use client'

import { Logo } from '@/components/shell/logo'
import { Button, ButtonLink } from '@/components/ui/button'

/** The message of the error stays in the log; its digest is what finds it there. */
export default function ErrorPage({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-100 flex-col items-start justify-center gap-4 px-4 py-12">
      <Logo />
      <h1 className="text-balance font-semibold text-2xl tracking-tight">This page could not be shown</h1>
      <p className="text-quiet">
        Nothing was changed by showing it. Try again; if it fails again, give an admin of this site the number below.
      </p>
      {error.digest && (
        <p className="font-mono text-sm">
          <span className="text-quiet">Number </span>
          {error.digest}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" onClick={retry}>
          Try again
        </Button>
        <ButtonLink href="/">Go to your keys</ButtonLink>
      </div>
    </main>
  )
}
