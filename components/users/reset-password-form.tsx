'use client'

import { Button } from '@/components/ui/button'
import { type FormAction, useForm } from '@/components/ui/use-form'
import type { Reset } from '@/lib/recovery/reset-password'
import { KeyDecisions } from './key-decisions'
import { NewPasswordField } from './person-fields'

type ResetPasswordFormProps = { token: string; reset: Reset; action: FormAction }

/** Sets a new password by the link that was sent to an address, and decides about the keys made before it was proved. */
export function ResetPasswordForm({ token, reset, action }: ResetPasswordFormProps) {
  const { form, errors, code, problem, kept, pending } = useForm(action)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <input type="hidden" name="token" value={token} />
      {/* Tells a password manager whose password changes. */}
      <input type="text" name="username" autoComplete="username" value={reset.email} readOnly hidden />
      {reset.keys && (
        <KeyDecisions
          {...reset.keys}
          isMoving={code === 'conflict' || Boolean(kept.others)}
          errors={errors}
          kept={kept}
        />
      )}
      <NewPasswordField name="newPassword" label="New password" error={errors.newPassword} />
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Setting password" className="mt-1">
        Set password
      </Button>
    </form>
  )
}
