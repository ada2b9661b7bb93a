'use client'

import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { useAsk } from '@/components/ui/use-ask'
import { onceSure } from '@/components/users/confirm-identity'
import type { Role } from '@/lib/projects/roles'
import type { MemberActions } from './member-actions'
import { RoleChoice } from './role-choice'

/** Sends an invitation by mail. The dialog begins anew each time it is opened. */
export function InviteDialog({
  open,
  onClose,
  slug,
  inviteAction,
  onDone,
}: Pick<MemberActions, 'inviteAction'> & {
  open: boolean
  onClose: () => void
  slug: string
  onDone: (email: string) => void
}) {
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('developer')
  const { send, pending, errors, problem, form } = useAsk('email', 'role')

  function invite(event: FormEvent) {
    event.preventDefault()
    send(
      () => onceSure(() => inviteAction({ slug, email, role })),
      (invited) => onDone(invited.email),
    )
  }

  return (
    <Dialog
      open={open}
      onClose={onClose}
      pending={pending}
      unsaved={() => email.trim() !== ''}
      title="Invite member"
      description="By a mail with a link, which works once, for seven days and for this address alone."
    >
      <form {...form} onSubmit={invite} className="flex min-h-0 flex-col">
        <DialogBody>
          {problem}
          <Field label="Email" name="email" error={errors.email}>
            <Input
              type="email"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={email}
              onChange={(event) => setEmail(event.target.value)}
              placeholder="ada@example.com"
            />
          </Field>
          <RoleChoice value={role} onChange={setRole} error={errors.role} />
        </DialogBody>
        <DialogFooter>
          <DialogClose />
          <Button type="submit" variant="primary" pending={pending} pendingLabel="Sending">
            Send invitation
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
