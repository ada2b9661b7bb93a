'use client'

import { Button } from '@/components/ui/button'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { NewPasswordField } from './person-fields'

type FinishSignUpFormProps = { token: string; email: string; asksPassword: boolean; action: FormAction }

/** Makes the account that a link is for. */
export function FinishSignUpForm({ token, email, asksPassword, action }: FinishSignUpFormProps) {
  const { form, errors, problem, pending } = useForm(action)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <input type="hidden" name="token" value={token} />
      {asksPassword && (
        <>
          {/* Tells a password manager whose password it is. */}
          <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
          <NewPasswordField name="password" label="Password" error={errors.password} />
        </>
      )}
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Verifying">
        Verify address
      </Button>
    </form>
  )
}
