'use client'

import { Button } from './button'
import { Field, Input } from './field'
import { toast } from './toast'
import { type FormAction, useForm } from './use-form'

type RenameFormProps = {
  name: string
  /** Sent along: what is renamed, where that is not the reader. */
  slug?: string
  autoComplete?: string
  action: FormAction
}

/** Gives something another name. */
export function RenameForm({ name, slug, autoComplete = 'off', action }: RenameFormProps) {
  const { form, errors, problem, kept, pending } = useForm(action, toast.success)
  return (
    <form {...form} className="flex flex-col items-start gap-4 [&>*]:max-w-full">
      {problem}
      {slug && <input type="hidden" name="slug" value={slug} />}
      <Field label="Name" name="name" error={errors.name} className="w-full">
        <Input autoComplete={autoComplete} defaultValue={errors.name ? kept.name : name} />
      </Field>
      <Button type="submit" pending={pending} pendingLabel="Saving">
        Save name
      </Button>
    </form>
  )
}
