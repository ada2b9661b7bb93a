'use client'

import { useEffect, useRef, useState } from 'react'
import type { ActionError } from '@/lib/action-result'
import { type Answer, ask } from './ask'
import { Notice } from './notice'
import { useAct } from './use-act'

/**
 * Asks the server for what a dialog or a form is there for, one thing at a time, and keeps why it was refused. In a form
 * the first wrong field then takes the focus.
 *
 * @param fields those that say by themselves what is wrong with them
 * @returns `send`, which asks and then tells `done` the answer, or `failed` why there is none; `errors` by field;
 *   `problem`, a notice where none of the fields is to blame; `form` for the form element, if there is one
 */
export function useAsk(...fields: string[]) {
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, act] = useAct()
  const form = useRef<HTMLFormElement>(null)

  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]:not(fieldset)')?.focus()
  }, [error])

  const send = <Data,>(
    work: () => Promise<Answer<Data> | undefined>,
    done?: (data: Data) => void,
    failed?: (error: ActionError) => void,
  ) =>
    act(async () => {
      const { data, error } = await ask(work())
      setError(error ?? null)
      if (error) failed?.(error)
      else done?.(data)
    })

  const errors = error?.errors ?? {}
  const problem = error && !fields.some((field) => errors[field]) && <Notice tone="danger">{error.message}</Notice>
  return { send, pending, error, setError, errors, problem, form: { ref: form, noValidate: true } }
}
