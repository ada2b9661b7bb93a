import { Field, Input, PasswordInput } from '@/components/ui/field'
import type { FieldErrors } from '@/lib/errors'
import { MIN_PASSWORD } from '@/lib/users/input'

/** What a new account needs: name, address and a password, whose rules are said before anybody trips over them. */
export function PersonFields({ errors, kept }: { errors: FieldErrors; kept: Record<string, string> }) {
  return (
    <>
      <Field label="Name" name="name" error={errors.name}>
        <Input autoComplete="name" defaultValue={kept.name} />
      </Field>
      <EmailField error={errors.email} defaultValue={kept.email} />
      <NewPasswordField name="password" label="Password" error={errors.password} />
    </>
  )
}

/** The address that one signs in with. */
export function EmailField({ error, defaultValue }: { error?: string[]; defaultValue?: string }) {
  return (
    <Field label="Email" name="email" error={error}>
      <Input
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={defaultValue}
        placeholder="ada@example.com"
      />
    </Field>
  )
}

export function NewPasswordField({
  least = MIN_PASSWORD,
  ...field
}: {
  name: string
  label: string
  error?: string[]
  className?: string
  least?: number
}) {
  return (
    <Field {...field} description={`${least} characters or more. A few unrelated words are fine.`}>
      <PasswordInput autoComplete="new-password" />
    </Field>
  )
}
