import 'server-only'
import { invalidField } from './errors'

/** The row at which a page of a list ended, and which way to go on. */
export interface Cursor {
  sort: string
  value: string
  id: string
  direction: 'next' | 'previous'
}

/** The cursors of a page; each is null where there is nothing further that way. */
export interface Cursors {
  /** Pass as `cursor` to go on; null on the last page. */
  nextCursor: string | null
  /** Pass as `cursor` to go back; null on the first page. */
  previousCursor: string | null
}

/**
 * Cuts the rows that were read from `cursor` on to a page, in the order wanted, and says how to go on.
 *
 * @param rows one more than `limit` when there are more; in reversed order when the cursor goes back
 */
export function cutPage<Row extends { id: string; value: string }>(
  rows: readonly Row[],
  limit: number,
  sort: string,
  cursor: Cursor | undefined,
): Cursors & { page: Row[] } {
  const backwards = cursor?.direction === 'previous'
  const more = rows.length > limit
  const page = rows.slice(0, limit)
  if (backwards) page.reverse()
  const edge = (row: Row | undefined, direction: Cursor['direction']) =>
    row ? writeCursor({ sort, value: row.value, id: row.id, direction }) : null
  return {
    page,
    nextCursor: more || backwards ? edge(page.at(-1), 'next') : null,
    previousCursor: (backwards ? more : cursor) ? edge(page[0], 'previous') : null,
  }
}

const writeCursor = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify([cursor.sort, cursor.value, cursor.id, cursor.direction])).toString('base64url')

/**
 * @param isValue whether the sort could have written such a value: a time by default
 * @throws Failure `validation_failed` for a cursor that is not one, or that belongs to another sort
 */
export function readCursor(
  text: string | undefined,
  sort: string,
  isValue: (value: string) => boolean = isTime,
): Cursor | undefined {
  if (text === undefined) return undefined
  try {
    const [cursorSort, value, id, direction] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    const good =
      cursorSort === sort &&
      typeof value === 'string' &&
      isValue(value) &&
      typeof id === 'string' &&
      (direction === 'next' || direction === 'previous')
    if (good && !value.includes('\0') && !id.includes('\0')) return { sort, value, id, direction }
  } catch {
    // Falls through: not a cursor of ours.
  }
  throw invalidField('cursor', 'Is not a cursor of this list. Start again without one.')
}

/** As the database writes times, and one that there is: it refuses with an error what JavaScript would make sense of. */
function isTime(text: string): boolean {
  const time = new Date(text)
  const written = /^[1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?\+00$/.test(text)
  return written && !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.slice(0, 10))
}
