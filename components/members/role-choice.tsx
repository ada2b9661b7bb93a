import { Choice } from '@/components/ui/choice'
import { type Role, roles, roleWords } from '@/lib/projects/roles'

/** One of the roles, each with what it is for. */
export function RoleChoice({
  value,
  onChange,
  error,
}: {
  value: Role
  onChange: (role: Role) => void
  error?: string[]
}) {
  return (
    <Choice
      layout="list"
      label="Role"
      name="role"
      value={value}
      onValueChange={(next) => onChange(next as Role)}
      options={roles.map((role) => ({
        value: role,
        label: roleWords[role].name,
        description: roleWords[role].summary,
      }))}
      error={error?.join(' ')}
    />
  )
}
