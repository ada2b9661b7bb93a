import { UserCog, UserMinus } from 'lucide-react'
import { MenuItem, MenuLink, MenuSeparator, RowMenu } from '@/components/ui/menu'
import { Status } from '@/components/ui/status'
import { MenuTd, Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { DateText } from '@/components/ui/time'
import { roleWords } from '@/lib/projects/roles'
import type { MemberRow } from './member-actions'
import { PersonCell } from './person-cell'

type Props = {
  rows: readonly MemberRow[]
  /** The id of who reads this. */
  self: string
  slug: string
  markedId: string | null
  /** Left out for those who may only look. */
  onAct?: (kind: 'role' | 'remove', row: MemberRow) => void
}

export function MembersTable({ rows, self, slug, markedId, onAct }: Props) {
  return (
    <Table label="Members">
      <Thead>
        <Th>Name</Th>
        <Th>Role</Th>
        <Th>Status</Th>
        <Th align="right">Keys</Th>
        <Th minor>Since</Th>
        {onAct && <Th hideLabel>Actions</Th>}
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={row.userId} marked={row.userId === markedId} muted={!row.active}>
            <Td className="max-w-80 @max-[40rem]:max-w-none">
              <PersonCell name={row.name} email={row.email} self={row.userId === self} />
            </Td>
            <Td label="Role">{roleWords[row.role].name}</Td>
            <Td label="Status">
              {row.active ? <Status tone="works">Active</Status> : <Status tone="ended">Disabled</Status>}
            </Td>
            <Td label="Keys" align="right">
              {row.keys === 0 ? <span className="text-quiet">None</span> : row.keys}
            </Td>
            <Td label="Since" minor>
              <DateText value={row.since} />
            </Td>
            {onAct && (
              <MenuTd>
                <RowMenu label={`Actions for ${row.name}`}>
                  <MenuItem
                    icon={<UserCog aria-hidden="true" className="size-4 text-quiet" />}
                    onClick={() => onAct('role', row)}
                  >
                    Change role
                  </MenuItem>
                  <MenuSeparator />
                  {row.userId === self ? (
                    <MenuLink
                      href={`/projects/${slug}/settings`}
                      icon={<UserMinus aria-hidden="true" className="size-4 text-quiet" />}
                    >
                      Leave, in the settings
                    </MenuLink>
                  ) : (
                    <MenuItem
                      destructive
                      icon={<UserMinus aria-hidden="true" className="size-4" />}
                      onClick={() => onAct('remove', row)}
                    >
                      Remove
                    </MenuItem>
                  )}
                </RowMenu>
              </MenuTd>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  )
}
