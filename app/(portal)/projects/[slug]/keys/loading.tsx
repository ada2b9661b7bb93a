import { PageHead } from '@/components/shell/page-head'
import { SkeletonRows, Table, Tbody, Th, Thead } from '@/components/ui/table'

const columns = ['Label', 'Third party', 'Key', 'Scopes', 'Created', 'Last used', 'Expires', 'Status']

/** The table before its rows are there, in their height. */
export default function KeysLoading() {
  return (
    <>
      <PageHead title="API keys" />
      <div className="mb-4 h-9 max-sm:h-10" />
      <Table label="API keys">
        <Thead>
          {columns.map((name) => (
            <Th key={name} minor={name === 'Scopes' || name === 'Created'}>
              {name}
            </Th>
          ))}
        </Thead>
        <Tbody busy>
          <SkeletonRows rows={8} columns={columns.length} />
        </Tbody>
      </Table>
    </>
  )
}
