'use client'

import { unstable_rethrow, usePathname } from 'next/navigation'
import { type FormEvent, useActionState, useEffect, useRef, useState, useTransition } from 'react'
import { type ActionError, unanswered } from '@/lib/action-result'
import { ButtonLink } from './button'
import { Notice } from './notice'

/** What a form's action answers. An action that leads to another page does not answer at all. */
export interface FormState {
  error: ActionError | null
  /** What was typed, for the fields of a browser without scripts. Never a password. */
  kept?: Record<string, string>
  /** What has happened, in the past tense. */
  done?: string
  /** Where the browser itself is to go, past the router. */
  leave?: string
}

/** How long a browser may take to leave the page, in ms. */
const LEAVE_MS = 5_000

export type FormAction = (before: FormState, form: FormData) => Promise<FormState>

/**
 * A form around a server action, good before and without scripts: the browser then posts it by itself. With scripts
 * nothing typed is lost, the first wrong field takes the focus, and a network that went away is said beside the form.
 *
 * @returns `form` for the form element; `errors` by field; `problem`, a notice where no field is to blame; `code` of
 *   the error; `leave`, where
 *   to go on to when the browser posted the form by itself; `attempts`, the number of answers so far, as a key for fields
 *   that begin empty after each
 */
export function useForm(action: FormAction, onDone?: (done: string) => void) {
  const [posted, post] = useActionState(action, { error: null })
  const [state, setState] = useState<FormState>(posted)
  const [attempts, setAttempts] = useState(0)
  const [pending, startTransition] = useTransition()
  const form = useRef<HTMLFormElement>(null)

  useEffect(() => {
    if (attempts > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-refocus]')?.focus()
  }, [attempts])

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (pending) return
    const data = new FormData(event.currentTarget)
    startTransition(async () => {
      const next = await action(state, data).catch(notAnswered)
      if (next.leave) {
        window.location.assign(next.leave)
        // The button waits until the browser has left.
        await new Promise((resolve) => setTimeout(resolve, LEAVE_MS))
        return
      }
      startTransition(() => {
        setState(next)
        if (next.error) setAttempts((count) => count + 1)
      })
      if (next.done) {
        form.current?.reset()
        onDone?.(next.done)
      }
    })
  }

  const errors = state.error?.errors ?? {}
  return {
    form: { ref: form, action: post, onSubmit, noValidate: true },
    errors,
    // By its key it is a new one at each attempt, and so is read out again.
    problem: state.error && Object.keys(errors).length === 0 && <Problem key={attempts} error={state.error} />,
    code: state.error?.code ?? null,
    kept: state.kept ?? {},
    leave: posted.leave ?? null,
    attempts,
    pending,
  }
}

/** What is wrong; when the session has ended meanwhile, with the way to sign in and from there back to the page. */
function Problem({ error }: { error: ActionError }) {
  const pathname = usePathname()
  const signIn = error.code === 'missing_credentials' && !pathname.startsWith('/sign-in') && (
    <ButtonLink size="sm" href={`/sign-in?next=${encodeURIComponent(pathname)}`}>
      Sign in
    </ButtonLink>
  )
  return (
    <Notice tone="danger" action={signIn}>
      {error.message}
    </Notice>
  )
}

function notAnswered(error: unknown): FormState {
  // A redirect arrives as an error too.
  unstable_rethrow(error)
  return { error: unanswered }
}
