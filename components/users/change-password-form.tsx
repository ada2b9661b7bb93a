'use client'

import { Button } from '@/components/ui/button'
import { Field, PasswordInput } from '@/components/ui/field'
import { toast } from '@/components/ui/toast'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { NewPasswordField } from './person-fields'

type ChangePasswordFormProps = { email: string; leastPassword: number; changePasswordAction: FormAction }

export function ChangePasswordForm({ email, leastPassword, changePasswordAction }: ChangePasswordFormProps) {
  const { form, errors, problem, pending } = useForm(changePasswordAction, toast.success)
  return (
    <form {...form} className="flex flex-col items-start gap-4 [&>*]:max-w-full">
      {problem}
      {/* Tells a password manager whose password changes. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <Field label="Current password" name="currentPassword" error={errors.currentPassword} className="w-full">
        <PasswordInput autoComplete="current-password" />
      </Field>
      <NewPasswordField
        name="newPassword"
        label="New password"
        error={errors.newPassword}
        least={leastPassword}
        className="w-full"
      />
      <Button type="submit" pending={pending} pendingLabel="Changing password">
        Change password
      </Button>
    </form>
  )
}
