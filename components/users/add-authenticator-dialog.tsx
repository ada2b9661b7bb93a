'use client'

import { type FormEvent, useEffect, useRef, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Spinner } from '@/components/ui/spinner'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from './confirm-identity'
import type { SecondFactorActions } from './second-factors'

type Props = Pick<SecondFactorActions, 'beginAuthenticatorAction' | 'confirmAuthenticatorAction'> & {
  onClose: () => void
  onAdded: (codes: string[] | null) => void
}

/** Shows the secret of a new authenticator app, as a picture and as text, and takes a first code of it. */
export function AddAuthenticatorDialog({
  onClose,
  onAdded,
  beginAuthenticatorAction,
  confirmAuthenticatorAction,
}: Props) {
  const [begun, setBegun] = useState<{ secret: string; picture: string } | null>(null)
  const [code, setCode] = useState('')
  const { send, pending, error, setError, errors, problem } = useAsk('code')
  const asked = useRef(false)

  useEffect(() => {
    // In development effects run twice; the second secret would put the first one out of use.
    if (asked.current) return
    asked.current = true
    void ask(onceSure(() => beginAuthenticatorAction())).then(({ data, error }) =>
      data ? setBegun(data) : setError(error),
    )
  }, [beginAuthenticatorAction, setError])

  function confirm(event: FormEvent) {
    event.preventDefault()
    send(
      () => onceSure(() => confirmAuthenticatorAction({ code })),
      ({ codes }) => onAdded(codes),
    )
  }

  return (
    <Dialog
      open
      onClose={onClose}
      pending={pending}
      title="Add an authenticator app"
      description="An app on your phone that shows a new code every 30 seconds."
    >
      <form noValidate onSubmit={confirm}>
        <DialogBody>
          {problem}
          {begun ? (
            <>
              <p>Scan this with the app, or type the text below into it.</p>
              {/* White all around also in the dark, since cameras look for dark on light. */}
              {/* biome-ignore lint/performance/noImgElement: drawn by this server a moment ago, and never fetched */}
              <img
                src={begun.picture}
                alt="QR code for the app"
                className="size-48 self-center rounded-control bg-white"
              />
              <CodeBlock label="Secret for the app" code={begun.secret} />
            </>
          ) : (
            !error && (
              <div className="grid h-60 place-items-center text-quiet">
                <Spinner />
              </div>
            )
          )}
          <Field label="Code" name="code" error={errors.code} description="The six digits that the app shows now.">
            <Input
              mono
              inputMode="numeric"
              autoComplete="one-time-code"
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          </Field>
        </DialogBody>
        <DialogFooter note="Signing in by password will then take a code of it.">
          <DialogClose />
          <Button type="submit" variant="primary" pending={pending} pendingLabel="Checking">
            Add app
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
