'use client'

import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { toast } from '@/components/ui/toast'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { sureForm } from './confirm-identity'

type ChangeEmailFormProps = { email: string; verified: boolean; changeEmailAction: FormAction }

/** The address that one signs in with, and another in its place: that one must be confirmed first. */
export function ChangeEmailForm({ email, verified, changeEmailAction }: ChangeEmailFormProps) {
  const { form, errors, problem, kept, pending } = useForm(sureForm(changeEmailAction), toast.success)
  return (
    <form {...form} className="flex flex-col items-start gap-4 [&>*]:max-w-full">
      {problem}
      <p className="flex flex-wrap items-center gap-2">
        <span className="wrap-anywhere font-semibold">{email}</span>
        <Badge tone={verified ? 'good' : 'warn'}>{verified ? 'Verified' : 'Not verified'}</Badge>
      </p>
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
