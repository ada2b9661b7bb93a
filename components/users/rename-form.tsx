'use client'

import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { toast } from '@/components/ui/toast'
import { type FormAction, useForm } from '@/components/ui/use-form'

type RenameFormProps = { name: string; email: string; renameAction: FormAction }

/** Who one is: the name can be changed, the address cannot yet. */
export function RenameForm({ name, email, renameAction }: RenameFormProps) {
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
      <Field label="Email" className="w-full" description="You sign in with this address. It cannot be changed yet.">
        <Input type="email" value={email} readOnly />
      </Field>
      <Button type="submit" pending={pending} pendingLabel="Saving">
        Save name
      </Button>
    </form>
  )
}
