'use client'

import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/browser'
import { Fingerprint, Smartphone } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/dialog'
import { DateText, RelativeTime } from '@/components/ui/time'
import { toast } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import { countText } from '@/components/ui/words'
import type { SecondFactors } from '@/lib/second-factor/list'
import { AddAuthenticatorDialog } from './add-authenticator-dialog'
import { AddPasskeyDialog } from './add-passkey-dialog'
import { onceSure } from './confirm-identity'
import { RecoveryCodesDialog } from './recovery-codes-dialog'
import { RemoveFactorDialog } from './remove-factor-dialog'

export interface SecondFactorActions {
  beginAuthenticatorAction: Action<void, { secret: string; picture: string }>
  confirmAuthenticatorAction: Action<{ code: string }, { codes: string[] | null }>
  beginPasskeyAction: Action<void, { options: PublicKeyCredentialCreationOptionsJSON }>
  addPasskeyAction: Action<{ name: string; response: RegistrationResponseJSON }, { codes: string[] | null }>
  removeFactorAction: Action<{ passkeyId: string | null; password?: string }, { done: true }>
  renewCodesAction: Action<void, { codes: string[] }>
}

/** What is to be removed; `passkeyId` is null for the authenticator app. */
export interface Removal {
  passkeyId: string | null
  name: string
  last: boolean
}

type Props = SecondFactorActions & {
  factors: SecondFactors
  /** Whether the site's address is one that passkeys work with. */
  passkeysWork: boolean
  hasPassword: boolean
}

/** The second factors of a person: what there is, and ways to add and remove. */
export function SecondFactorsList({ factors, passkeysWork, hasPassword, ...actions }: Props) {
  const { passkeys, authenticatorSince, codesLeft } = factors
  const [dialog, setDialog] = useState<'passkey' | 'authenticator' | 'codes' | null>(null)
  const [removal, setRemoval] = useState<Removal | null>(null)
  const [removing, setRemoving] = useState(false)
  const [codes, setCodes] = useState<string[]>([])
  const said = useRef('')
  const [pending, act] = useAct()
  const count = passkeys.length + (authenticatorSince ? 1 : 0)

  function remove(passkeyId: string | null, name: string) {
    setRemoval({ passkeyId, name, last: count === 1 })
    setRemoving(true)
  }

  function added(what: string, codes: string[] | null) {
    setDialog(null)
    setCodes(codes ?? [])
    // With codes to store it is said afterwards: on a phone it would lie over the button.
    if (codes) said.current = what
    else toast.success(what)
  }

  function stored() {
    setCodes([])
    toast.success(said.current)
  }

  const renew = () =>
    act(async () => {
      const { data, error } = await ask(onceSure(() => actions.renewCodesAction()))
      setDialog(null)
      if (error) return void toast.error(error.message)
      said.current = 'New recovery codes were made.'
      setCodes(data.codes)
    })

  return (
    <div className="flex flex-col items-start gap-4">
      {count > 0 && (
        <ul className="w-full divide-y rounded-surface border bg-surface">
          {passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
            <Factor
              key={id}
              icon={<Fingerprint aria-hidden="true" className="size-5 text-quiet" />}
              name={name}
              onRemove={() => remove(id, name)}
            >
              Passkey · added <DateText value={createdAt} /> ·{' '}
              {lastUsedAt ? (
                <>
                  used <RelativeTime value={lastUsedAt} />
                </>
              ) : (
                'never used'
              )}
            </Factor>
          ))}
          {authenticatorSince && (
            <Factor
              icon={<Smartphone aria-hidden="true" className="size-5 text-quiet" />}
              name="Authenticator app"
              onRemove={() => remove(null, 'Authenticator app')}
            >
              Codes of six digits · added <DateText value={authenticatorSince} />
            </Factor>
          )}
        </ul>
      )}
      <div className="flex flex-wrap gap-2">
        {passkeysWork && <Button onClick={() => setDialog('passkey')}>Add a passkey</Button>}
        {!authenticatorSince && <Button onClick={() => setDialog('authenticator')}>Add an authenticator app</Button>}
      </div>
      {count > 0 && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <Button onClick={() => setDialog('codes')}>Make new recovery codes</Button>
          <span className="text-quiet">
            {countText(codesLeft, 'recovery code still works', 'recovery codes still work')}.
          </span>
        </div>
      )}
      {dialog === 'passkey' && (
        <AddPasskeyDialog
          {...actions}
          onClose={() => setDialog(null)}
          onAdded={(name, codes) => added(`${name} was added.`, codes)}
        />
      )}
      {dialog === 'authenticator' && (
        <AddAuthenticatorDialog
          {...actions}
          onClose={() => setDialog(null)}
          onAdded={(codes) => added('The authenticator app was added.', codes)}
        />
      )}
      <ConfirmDialog
        open={dialog === 'codes'}
        onClose={() => setDialog(null)}
        title="Make new recovery codes"
        confirmLabel="Make new codes"
        pending={pending}
        onConfirm={renew}
      >
        The codes that you have now stop working.
      </ConfirmDialog>
      {removal && (
        <RemoveFactorDialog
          open={removing}
          removal={removal}
          hasPassword={hasPassword}
          removeFactorAction={actions.removeFactorAction}
          onClose={() => setRemoving(false)}
          onClosed={() => setRemoval(null)}
        />
      )}
      {codes.length > 0 && <RecoveryCodesDialog codes={codes} onWipe={() => setCodes([])} onClosed={stored} />}
    </div>
  )
}

function Factor({
  icon,
  name,
  onRemove,
  children,
}: {
  icon: ReactNode
  name: string
  onRemove: () => void
  children: ReactNode
}) {
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      {icon}
      <div className="min-w-0 grow">
        <div className="wrap-anywhere font-semibold">{name}</div>
        <div className="text-quiet text-sm">{children}</div>
      </div>
      <Button size="sm" onClick={onRemove}>
        Remove<span className="sr-only"> {name}</span>
      </Button>
    </li>
  )
}
