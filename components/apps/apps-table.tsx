import { CopyButton } from '@/components/ui/copy-button'
import { MenuTd, RowTitle, Table, Tbody, Td, Th, Thead, Tr } from '@/components/ui/table'
import { TagMark } from '@/components/ui/tag'
import { RelativeTime } from '@/components/ui/time'
import { useAppActs } from './app-acts'
import { AppMenu } from './app-menu'
import type { AppRow } from './app-row'
import { AppStatus } from './app-status'
import { kindWords, markWords } from './app-words'

/** The apps of a project, the newest first. */
export function AppsTable({ rows }: { rows: readonly AppRow[] }) {
  const { slug } = useAppActs()
  return (
    <Table label="OAuth apps">
      <Thead>
        <Th>App</Th>
        <Th minor>Kind</Th>
        <Th>Client id</Th>
        <Th align="right">People</Th>
        <Th>Status</Th>
        <Th minor>Created</Th>
        <Th hideLabel>Actions</Th>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={row.id} id={`app-${row.id}`} muted={row.status === 'disabled'}>
            <Td className="max-w-72 @max-[40rem]:max-w-none">
              <div className="flex min-w-0 items-center gap-2.5">
                <TagMark name={row.name} logo={row.logoUrl} />
                <RowTitle href={`/projects/${slug}/apps/${row.id}`} hint={markWords(row)}>
                  {row.name}
                </RowTitle>
              </div>
            </Td>
            <Td label="Kind" minor>
              <span>
                {kindWords[row.kind]}
                {row.isPublic && <span className="text-quiet">, public</span>}
              </span>
            </Td>
            <Td label="Client id">
              {/* Above the link that spans the row. */}
              <span className="relative z-1 inline-flex max-w-full items-center gap-1">
                <span className="truncate font-mono text-sm">{row.id}</span>
                <CopyButton value={row.id} label={`Copy the client id of ${row.name}`} size="sm" iconOnly />
              </span>
            </Td>
            <Td label="People" align="right">
              {row.people === 0 ? <span className="text-quiet">None</span> : row.people}
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
