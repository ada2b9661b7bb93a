'use client'

import { Button } from '@/components/ui/button'
import { type FormAction, useForm } from '@/components/ui/use-form'
import { PersonFields } from './person-fields'

/** Makes an account. `hidden` goes along: where to go afterwards, or the token of a set-up link. */
export function SignUpForm({ hidden, action }: { hidden: Record<string, string>; action: FormAction }) {
  const { form, errors, problem, kept, pending } = useForm(action)
  return (
    <form {...form} className="flex flex-col gap-4">
      {problem}
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <PersonFields errors={errors} kept={kept} />
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Creating account" className="mt-1">
        Create account
      </Button>
    </form>
  )
}
