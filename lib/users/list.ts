import 'server-only'
import { asc, eq } from 'drizzle-orm'
import { db } from '@/db'
import { users } from '@/db/schema'
import type { SystemActor } from '@/lib/actor'

/** Every account, oldest first: for the command line, whose user owns the database anyway. */
export async function listUsers(_actor: SystemActor) {
  const rows = await db().select().from(users).orderBy(asc(users.createdAt), asc(users.id))
  return rows.map(({ id, email, name, isAdmin, createdAt, disabledAt }) => ({
    id,
    email,
    name,
    isAdmin,
    createdAt: createdAt.toISOString(),
    disabledAt: disabledAt?.toISOString() ?? null,
  }))
}

/** The id of the account with this address, or null. */
export async function findUserId(_actor: SystemActor, email: string): Promise<string | null> {
  const [user] = await db().select({ id: users.id }).from(users).where(eq(users.email, email))
  return user?.id ?? null
}
