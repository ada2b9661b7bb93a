'use client'

import { useState } from 'react'
import { type Action, ask } from '@/components/ui/ask'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/dialog'
import { Status } from '@/components/ui/status'
import { DateText } from '@/components/ui/time'
import { toast } from '@/components/ui/toast'
import { useAct } from '@/components/ui/use-act'
import { roleWords } from '@/lib/projects/roles'
import type { InvitationRow } from './member-actions'

/** The invitations that wait for an answer, each of which can be withdrawn. */
export function InvitationsList({
  rows,
  withdrawAction,
}: {
  rows: readonly InvitationRow[]
  withdrawAction: Action<{ id: string }, { done: true }>
}) {
  const [asked, setAsked] = useState<InvitationRow | null>(null)
  const [isOpen, setOpen] = useState(false)
  const [pending, act] = useAct()
  const withdraw = ({ id, email }: InvitationRow) =>
    act(async () => {
      const { error } = await ask(withdrawAction({ id }))
      setOpen(false)
      if (error) toast.error(error.message)
      else toast.success(`The invitation of ${email} was withdrawn.`)
    })
  return (
    <section aria-labelledby="invitations" className="mt-8">
      <h2 id="invitations" className="mb-3 font-semibold text-lg">
        Invitations
      </h2>
      <ul className="divide-y rounded-surface border bg-surface">
        {rows.map((row) => (
          <li key={row.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-0 grow basis-60">
              <div className="wrap-anywhere font-semibold">{row.email}</div>
              <div className="text-quiet text-sm">
                {roleWords[row.role].name} · invited by {row.invitedBy} · until <DateText value={row.expiresAt} />
              </div>
            </div>
            {row.works ? <Status tone="quiet">Waiting</Status> : <Status tone="ended">No longer works</Status>}
            <Button
              size="sm"
              onClick={() => {
                setAsked(row)
                setOpen(true)
              }}
            >
              Withdraw
              <span className="sr-only"> the invitation of {row.email}</span>
            </Button>
          </li>
        ))}
      </ul>
      {asked && (
        <ConfirmDialog
          open={isOpen}
          onClose={() => setOpen(false)}
          title="Withdraw invitation"
          confirmLabel="Withdraw"
          destructive
          pending={pending}
          onConfirm={() => withdraw(asked)}
        >
          The link that was sent to {asked.email} will no longer work.
        </ConfirmDialog>
      )}
    </section>
  )
}
