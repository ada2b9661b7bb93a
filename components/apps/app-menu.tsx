import { Ban, Check, Eye, Pencil, RefreshCw } from 'lucide-react'
import { MenuItem, MenuLink, MenuSeparator, RowMenu } from '@/components/ui/menu'
import { useAppActs } from './app-acts'
import type { AppRow } from './app-row'

/** The menu of a row. A viewer only looks. */
export function AppMenu({ row }: { row: AppRow }) {
  const { slug, canWrite, open, enable } = useAppActs()
  const href = `/projects/${slug}/apps/${row.id}`
  return (
    <RowMenu label={`Actions for ${row.name}`}>
      <MenuLink href={href} icon={<Eye aria-hidden="true" className="size-4 text-quiet" />}>
        View details
      </MenuLink>
      {canWrite && (
        <>
          <MenuLink href={`${href}/edit`} icon={<Pencil aria-hidden="true" className="size-4 text-quiet" />}>
            Edit
          </MenuLink>
          <MenuItem
            icon={<RefreshCw aria-hidden="true" className="size-4 text-quiet" />}
            disabled={row.isPublic}
            onClick={() => open('rotate', row)}
          >
            Rotate secret
          </MenuItem>
          <MenuSeparator />
          {row.status === 'active' ? (
            <MenuItem
              destructive
              icon={<Ban aria-hidden="true" className="size-4" />}
              onClick={() => open('disable', row)}
            >
              Disable
            </MenuItem>
          ) : (
            <MenuItem
              icon={<Check aria-hidden="true" className="size-4 text-quiet" />}
              disabled={row.disabledByAdmin}
              onClick={() => enable(row)}
            >
              Enable
            </MenuItem>
          )}
        </>
      )}
    </RowMenu>
  )
}
