'use client'

import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { NewPasswordField } from '@/components/users/person-fields'

/** Makes an account with the address that was invited, and joins. */
export function InvitedSignUpForm({ token, email, action }: { token: string; email: string; action: FormAction }) {
  const { form, errors, problem, kept, pending } = useForm(action)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <input type="hidden" name="token" value={token} />
      <Field label="Name" name="name" error={errors.name}>
        <Input autoComplete="name" defaultValue={kept.name} />
      </Field>
      <Field label="Email" error={errors.email} description="The invitation is for this address.">
        <Input type="email" autoComplete="username" value={email} readOnly />
      </Field>
      <NewPasswordField name="password" label="Password" error={errors.password} />
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Creating account" className="mt-1">
        Create account and accept
      </Button>
    </form>
  )
}
