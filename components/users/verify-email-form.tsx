'use client'

import { Button } from '@/components/ui/button'
import { type FormAction, useForm } from '@/components/ui/use-form'

type VerifyEmailFormProps = { token: string; label: string; action: FormAction }

export function VerifyEmailForm({ token, label, action }: VerifyEmailFormProps) {
  const { form, problem, pending } = useForm(action)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <input type="hidden" name="token" value={token} />
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Verifying">
        {label}
      </Button>
    </form>
  )
}
