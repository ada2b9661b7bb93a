'use client'

import { Button } from '@/components/ui/button'
import { Checkbox, CheckboxGroup } from '@/components/ui/checkbox'
import { toast } from '@/components/ui/toast'
import { type FormAction, useForm } from '@/components/ui/use-form'
import type { OptionalKind } from '@/lib/mail/templates'
import type { MailChoices } from '@/lib/users/mail-preferences'

type MailFormProps = { choices: MailChoices; isAdmin: boolean; setMailAction: FormAction }

/** Which mails one gets. Those about getting in are always sent, and so do not stand here. */
export function MailForm({ choices: { unwanted, wanted }, isAdmin, setMailAction }: MailFormProps) {
  const { form, problem, pending } = useForm(setMailAction, toast.success)
  return (
    <form {...form} className="flex flex-col items-start gap-4 [&>*]:max-w-full">
      {problem}
      <CheckboxGroup key={unwanted.join()} label="Keys that you answer for">
        {Object.entries(words).map(([kind, label]) => (
          <Checkbox
            key={kind}
            name="wanted"
            value={kind}
            label={label}
            defaultChecked={!unwanted.some((each) => each === kind)}
          />
        ))}
      </CheckboxGroup>
      {isAdmin && (
        <CheckboxGroup key={wanted.join()} label="Site admin">
          <Checkbox
            name="wanted"
            value="audit_head"
            label="The signed end of the audit log, once a day"
            defaultChecked={wanted.includes('audit_head')}
          />
        </CheckboxGroup>
      )}
      <Button type="submit" pending={pending} pendingLabel="Saving">
        Save
      </Button>
    </form>
  )
}

const words: Record<OptionalKind, string> = {
  key_created: 'A key was created',
  key_regenerated: 'A key was regenerated',
  key_revoked: 'Somebody else revoked a key',
  key_expiring: 'A key expires in 14 days, in 3 days, or within a day',
}
