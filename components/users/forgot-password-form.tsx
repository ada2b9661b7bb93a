'use client'

import { Button } from '@/components/ui/button'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { EmailField } from './person-fields'

/** Asks for a link to set a new password. */
export function ForgotPasswordForm({ action }: { action: FormAction }) {
  const { form, errors, problem, kept, pending } = useForm(action)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <EmailField error={errors.email} defaultValue={kept.email} />
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Sending the link" className="mt-1">
        Send reset link
      </Button>
    </form>
  )
}
