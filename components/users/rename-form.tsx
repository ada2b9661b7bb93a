'use client'

import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { toast } from '@/components/ui/toast'
import { type FormAction, useForm } from '@/components/ui/use-form'

type RenameFormProps = { name: string; renameAction: FormAction }

export function RenameForm({ name, renameAction }: RenameFormProps) {
  const { form, errors, problem, kept, attempts, pending } = useForm(renameAction, toast.success)
  return (
    <form {...form} className="flex flex-col items-start gap-4 [&>*]:max-w-full">
      {problem && (
        <Notice key={attempts} tone="danger">
          {problem}
        </Notice>
      )}
      <Field label="Name" name="name" error={errors.name} className="w-full">
        <Input autoComplete="name" defaultValue={errors.name ? kept.name : name} />
      </Field>
      <Button type="submit" pending={pending} pendingLabel="Saving">
        Save name
      </Button>
    </form>
  )
}
