import 'server-only'
import { and, desc, eq, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { db } from '@/db'
import { apiKeys, authenticators, memberships, passkeys, projects, sessions, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { type Cursors, cutPage, readCursor } from '@/lib/keyset'
import { matches } from '@/lib/search'
import { onlyAdmins } from './admin'

/** An account as site admins see it. Times are ISO 8601 in UTC. */
export interface Account {
  id: string
  name: string
  email: string
  isAdmin: boolean
  status: 'active' | 'disabled' | 'deleted'
  /** Projects they are a member of, keys they answer for that are not revoked, and sessions that are not over. */
  projects: number
  keys: number
  sessions: number
  /** Whether signing in takes a second step. */
  twoStep: boolean
  createdAt: string
  lastSeenAt: string | null
}

/** Counts end here: beyond it the answer is "more", whatever it costs to know how many. */
const MOST_COUNTED = 1_000

export const searchUsersSchema = z.strictObject({
  q: z.string().max(200).default(''),
  show: z.enum(['all', 'admins', 'disabled']).default('all'),
  cursor: z.string().max(2000).optional(),
  limit: z.int().min(1).max(100).default(50),
})

const SORT = '-createdAt'

/**
 * A page of the accounts of this site, newest first.
 *
 * @param input.q a part of a name or address; with fewer than three letters, its start
 * @throws Failure `not_found` for who is no admin, `validation_failed` for a cursor that is not one
 */
export async function searchUsers(
  actor: Actor,
  { q, show, cursor: text, limit }: z.output<typeof searchUsersSchema>,
): Promise<Cursors & { data: Account[] }> {
  onlyAdmins(actor)
  const cursor = readCursor(text, SORT)
  const backwards = cursor?.direction === 'previous'
  const direction = sql.raw(backwards ? 'asc' : 'desc')
  const rows = await db()
    .select({ id: users.id, value: sql<string>`(${users.createdAt})::text` })
    .from(users)
    .where(and(condition(show), searchCondition(q), cursor && after(cursor)))
    .orderBy(sql`${users.createdAt} ${direction}`, sql`${users.id} ${direction}`)
    .limit(limit + 1)
  const { page, ...cursors } = cutPage(rows, limit, SORT, cursor)
  return { data: await selectAccounts(page.map(({ id }) => id)), ...cursors }
}

const condition = (show: 'all' | 'admins' | 'disabled'): SQL | undefined =>
  show === 'admins' ? sql`is_admin` : show === 'disabled' ? isNotNull(users.disabledAt) : undefined

function searchCondition(q: string): SQL | undefined {
  const text = q.normalize('NFC').trim().toLowerCase()
  return text ? or(matches(text, users.name), matches(text, users.email, { lower: false })) : undefined
}

const after = ({ value, id, direction }: { value: string; id: string; direction: string }) =>
  sql`(${users.createdAt}, ${users.id}) ${sql.raw(direction === 'next' ? '<' : '>')} (${value}::text::timestamptz(3), ${id})`

async function selectAccounts(ids: string[]): Promise<Account[]> {
  if (ids.length === 0) return []
  const atMost = (rows: SQL) => sql<number>`(select count(*)::int from (${rows} limit ${MOST_COUNTED + 1}) as counted)`
  const rows = await db()
    .select({
      user: users,
      projects: atMost(sql`select 1 from ${memberships} join ${projects} on ${eq(projects.id, memberships.projectId)}
        where ${and(eq(memberships.userId, users.id), isNull(projects.deletedAt))}`),
      keys: atMost(sql`select 1 from ${apiKeys}
        where ${and(eq(apiKeys.responsibleId, users.id), isNull(apiKeys.revokedAt))}`),
      sessions: atMost(sql`select 1 from ${sessions}
        where ${and(eq(sessions.userId, users.id), isNull(sessions.endedAt), eq(sessions.awaitsSecondStep, false))}`),
      twoStep: sql<boolean>`exists(select 1 from ${passkeys} where ${eq(passkeys.userId, users.id)})
        or exists(select 1 from ${authenticators}
          where ${and(eq(authenticators.userId, users.id), isNotNull(authenticators.confirmedAt))})`,
      lastSeenAt: sql<string | null>`(select max(${sessions.lastSeenAt})::text from ${sessions}
        where ${eq(sessions.userId, users.id)})`,
    })
    .from(users)
    .where(inArray(users.id, ids))
    .orderBy(desc(users.createdAt), desc(users.id))
  return rows.map(({ user, lastSeenAt, ...rest }) => ({
    id: user.id,
    name: user.name,
    email: user.email,
    isAdmin: user.isAdmin,
    status: user.deletedAt ? 'deleted' : user.disabledAt ? 'disabled' : 'active',
    createdAt: user.createdAt.toISOString(),
    lastSeenAt: lastSeenAt && new Date(lastSeenAt).toISOString(),
    ...rest,
  }))
}
