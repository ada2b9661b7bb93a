'use client'

import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { toast } from '@/components/ui/toast'
import { type FormAction, useForm } from '@/components/ui/use-form'

/** Gives a project another name. */
export function RenameProjectForm({ slug, name, action }: { slug: string; name: string; action: FormAction }) {
  const { form, errors, problem, kept, attempts, pending } = useForm(action, toast.success)
  return (
    <form {...form} className="flex flex-col items-start gap-4 [&>*]:max-w-full">
      {problem && (
        <Notice key={attempts} tone="danger">
          {problem}
        </Notice>
      )}
      <input type="hidden" name="slug" value={slug} />
      <Field label="Name" name="name" error={errors.name} className="w-full">
        <Input autoComplete="off" defaultValue={errors.name ? kept.name : name} />
      </Field>
      <Button type="submit" pending={pending} pendingLabel="Saving">
        Save name
      </Button>
    </form>
  )
}
