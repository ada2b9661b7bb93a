import { Check } from 'lucide-react'
import { Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { type Capability, capabilityWords, type Role, roleAllows, roles, roleWords } from '@/lib/projects/roles'

/** What each role may do, from the table that the server judges by; `own` is the reader's. */
export function RolesTable({ own }: { own: Role }) {
  return (
    <Table label="What each role may do">
      <Thead>
        <Th>May</Th>
        {roles.map((role) => (
          <Th key={role}>
            {roleWords[role].name}
            {role === own && <span className="font-normal text-quiet"> (you)</span>}
          </Th>
        ))}
      </Thead>
      <Tbody>
        {Object.entries(capabilityWords).map(([capability, words]) => (
          <Tr key={capability}>
            <Td className="whitespace-normal!">{capital(words)}</Td>
            {roles.map((role) => (
              <Td key={role} label={roleWords[role].name}>
                <Allowed value={roleAllows(role, capability as Capability)} />
              </Td>
            ))}
          </Tr>
        ))}
      </Tbody>
    </Table>
  )
}

function Allowed({ value }: { value: boolean }) {
  if (!value) return <span className="text-quiet">No</span>
  return (
    <span className="inline-flex items-center gap-1.5">
      <Check aria-hidden="true" className="size-4 text-good" />
      Yes
    </span>
  )
}

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)
