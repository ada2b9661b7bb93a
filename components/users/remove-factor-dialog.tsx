'use client'

import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, PasswordInput } from '@/components/ui/field'
import { toast } from '@/components/ui/toast'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from './confirm-identity'
import type { Removal, SecondFactorActions } from './second-factors'

type Props = Pick<SecondFactorActions, 'removeFactorAction'> & {
  open: boolean
  removal: Removal
  hasPassword: boolean
  onClose: () => void
  onClosed: () => void
}

/** Removes a second factor. The last one takes the password, which must be one that does alone. */
export function RemoveFactorDialog({ open, removal, hasPassword, removeFactorAction, onClose, onClosed }: Props) {
  const [password, setPassword] = useState('')
  const { send, pending, errors, problem } = useAsk('password')
  const { passkeyId, name, last } = removal
  const asksPassword = last && hasPassword
  const remove = () =>
    send(
      () => onceSure(() => removeFactorAction({ passkeyId, ...(asksPassword && { password }) })),
      () => {
        onClose()
        toast.success(`${name} was removed.`)
      },
    )
  return (
    <Dialog
      open={open}
      onClose={onClose}
      onClosed={onClosed}
      pending={pending}
      title={passkeyId === null ? 'Remove authenticator app' : 'Remove passkey'}
      description={passkeyId !== null && <strong className="wrap-anywhere font-semibold text-ink">{name}</strong>}
    >
      {/* No form: Enter must not remove. */}
      <DialogBody>
        {problem}
        <p>
          {passkeyId === null
            ? 'Its codes are refused from then on.'
            : 'Signing in with it is refused from then on. Your device may go on showing it until you remove it there.'}
        </p>
        {asksPassword && (
          <Field
            label="Password"
            name="password"
            error={errors.password}
            description="It must do alone from then on: 15 characters or more."
          >
            <PasswordInput
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </Field>
        )}
      </DialogBody>
      <DialogFooter
        note={
          last ? 'This is your last second factor: signing in will take one step, and recovery codes end.' : undefined
        }
      >
        <DialogClose />
        <Button variant="danger" pending={pending} onClick={remove}>
          Remove
        </Button>
      </DialogFooter>
    </Dialog>
  )
}
