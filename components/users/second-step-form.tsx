'use client'

import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { type FormAction, useForm } from '@/components/ui/use-form'

/** Takes a code of the authenticator app, or a recovery code in the same field. */
export function SecondStepForm({
  next,
  authenticator,
  codeAction,
}: {
  next: string
  authenticator: boolean
  codeAction: FormAction
}) {
  const { form, errors, problem, attempts, pending } = useForm(codeAction)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      <input type="hidden" name="next" value={next} />
      <Field
        key={`code-${attempts}`}
        label={authenticator ? 'Code' : 'Recovery code'}
        name="code"
        error={errors.code}
        description={
          authenticator
            ? 'Six digits from your authenticator app, or one of your recovery codes.'
            : 'One of the codes that you stored when you set up two-step sign-in.'
        }
      >
        <Input mono autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} data-refocus="" />
      </Field>
      <Button type="submit" variant={authenticator ? 'primary' : 'secondary'} pending={pending} pendingLabel="Checking">
        Continue
      </Button>
    </form>
  )
}
