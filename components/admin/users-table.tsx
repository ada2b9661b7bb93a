import Link from 'next/link'
import type { ReactNode } from 'react'
import { keysHref } from '@/components/admin/keys-query'
import { PersonCell } from '@/components/members/person-cell'
import { Badge } from '@/components/ui/badge'
import { Status } from '@/components/ui/status'
import { MenuTd, Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { TimeOrNever } from '@/components/ui/time'
import type { Account } from '@/lib/users/search'
import { useUserActs } from './user-acts'
import { UserMenu } from './user-menu'

/** A page of accounts. */
export function UsersTable({ rows, busy }: { rows: readonly Account[]; busy: boolean }) {
  const { self } = useUserActs()
  return (
    <Table label="Users">
      <Thead>
        <Th>Name</Th>
        <Th>Role</Th>
        <Th>Status</Th>
        <Th align="right" minor>
          Projects
        </Th>
        <Th align="right">Keys</Th>
        <Th align="right" minor>
          Sessions
        </Th>
        <Th>Last seen</Th>
        <Th hideLabel>Actions</Th>
      </Thead>
      <Tbody busy={busy}>
        {rows.map((row) => (
          <Tr key={row.id} muted={row.status !== 'active'}>
            <Td className="max-w-72 @max-[40rem]:max-w-none">
              <PersonCell name={row.name} email={row.email} self={row.id === self} />
            </Td>
            <Td label="Role">
              {row.isAdmin ? <Badge tone="accent">Admin</Badge> : <span className="text-quiet">User</span>}
            </Td>
            <Td label="Status">
              {row.status === 'active' && <Status tone="works">Active</Status>}
              {row.status === 'disabled' && <Status tone="ended">Disabled</Status>}
              {row.status === 'deleted' && <Status tone="quiet">Deleted</Status>}
            </Td>
            <Td label="Projects" align="right" minor>
              <Count value={row.projects} />
            </Td>
            <Td label="Keys" align="right">
              <Count value={row.keys} href={keysHref('/admin/keys', { q: row.email })} name={row.name} />
            </Td>
            <Td label="Sessions" align="right" minor>
              <Count value={row.sessions} />
            </Td>
            <Td label="Last seen">
              <TimeOrNever value={row.lastSeenAt} />
            </Td>
            <MenuTd>{row.status !== 'deleted' && <UserMenu row={row} />}</MenuTd>
          </Tr>
        ))}
      </Tbody>
    </Table>
  )
}

/** More than a thousand is not counted. */
function Count({ value, href, name }: { value: number; href?: string; name?: string }): ReactNode {
  if (value === 0) return <span className="text-quiet">0</span>
  const text = value > 1000 ? '1,000+' : value.toLocaleString('en-US')
  if (!href) return text
  return (
    <Link href={href} className="rounded-[3px] underline decoration-line underline-offset-3 hover:decoration-current">
      {text}
      <span className="sr-only"> keys of {name}</span>
    </Link>
  )
}
