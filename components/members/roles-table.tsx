import { Check } from 'lucide-react'
import { type Capability, capabilityWords, type Role, roleAllows, roles, roleWords } from '@/lib/projects/roles'

/** What each role may do, from the table that the server judges by; `own` is the reader's. Short enough for a phone. */
export function RolesTable({ own }: { own: Role }) {
  return (
    <table className="w-full max-w-160 rounded-surface border border-separate border-spacing-0 bg-surface">
      <thead>
        <tr className="text-quiet text-sm">
          <td />
          {roles.map((role) => (
            <th key={role} scope="col" className="w-20 px-1 py-2 font-normal max-sm:w-18">
              {roleWords[role].name}
              {role === own && <span className="block text-ink">You</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Object.entries(capabilityWords).map(([capability, words]) => (
          <tr key={capability}>
            <th scope="row" className="border-t px-4 py-2 text-left font-normal max-sm:px-3">
              {capital(words)}
            </th>
            {roles.map((role) => (
              <td key={role} className="border-t px-1 py-2 text-center">
                {roleAllows(role, capability as Capability) ? (
                  <>
                    <Check aria-hidden="true" className="inline size-4 text-good" />
                    <span className="sr-only">Yes</span>
                  </>
                ) : (
                  <>
                    <span aria-hidden="true" className="text-quiet">
                      –
                    </span>
                    <span className="sr-only">No</span>
                  </>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)
