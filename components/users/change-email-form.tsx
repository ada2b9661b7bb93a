'use client'

import { type Action, ask } from '@/components/ui/ask'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { toast } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { sureForm } from './confirm-identity'

type ChangeEmailFormProps = {
  email: string
  verified: boolean
  /** The address that waits to be confirmed. */
  waiting: string | null
  changeEmailAction: FormAction
  cancelEmailChangeAction: Action<void, { done: true }>
}

/** The address that one signs in with, and another in its place: that one must be confirmed first. */
export function ChangeEmailForm({
  email,
  verified,
  waiting,
  changeEmailAction,
  cancelEmailChangeAction,
}: ChangeEmailFormProps) {
  const { form, errors, problem, kept, pending } = useForm(sureForm(changeEmailAction), toast.success)
  const [cancelling, act] = useAct()
  const cancel = () =>
    act(async () => {
      const { error } = await ask(cancelEmailChangeAction())
      if (error) toast.error(error.message)
      else toast.success('Change cancelled. Your address stays as it is.')
    })
  return (
    <form {...form} className="flex flex-col items-start gap-4 [&>*]:max-w-full">
      {problem}
      <p className="flex flex-wrap items-center gap-2">
        <span className="wrap-anywhere font-semibold">{email}</span>
        <Badge tone={verified ? 'good' : 'warn'}>{verified ? 'Verified' : 'Not verified'}</Badge>
      </p>
      {waiting && (
        <div className="flex w-full flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-surface border bg-surface px-4 py-3">
          <p className="min-w-0 flex-1 basis-60">
            Waiting for <span className="wrap-anywhere font-semibold">{waiting}</span>: open the link in the mail to it.
          </p>
          <Button size="sm" pending={cancelling} pendingLabel="Cancelling" onClick={cancel}>
            Cancel<span className="sr-only"> the change of address</span>
          </Button>
        </div>
      )}
      <Field
        label="New email"
        name="email"
        error={errors.email}
        className="w-full"
        description="We send a link to it. Until you open that, nothing changes."
      >
        <Input
          type="email"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          defaultValue={errors.email ? kept.email : ''}
        />
      </Field>
      <Button type="submit" pending={pending} pendingLabel="Sending the link">
        Change email
      </Button>
    </form>
  )
}
