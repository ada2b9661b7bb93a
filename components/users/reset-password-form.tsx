'use client'

import { Button } from '@/components/ui/button'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { NewPasswordField } from './person-fields'

type ResetPasswordFormProps = { token: string; email: string; action: FormAction }

/** Sets a new password by the link that was sent to `email`. */
export function ResetPasswordForm({ token, email, action }: ResetPasswordFormProps) {
  const { form, errors, problem, pending } = useForm(action)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <input type="hidden" name="token" value={token} />
      {/* Tells a password manager whose password changes. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <NewPasswordField name="newPassword" label="New password" error={errors.newPassword} />
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Setting password" className="mt-1">
        Set password
      </Button>
    </form>
  )
}
