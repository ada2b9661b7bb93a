'use client'

import { Button } from '@/components/ui/button'
import { Field, PasswordInput } from '@/components/ui/field'
import { TextLink } from '@/components/ui/text-link'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { EmailField } from './person-fields'

/** `next` is where to go afterwards, a path of this site. */
export function SignInForm({ next, signInAction }: { next: string; signInAction: FormAction }) {
  const { form, errors, problem, kept, attempts, pending } = useForm(signInAction)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <input type="hidden" name="next" value={next} />
      <EmailField error={errors.email} defaultValue={kept.email} />
      <Field key={`password-${attempts}`} label="Password" name="password" error={errors.password}>
        <PasswordInput autoComplete="current-password" data-refocus="" />
      </Field>
      <TextLink href="/forgot-password" className="-mt-2 self-start text-sm">
        Forgot your password?
      </TextLink>
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Signing in" className="mt-1">
        Sign in
      </Button>
    </form>
  )
}
