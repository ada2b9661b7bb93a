'use client'

import { Button } from '@/components/ui/button'
import { Field, Input, PasswordInput } from '@/components/ui/field'
import { toastThere } from '@/components/ui/toast'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { sureForm } from './confirm-identity'

/** Deletes the reader's account once they typed its address and proved that it is theirs. */
export function DeleteAccountForm({
  email,
  hasPassword,
  deleteAccountAction,
}: {
  email: string
  hasPassword: boolean
  deleteAccountAction: FormAction
}) {
  const { form, errors, problem, kept, pending } = useForm(sureForm(andSaySo(deleteAccountAction)))
  return (
    <form {...form} className="flex flex-col items-start gap-4 border-t pt-6 [&>*]:max-w-full">
      {problem}
      <Field
        label="Your address"
        name="email"
        error={errors.email}
        description={`Type ${email} to go on.`}
        className="w-full"
      >
        <Input autoComplete="off" autoCapitalize="none" spellCheck={false} defaultValue={kept.email} />
      </Field>
      {hasPassword && (
        <Field label="Password" name="password" error={errors.password} className="w-full">
          <PasswordInput autoComplete="current-password" />
        </Field>
      )}
      <p>Your account ends at once, for good. The address can be used for a new one.</p>
      <Button type="submit" variant="danger" pending={pending} pendingLabel="Deleting account">
        Delete account
      </Button>
    </form>
  )
}

/** The browser leaves for a page of its own, so it is said there. */
const andSaySo =
  (action: FormAction): FormAction =>
  async (before, form) => {
    const after = await action(before, form)
    if (after.leave) toastThere('Your account was deleted.')
    return after
  }
