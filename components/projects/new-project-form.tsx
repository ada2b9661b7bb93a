'use client'

import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { type FormAction, useForm } from '@/components/ui/use-form'

/** Makes a project, and leads to its keys. */
export function NewProjectForm({ action }: { action: FormAction }) {
  const { form, errors, problem, kept, pending } = useForm(action)
  return (
    <form {...form} className="flex max-w-140 flex-col items-start gap-4 [&>*]:max-w-full">
      {problem}
      <Field
        label="Name"
        name="name"
        error={errors.name}
        description="An application or a team. Everybody who is invited to it sees the name."
        className="w-full"
      >
        <Input autoComplete="off" defaultValue={kept.name} />
      </Field>
      <Button type="submit" variant="primary" pending={pending} pendingLabel="Creating project">
        Create project
      </Button>
    </form>
  )
}
