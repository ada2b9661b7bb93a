'use client'

import { browserSupportsWebAuthn, startRegistration } from '@simplewebauthn/browser'
import { type FormEvent, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { useAct } from '@/components/ui/use-act'
import type { FieldErrors } from '@/lib/errors'
import { noPasskeys, whyNoPasskey } from './ask-passkey'
import { onceSure } from './confirm-identity'
import type { SecondFactorActions } from './second-factors'

type Props = Pick<SecondFactorActions, 'beginPasskeyAction' | 'addPasskeyAction'> & {
  onClose: () => void
  onAdded: (name: string, codes: string[] | null) => void
}

/** Makes a passkey on this device or a key that is plugged in, and gives it a name to recognise it by. */
export function AddPasskeyDialog({ onClose, onAdded, beginPasskeyAction, addPasskeyAction }: Props) {
  const [name, setName] = useState('')
  const [error, setError] = useState<{ message: string; errors?: FieldErrors } | null>(null)
  const [pending, act] = useAct()

  function add(event: FormEvent) {
    event.preventDefault()
    act(async () => {
      setError(null)
      if (!browserSupportsWebAuthn()) return setError({ message: noPasskeys })
      if (name.trim() === '') return setError({ message: '', errors: { name: ['Name is empty. Enter some text.'] } })
      const begun = await ask(onceSure(() => beginPasskeyAction()))
      if (begun.error) return setError(begun.error)
      const response = await startRegistration({ optionsJSON: begun.data.options }).catch((error: unknown) => {
        setError({ message: whyNoPasskey(error) })
      })
      if (!response) return
      const { data, error } = await ask(addPasskeyAction({ name, response }))
      if (error) return setError(error)
      onAdded(name.trim(), data.codes)
    })
  }

  const wrong = error?.errors?.name
  return (
    <Dialog
      open
      onClose={onClose}
      pending={pending}
      title="Add a passkey"
      description="A key on your device that opens with your finger, face or PIN, or a security key that you plug in."
    >
      <form noValidate onSubmit={add}>
        <DialogBody>
          {error && !wrong && <Notice tone="danger">{error.message}</Notice>}
          <Field label="Name" name="name" error={wrong} description="To recognise it by, such as the device it is on.">
            <Input
              value={name}
              onChange={(event) => setName(event.target.value)}
              autoComplete="off"
              placeholder="My laptop"
            />
          </Field>
        </DialogBody>
        <DialogFooter note="You can then sign in with it alone. Signing in by password will take a second step.">
          <DialogClose />
          <Button type="submit" variant="primary" pending={pending} pendingLabel="Waiting for the passkey">
            Add passkey
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
