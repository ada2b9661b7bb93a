import { Ban, CircleCheck, KeyRound, LogOut, ShieldCheck, ShieldOff } from 'lucide-react'
import { MenuItem, MenuSeparator, RowMenu } from '@/components/ui/menu'
import type { Account } from '@/lib/users/search'
import { useUserActs } from './user-acts'

/** The menu of an account. */
export function UserMenu({ row }: { row: Account }) {
  const { open, enable } = useUserActs()
  return (
    <RowMenu label={`Actions for ${row.name}`}>
      {row.isAdmin ? (
        <MenuItem
          icon={<ShieldOff aria-hidden="true" className="size-4 text-quiet" />}
          onClick={() => open('remove-admin', row)}
        >
          Remove admin
        </MenuItem>
      ) : (
        <MenuItem
          icon={<ShieldCheck aria-hidden="true" className="size-4 text-quiet" />}
          disabled={row.status === 'disabled'}
          onClick={() => open('make-admin', row)}
        >
          Make admin
        </MenuItem>
      )}
      <MenuItem
        icon={<LogOut aria-hidden="true" className="size-4 text-quiet" />}
        disabled={row.sessions === 0}
        onClick={() => open('sign-out', row)}
      >
        Sign out everywhere
      </MenuItem>
      {row.twoStep && (
        <MenuItem
          icon={<KeyRound aria-hidden="true" className="size-4 text-quiet" />}
          onClick={() => open('reset-second-factor', row)}
        >
          Switch off two-step sign-in
        </MenuItem>
      )}
      <MenuSeparator />
      {row.status === 'disabled' ? (
        <MenuItem icon={<CircleCheck aria-hidden="true" className="size-4 text-quiet" />} onClick={() => enable(row)}>
          Enable
        </MenuItem>
      ) : (
        <MenuItem destructive icon={<Ban aria-hidden="true" className="size-4" />} onClick={() => open('disable', row)}>
          Disable
        </MenuItem>
      )}
    </RowMenu>
  )
}
