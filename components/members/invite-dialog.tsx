'use client'

import { type FormEvent, useEffect, useRef, useState } from 'react'
import { ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { Dialog, DialogBody, DialogClose, DialogFooter } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { useAct } from '@/components/ui/use-act'
import type { ActionError } from '@/lib/action-result'
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
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, act] = useAct()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [error])

  function send(event: FormEvent) {
    event.preventDefault()
    act(async () => {
      const { data, error } = await ask(inviteAction({ slug, email, role }))
      setError(error ?? null)
      if (data) onDone(data.email)
    })
  }

  const errors = error?.errors ?? {}
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      onCloseRequest={() => !pending}
      unsaved={() => email.trim() !== ''}
      title="Invite member"
      description="By a mail with a link, which works once, for seven days and for this address alone."
    >
      <form ref={form} noValidate onSubmit={send} className="flex min-h-0 flex-col">
        <DialogBody>
          {error && Object.keys(errors).length === 0 && <Notice tone="danger">{error.message}</Notice>}
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
