'use client'

import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser'
import { Fingerprint } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import { useAct } from '@/components/ui/use-act'
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
  const [error, setError] = useState<string | null>(null)
  const [pending, act] = useAct()
  const use = () =>
    act(async () => {
      setError(null)
      const { response, error: refused } = await askPasskey(passkeyOptionsAction)
      if (!response) return setError(refused)
      const { data, error } = await ask(passkeyAction({ response, next }))
      if (error) return setError(error.message)
      // Not by the router: what it kept of pages that were asked for signed out would be shown again.
      window.location.assign(data.leave)
    })
  return (
    <>
      {error && <Notice tone="danger">{error}</Notice>}
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
