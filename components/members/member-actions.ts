import type { Action } from '@/components/ui/ask'
import type { Role } from '@/lib/projects/roles'

/** A member as the page shows them. */
export interface MemberRow {
  userId: string
  name: string
  email: string
  role: Role
  since: string
  active: boolean
  keys: number
}

/** An invitation that waits for an answer. */
export interface InvitationRow {
  id: string
  email: string
  role: Role
  invitedBy: string
  expiresAt: string
  works: boolean
}

export interface MemberActions {
  inviteAction: Action<{ slug: string; email: string; role: Role }, { email: string }>
  withdrawAction: Action<{ id: string }, { done: true }>
  changeRoleAction: Action<{ slug: string; userId: string; role: Role }, { done: true }>
  removeAction: Action<{ slug: string; userId: string; keys: 'keep' | 'revoke' }, { keys: number }>
}
