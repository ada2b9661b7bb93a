'use client'

import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import { type Role, roles, roleWords } from '@/lib/projects/roles'
import type { MemberActions, MemberRow } from './member-actions'
import { MemberLine } from './member-line'
import { RoleChoice } from './role-choice'

/** Gives a member another role, and says first what that takes away. */
export function ChangeRoleDialog({
  open,
  onClose,
  slug,
  row,
  own,
  changeRoleAction,
  onDone,
}: Pick<MemberActions, 'changeRoleAction'> & {
  open: boolean
  onClose: () => void
  slug: string
  row: MemberRow
  /** Whether the reader changes their own. */
  own: boolean
  onDone: (role: Role) => void
}) {
  const [role, setRole] = useState(row.role)
  const { send, pending, problem } = useAsk()
  const less = roles.indexOf(role) > roles.indexOf(row.role)
  const change = () =>
    send(
      () => onceSure(() => changeRoleAction({ slug, userId: row.userId, role })),
      () => onDone(role),
    )
  return (
    <Dialog
      open={open}
      onClose={onClose}
      pending={pending}
      title="Change role"
      description={<MemberLine name={row.name} email={row.email} />}
    >
      <DialogBody>
        {problem}
        <RoleChoice value={role} onChange={setRole} />
      </DialogBody>
      <DialogFooter
        note={
          less &&
          `What ${roleWords[role].one} may not do is refused at once, also for keys that ${own ? 'you answer' : `${row.name} answers`} for.`
        }
      >
        <DialogClose />
        <Button variant="primary" pending={pending} disabled={role === row.role} onClick={change}>
          Change role
        </Button>
      </DialogFooter>
    </Dialog>
  )
}
