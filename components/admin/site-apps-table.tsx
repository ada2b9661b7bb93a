import { BadgeCheck, BadgeX, Ban, CircleCheck, History, House, Pencil } from 'lucide-react'
import { AppStatus } from '@/components/apps/app-status'
import { Badge } from '@/components/ui/badge'
import { MenuItem, MenuLink, MenuSeparator, RowMenu } from '@/components/ui/menu'
import { MenuTd, Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { TagMark } from '@/components/ui/tag'
import { RelativeTime } from '@/components/ui/time'
import { auditHref } from './audit-query'
import { useSiteAppActs } from './site-app-acts'
import type { SiteAppRow } from './site-app-row'

/** A page of the apps of all projects. */
export function SiteAppsTable({ rows, busy }: { rows: readonly SiteAppRow[]; busy: boolean }) {
  return (
    <Table label="Apps of all projects">
      <Thead>
        <Th>App</Th>
        <Th>Project</Th>
        <Th>Trust</Th>
        <Th align="right">People</Th>
        <Th>Status</Th>
        <Th minor>Created</Th>
        <Th hideLabel>Actions</Th>
      </Thead>
      <Tbody busy={busy}>
        {rows.map((row) => (
          <Tr key={row.id} muted={row.status === 'disabled'}>
            <Td className="max-w-80 @max-[40rem]:max-w-none">
              <div className="flex min-w-0 items-center gap-2.5 @max-[40rem]:pr-10">
                <TagMark name={row.name} logo={row.logoUrl} />
                <div className="min-w-0">
                  <div className="wrap-anywhere line-clamp-2 font-semibold">{row.name}</div>
                  <div className="truncate font-mono text-quiet text-sm">{row.id}</div>
                  {row.homepage && <div className="truncate text-quiet text-sm">{row.homepage}</div>}
                </div>
              </div>
            </Td>
            <Td label="Project" className="max-w-48">
              <span className="wrap-anywhere line-clamp-2" title={row.project.slug}>
                {row.project.name}
              </span>
            </Td>
            <Td label="Trust">
              <span className="inline-flex flex-wrap gap-1">
                {row.verified ? <Badge tone="good">Verified</Badge> : <span className="text-quiet">Not verified</span>}
                {row.firstParty && <Badge tone="accent">First-party</Badge>}
              </span>
            </Td>
            <Td label="People" align="right">
              {row.people === 0 ? <span className="text-quiet">None</span> : row.people.toLocaleString('en-US')}
            </Td>
            <Td label="Status">
              <AppStatus row={row} />
            </Td>
            <Td label="Created" minor>
              <RelativeTime value={row.createdAt} />
            </Td>
            <MenuTd>
              <AppMenu row={row} />
            </MenuTd>
          </Tr>
        ))}
      </Tbody>
    </Table>
  )
}

/** The menu of an app. */
function AppMenu({ row }: { row: SiteAppRow }) {
  const act = useSiteAppActs()
  const icon = 'size-4 text-quiet'
  return (
    <RowMenu label={`Actions for ${row.name}`}>
      <MenuLink
        href={auditHref('/admin/audit', { target: row.id })}
        icon={<History aria-hidden="true" className={icon} />}
      >
        View history
      </MenuLink>
      {row.verified ? (
        <MenuItem icon={<BadgeX aria-hidden="true" className={icon} />} onClick={() => act('unverify', row)}>
          Remove verification
        </MenuItem>
      ) : (
        <MenuItem icon={<BadgeCheck aria-hidden="true" className={icon} />} onClick={() => act('verify', row)}>
          Verify
        </MenuItem>
      )}
      <MenuItem
        icon={<House aria-hidden="true" className={icon} />}
        onClick={() => act(row.firstParty ? 'unmark' : 'mark', row)}
      >
        {row.firstParty ? 'Remove first-party mark' : 'Mark as first-party'}
      </MenuItem>
      <MenuItem icon={<Pencil aria-hidden="true" className={icon} />} onClick={() => act('rename', row)}>
        Rename
      </MenuItem>
      <MenuSeparator />
      {row.status === 'disabled' && (
        <MenuItem icon={<CircleCheck aria-hidden="true" className={icon} />} onClick={() => act('enable', row)}>
          Enable
        </MenuItem>
      )}
      {!row.disabledByAdmin && (
        <MenuItem destructive icon={<Ban aria-hidden="true" className="size-4" />} onClick={() => act('disable', row)}>
          Disable
        </MenuItem>
      )}
    </RowMenu>
  )
}
