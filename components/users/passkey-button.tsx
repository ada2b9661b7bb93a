'use client'

import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser'
import { Fingerprint } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Action } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { useAsk } from '@/components/ui/use-ask'
import { askPasskey } from './ask-passkey'

export type PasskeyOptionsAction = Action<void, { options: PublicKeyCredentialRequestOptionsJSON }>

type PasskeyButtonProps = {
  label: string
  next: string
  passkeyOptionsAction: PasskeyOptionsAction
  passkeyAction: Action<{ response: AuthenticationResponseJSON; next: string }, { leave: string }>
}

/** Asks the browser for a passkey, and goes on with what it answers. */
export function PasskeyButton({ label, next, passkeyOptionsAction, passkeyAction }: PasskeyButtonProps) {
  const { send, pending, setError, problem } = useAsk()
  function use() {
    setError(null)
    send(
      async () => {
        const { response, refused } = await askPasskey(passkeyOptionsAction)
        return response ? passkeyAction({ response, next }) : refused
      },
      // Not by the router: what it kept of pages that were asked for signed out would be shown again.
      ({ leave }) => window.location.assign(leave),
    )
  }
  return (
    <>
      {problem}
      <Button
        pending={pending}
        pendingLabel="Waiting for the passkey"
        icon={<Fingerprint aria-hidden="true" className="size-4" />}
        onClick={use}
      >
        {label}
      </Button>
    </>
  )
}

/** What stands below the form: the same, by other means. */
export function OtherWays({ children }: { children: ReactNode }) {
  return (
    <div className="mt-5 flex flex-col gap-3">
      <div className="flex items-center gap-3 text-quiet text-sm before:h-px before:grow before:bg-line after:h-px after:grow after:bg-line">
        or
      </div>
      {children}
    </div>
  )
}
