'use client'

import { useState } from 'react'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/dialog'
import { DateText, RelativeTime } from '@/components/ui/time'
import { toast } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import type { FormAction } from '@/components/ui/use-form'
import type { Identity } from '@/lib/identities/link'
import { onceSure } from './confirm-identity'
import { ExternalButtons } from './external-buttons'

type IdentitiesListProps = {
  identities: readonly Identity[]
  /** Those that can be linked still. */
  providers: readonly { id: string; name: string }[]
  signInElsewhereAction: FormAction
  unlinkIdentityAction: Action<{ provider: string; subject: string }, { done: true }>
}

/** The accounts elsewhere that a person signs in with. */
export function IdentitiesList({
  identities,
  providers,
  signInElsewhereAction,
  unlinkIdentityAction,
}: IdentitiesListProps) {
  const [asking, setAsking] = useState<Identity | null>(null)
  const [open, setOpen] = useState(false)
  const [pending, act] = useAct()
  const unlink = ({ provider, providerName, subject }: Identity) =>
    act(async () => {
      const { error } = await ask(onceSure(() => unlinkIdentityAction({ provider, subject })))
      setOpen(false)
      if (error) toast.error(error.message)
      else toast.success(`${providerName} was unlinked.`)
    })
  return (
    <div className="flex flex-col items-start gap-4">
      {identities.length > 0 && (
        <ul className="w-full divide-y rounded-surface border bg-surface">
          {identities.map((identity) => (
            <li key={`${identity.provider} ${identity.subject}`} className="flex items-center gap-4 px-4 py-3">
              <div className="min-w-0 grow">
                <div className="font-semibold">{identity.providerName}</div>
                <div className="wrap-anywhere text-quiet text-sm">
                  {identity.email && `${identity.email} · `}
                  linked <DateText value={identity.createdAt} /> ·{' '}
                  {identity.lastUsedAt ? (
                    <>
                      used <RelativeTime value={identity.lastUsedAt} />
                    </>
                  ) : (
                    'never used'
                  )}
                </div>
              </div>
              <Button
                size="sm"
                onClick={() => {
                  setAsking(identity)
                  setOpen(true)
                }}
              >
                Unlink<span className="sr-only"> {identity.providerName}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {providers.length > 0 && (
        <div className="flex flex-wrap gap-2">
          <ExternalButtons
            providers={providers}
            verb="Link"
            next="/account"
            signInElsewhereAction={signInElsewhereAction}
          />
        </div>
      )}
      {asking && (
        <ConfirmDialog
          open={open}
          onClose={() => setOpen(false)}
          title={`Unlink ${asking.providerName}`}
          confirmLabel="Unlink"
          destructive
          pending={pending}
          onConfirm={() => unlink(asking)}
        >
          {asking.email ?? 'The account there'} no longer signs in here.
        </ConfirmDialog>
      )}
    </div>
  )
}
