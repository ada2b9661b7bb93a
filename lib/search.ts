import 'server-only'
import { type AnyColumn, type SQL, sql } from 'drizzle-orm'

/**
 * That a name contains `text`, whatever its case. Without three letters in a row trigrams help nothing, and the start
 * must match: either can be looked up in an index of the column.
 *
 * @param text normalised, trimmed and in lower case
 * @param name a column, or what is stored in lower case already
 */
export function matches(text: string, name: AnyColumn, { lower = true } = {}): SQL {
  const literal = text.replace(/[\\%_]/g, '\\$&')
  const value = lower ? sql`lower(${name})` : sql`${name}`
  return /[\p{L}\p{N}]{3}/u.test(text)
    ? sql`${value} like ${`%${literal}%`}`
    : sql`${value} collate "C" like ${`${literal}%`}`
}
