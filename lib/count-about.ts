import 'server-only'
import { type SQL, sql } from 'drizzle-orm'
import { db } from '@/db'

/** A number; with `about` it is what the database thinks from its statistics, without counting. */
export interface Count {
  count: number
  about: boolean
}

/** So many are counted: a page with a dozen counts reads less than 10,000 rows, however many there are. */
const MOST_COUNTED = 400

/** How many rows a query has, given without a limit: exactly when they are few, else about. */
export async function countAbout(query: SQL): Promise<Count> {
  const [row] = await db()
    .select({ count: sql<number>`(select count(*)::int from (${query} limit ${MOST_COUNTED + 1}) as few)` })
    .from(sql`(select 1) as one`)
  const count = row?.count ?? 0
  return count <= MOST_COUNTED
    ? { count, about: false }
    : { count: Math.max(count, await estimate(query)), about: true }
}

/** What the database expects. The two drivers give raw rows in different forms. */
async function estimate(query: SQL): Promise<number> {
  const answer = (await db().execute(sql`explain (format json) ${query}`)) as unknown
  const [row] = (Array.isArray(answer) ? answer : (answer as { rows: unknown[] }).rows) as Record<string, unknown>[]
  const [plan] = (row?.['QUERY PLAN'] ?? []) as { Plan: { 'Plan Rows': number } }[]
  return plan?.Plan['Plan Rows'] ?? 0
}
