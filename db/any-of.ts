import { type AnyColumn, type SQL, sql } from 'drizzle-orm'

/**
 * Whether a text column has one of these values, given as one parameter. A list of hundreds, as `inArray` writes it, costs
 * more to put into words than to look up, and each length of it is a statement of its own to prepare.
 */
export function anyOf(column: AnyColumn, values: readonly string[]): SQL {
  return sql`${column} = any(${sql.param(values)}::text[])`
}
