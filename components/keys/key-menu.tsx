import { Ban, Eye, Pencil, RefreshCw } from 'lucide-react'
import { MenuItem, MenuLink, MenuSeparator, RowMenu } from '@/components/ui/menu'
import { useKeyActs } from './key-acts'
import type { KeyRow } from './key-row'
import { isLive } from './key-status'

/** The menu of a row. What cannot be done to an ended key is shown but off; a viewer only looks. */
export function KeyMenu({ row, href }: { row: KeyRow; href: string }) {
  const { canWrite, open } = useKeyActs()
  return (
    <RowMenu label={`Actions for ${row.label}`}>
      <MenuLink href={href} icon={<Eye aria-hidden="true" className="size-4 text-quiet" />}>
        View details
      </MenuLink>
      {canWrite && (
        <>
          <MenuItem
            icon={<Pencil aria-hidden="true" className="size-4 text-quiet" />}
            disabled={row.status === 'revoked'}
            onClick={() => open({ kind: 'edit', key: row })}
          >
            Edit
          </MenuItem>
          <MenuItem
            icon={<RefreshCw aria-hidden="true" className="size-4 text-quiet" />}
            disabled={!isLive(row)}
            onClick={() => open({ kind: 'regenerate', key: row })}
          >
            Regenerate
          </MenuItem>
          <MenuSeparator />
          <MenuItem
            destructive
            icon={<Ban aria-hidden="true" className="size-4" />}
            disabled={row.status === 'revoked'}
            onClick={() => open({ kind: 'revoke', key: row })}
          >
            Revoke
          </MenuItem>
        </>
      )}
    </RowMenu>
  )
}
