import 'server-only'
import { and, desc, eq, sql } from 'drizzle-orm'
import { db } from '@/db'
import { invitations, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import type { Role } from '@/lib/projects/roles'
import { visibleTo } from '@/lib/visible'
import { isOpen, stands } from './standing'

export interface Invitation {
  id: string
  email: string
  role: Role
  invitedBy: string
  createdAt: string
  expiresAt: string
  /** False once it is too old, or whoever sent it may no longer invite. */
  works: boolean
}

/** The invitations of a project that wait for an answer, newest first, at most 100; for those who may invite. */
export async function listInvitations(actor: Actor, projectId: string): Promise<Invitation[]> {
  const rows = await db()
    .select({
      id: invitations.id,
      email: invitations.email,
      role: invitations.role,
      invitedBy: users.name,
      createdAt: invitations.createdAt,
      expiresAt: invitations.expiresAt,
      works: sql<boolean>`${stands(db())}`,
    })
    .from(invitations)
    .innerJoin(users, eq(users.id, invitations.createdById))
    .where(and(eq(invitations.projectId, projectId), isOpen, visibleTo(actor, invitations.projectId, 'members:write')))
    .orderBy(desc(invitations.createdAt), desc(invitations.id))
    .limit(100)
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }))
}
