'use client'

import type { AuthenticationResponseJSON } from '@simplewebauthn/browser'
import { type FormEvent, useEffect, useState } from 'react'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, PasswordInput } from '@/components/ui/field'
import { useAsk } from '@/components/ui/use-ask'
import type { FormAction } from '@/components/ui/use-form'
import type { ActionAnswer } from '@/lib/action-result'
import type { ErrorCode } from '@/lib/errors'
import { askPasskey } from './ask-passkey'
import type { PasskeyOptionsAction } from './passkey-button'

interface Ways {
  password: boolean
  passkey: boolean
}

export interface ConfirmActions {
  /** By what the person can prove who they are. */
  readWaysAction: Action<void, Ways>
  confirmByPasswordAction: Action<{ password: string }, { done: true }>
  ownPasskeyOptionsAction: PasskeyOptionsAction
  confirmByPasskeyAction: Action<{ response: AuthenticationResponseJSON }, { done: true }>
  /** Fails where a grave act would. */
  checkRecentAction: Action<void, { done: true }>
  /** Ends the session and leads to the sign-in page, and from there back to `next`. */
  signInAgainAction: Action<{ next: string }, never>
}

let askPerson: (() => Promise<boolean>) | null = null
let checkRecent: ConfirmActions['checkRecentAction'] | null = null

/**
 * Runs an act; when the server wants to know first that it is still the same person, asks them and runs it again. Who
 * cancels gets the first answer.
 *
 * @param codeOf the code that the answer was refused with
 */
export async function whenSure<Answer>(
  act: () => Promise<Answer>,
  codeOf: (answer: Answer) => ErrorCode | undefined,
): Promise<Answer> {
  const answer = await act()
  if (codeOf(answer) !== 'reauthentication_required' || !askPerson) return answer
  return (await askPerson()) ? act() : answer
}

/** As `whenSure`, for a server action. */
export const onceSure = <Answer extends ActionAnswer | undefined>(act: () => Promise<Answer>): Promise<Answer> =>
  whenSure(act, (answer) => answer?.serverError?.code)

/** As `whenSure`, for the action of a form. */
export const sureForm =
  (action: FormAction): FormAction =>
  (before, form) =>
    whenSure(
      () => action(before, form),
      ({ error }) => error?.code,
    )

/** As `whenSure`, for a link to a download, which cannot ask by itself: whether to follow it. */
export async function sureToLeave(): Promise<boolean> {
  if (!checkRecent) return true
  const check = checkRecent
  // Whatever else is wrong, the download says itself.
  const { error } = await ask(onceSure(() => check()))
  return error?.code !== 'reauthentication_required'
}

/** What leads back to a page that was posted by a browser itself, once the person has proved their identity. */
export function ConfirmFirst({ next, ...actions }: ConfirmActions & { next: string }) {
  const [asked, setAsked] = useState(true)
  return (
    <>
      <Button variant="primary" onClick={() => setAsked(true)}>
        Confirm that it is you
      </Button>
      <IdentityDialog
        open={asked}
        onClose={(sure) => {
          setAsked(false)
          if (sure) window.location.assign(next)
        }}
        onClosed={() => {}}
        next={next}
        {...actions}
      />
    </>
  )
}

/** The dialog behind `onceSure`; stands once, in each shell. */
export function ConfirmIdentity(actions: ConfirmActions) {
  const [asked, setAsked] = useState<{ answer: (sure: boolean) => void } | null>(null)
  const [open, setOpen] = useState(false)
  const { checkRecentAction } = actions

  useEffect(() => {
    askPerson = () =>
      new Promise((answer) => {
        setAsked({ answer })
        setOpen(true)
      })
    checkRecent = checkRecentAction
    return () => {
      askPerson = null
      checkRecent = null
    }
  }, [checkRecentAction])

  function close(sure: boolean) {
    setOpen(false)
    asked?.answer(sure)
  }

  if (!asked) return null
  return <IdentityDialog open={open} onClose={close} onClosed={() => setAsked(null)} {...actions} />
}

type Props = ConfirmActions & { next?: string; open: boolean; onClose: (sure: boolean) => void; onClosed: () => void }

function IdentityDialog({ next, open, onClose, onClosed, ...actions }: Props) {
  const [ways, setWays] = useState<Ways | null>(null)
  const [password, setPassword] = useState('')
  const { send, pending, setError, errors, problem } = useAsk('password')
  const { readWaysAction } = actions

  useEffect(() => {
    void ask(readWaysAction()).then(({ data, error }) => (data ? setWays(data) : setError(error)))
  }, [readWaysAction, setError])

  function byPassword(event: FormEvent) {
    event.preventDefault()
    send(
      () => actions.confirmByPasswordAction({ password }).finally(() => setPassword('')),
      () => onClose(true),
    )
  }

  const byPasskey = () =>
    send(
      async () => {
        const { response, refused } = await askPasskey(actions.ownPasskeyOptionsAction)
        return response ? actions.confirmByPasskeyAction({ response }) : refused
      },
      () => onClose(true),
    )

  const signInAgain = () =>
    send(() => actions.signInAgainAction({ next: next ?? window.location.pathname + window.location.search }))

  return (
    <Dialog
      open={open}
      onClose={() => onClose(false)}
      onClosed={onClosed}
      pending={pending}
      title="Confirm that it is you"
      description="You signed in a while ago, and this is a change that somebody at your screen must not make."
    >
      <form noValidate onSubmit={byPassword}>
        <DialogBody>
          {problem}
          {ways?.password === false ? (
            <p>
              {ways.passkey
                ? 'Your account has no password. A passkey will do, or sign in again and repeat what you were about to do.'
                : 'Your account has no password. Sign in again, then repeat what you were about to do.'}
            </p>
          ) : (
            <Field label="Password" name="password" error={errors.password}>
              <PasswordInput
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Field>
          )}
        </DialogBody>
        <DialogFooter>
          <DialogClose />
          {ways?.passkey && (
            <Button variant={ways.password ? 'secondary' : 'primary'} pending={pending} onClick={byPasskey}>
              Use a passkey
            </Button>
          )}
          {ways?.password === false ? (
            // Beside a passkey too: one that cannot ask who holds it is none here.
            <Button variant={ways.passkey ? 'secondary' : 'primary'} pending={pending} onClick={signInAgain}>
              Sign in again
            </Button>
          ) : (
            <Button type="submit" variant="primary" pending={pending} pendingLabel="Checking">
              Confirm
            </Button>
          )}
        </DialogFooter>
      </form>
    </Dialog>
  )
}
