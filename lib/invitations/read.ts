import 'server-only'
import { and, eq } from 'drizzle-orm'
import { db } from '@/db'
import { invitations, projects, users } from '@/db/schema'
import { hashToken } from '@/lib/one-time-tokens'
import type { Role } from '@/lib/projects/roles'
import { stands } from './standing'

/** What an invitation says to whoever holds its link. */
export interface OpenInvitation {
  project: string
  /** The address that alone can accept it. */
  email: string
  role: Role
  invitedBy: string
  expiresAt: string
}

/** What the link offers while it would work, without using it; else null. The token is the authority. */
export async function readInvitation(token: string): Promise<OpenInvitation | null> {
  const [row] = await db()
    .select({
      project: projects.name,
      email: invitations.email,
      role: invitations.role,
      invitedBy: users.name,
      expiresAt: invitations.expiresAt,
    })
    .from(invitations)
    .innerJoin(projects, eq(projects.id, invitations.projectId))
    .innerJoin(users, eq(users.id, invitations.createdById))
    .where(and(eq(invitations.tokenHash, hashToken(token)), stands(db())))
  return row ? { ...row, expiresAt: row.expiresAt.toISOString() } : null
}
