'use client'

import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { PageHead } from '@/components/shell/page-head'
import { Button } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import { type Role, roleAllows, roleWords } from '@/lib/projects/roles'
import { ChangeRoleDialog } from './change-role-dialog'
import { InvitationsList } from './invitations-list'
import { InviteDialog } from './invite-dialog'
import type { InvitationRow, MemberActions, MemberRow } from './member-actions'
import { MembersTable } from './members-table'
import { RemoveMemberDialog } from './remove-member-dialog'
import { RolesTable } from './roles-table'

/** Who is in a project, who was invited, and what each role may do. */
export function MembersView({
  project,
  self,
  rows,
  invitations,
  ...actions
}: MemberActions & {
  project: { slug: string; name: string; role: Role }
  /** The id of who reads this. */
  self: string
  rows: readonly MemberRow[]
  invitations: readonly InvitationRow[]
}) {
  const [act, setAct] = useState<{ kind: 'invite' } | { kind: 'role' | 'remove'; row: MemberRow } | null>(null)
  const [serial, setSerial] = useState(0)
  const [isOpen, setOpen] = useState(false)
  const [markedId, setMarkedId] = useState<string | null>(null)
  const canWrite = roleAllows(project.role, 'members:write')

  function begin(next: NonNullable<typeof act>) {
    setAct(next)
    setSerial(serial + 1)
    setOpen(true)
  }

  function done(words: string, userId: string | null = null) {
    setOpen(false)
    setMarkedId(userId)
    toast.success(words)
  }

  const dialog = { open: isOpen, onClose: () => setOpen(false), slug: project.slug }
  return (
    <>
      <PageHead
        title="Members"
        inTopBar
        action={
          canWrite && (
            <Button
              variant="primary"
              icon={<UserPlus aria-hidden="true" className="size-4" />}
              onClick={() => begin({ kind: 'invite' })}
            >
              Invite member
            </Button>
          )
        }
      >
        {!canWrite
          ? `You are ${roleWords[project.role].one} here. Only an owner may invite and remove people, and change roles.`
          : rows.length === 1 &&
            `Nobody else is in ${project.name} yet. Whoever you invite sees its keys, never their secrets.`}
      </PageHead>
      <MembersTable
        rows={rows}
        self={self}
        slug={project.slug}
        markedId={markedId}
        onAct={canWrite ? (kind, row) => begin({ kind, row }) : undefined}
      />
      {invitations.length > 0 && <InvitationsList rows={invitations} withdrawAction={actions.withdrawAction} />}
      <section aria-labelledby="roles" className="mt-8">
        <h2 id="roles" className="mb-3 font-semibold text-lg">
          What each role may do
        </h2>
        <RolesTable own={project.role} />
      </section>
      {act?.kind === 'invite' && (
        <InviteDialog
          key={serial}
          {...dialog}
          inviteAction={actions.inviteAction}
          onDone={(email) => done(`An invitation was sent to ${email}.`)}
        />
      )}
      {act?.kind === 'role' && (
        <ChangeRoleDialog
          key={serial}
          {...dialog}
          row={act.row}
          own={act.row.userId === self}
          changeRoleAction={actions.changeRoleAction}
          onDone={(role) => done(`${act.row.name} is now ${roleWords[role].one}.`, act.row.userId)}
        />
      )}
      {act?.kind === 'remove' && (
        <RemoveMemberDialog
          key={serial}
          {...dialog}
          row={act.row}
          removeAction={actions.removeAction}
          onDone={() => done(`${act.row.name} was removed.`)}
        />
      )}
    </>
  )
}
