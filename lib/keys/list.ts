import 'server-only'
import { and, eq, exists, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { db } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeySecrets, apiKeys, apiKeyUses, NEVER_EXPIRES, thirdParties } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { type Cursor, type Cursors, cutPage, readCursor } from '@/lib/keyset'
import { matches } from '@/lib/search'
import { visibleTo } from '@/lib/visible'
import type { listKeysSchema } from './input'
import { type Key, selectKeys, statusCondition } from './key'
import type { sortFields } from './listing'

export type SortField = (typeof sortFields)[number]

export interface ListKeysInput extends Omit<z.infer<typeof listKeysSchema>, 'status'> {
  projectId: string
  /** `unrevoked` is what people mean by "the keys": all but those that were ended on purpose. */
  status?: z.infer<typeof listKeysSchema>['status'] | 'unrevoked'
}

export interface KeyPage extends Cursors {
  data: Key[]
}

/** What each sort compares, as an expression of its index. `id` breaks ties, so that the order is total. */
export const sortExpressions: Record<SortField, SQL> = {
  createdAt: sql`${apiKeys.createdAt}`,
  lastUsedAt: sql`${apiKeyUses.usedAt}`,
  expiresAt: sql`coalesce(${apiKeys.expiresAt}, ${NEVER_EXPIRES})`,
  label: sql`lower(${apiKeys.label}) collate "C"`,
}

/**
 * A page of a project's keys, by keyset: the cost of a page does not grow with its distance from the first.
 *
 * @throws Failure `validation_failed` for a cursor that is not one, or that belongs to another sort
 */
export async function listKeys(actor: Actor, input: ListKeysInput): Promise<KeyPage> {
  const field = input.sort.replace('-', '') as SortField
  const cursor = readCursor(input.cursor, input.sort, field === 'label' ? () => true : undefined)
  const backwards = cursor?.direction === 'previous'
  const descending = input.sort.startsWith('-') !== backwards

  // Last use stands in a table of its own; in that order its index leads, and its id is the one that breaks ties.
  const byUse = field === 'lastUsedAt'
  const value = sortExpressions[field]
  const id = byUse ? apiKeyUses.keyId : apiKeys.id
  const direction = sql.raw(descending ? 'desc' : 'asc')
  const keys = db()
    .select({ id: apiKeys.id, value: sql<string>`(${value})::text` })
    .from(apiKeys)
    .$dynamic()
  if (byUse)
    keys.innerJoin(apiKeyUses, and(eq(apiKeyUses.keyId, apiKeys.id), eq(apiKeyUses.projectId, input.projectId)))
  const rows = await keys
    .where(
      and(
        eq(apiKeys.projectId, input.projectId),
        visibleTo(actor, apiKeys.projectId, 'keys:read'),
        input.status === 'unrevoked' ? isNull(apiKeys.revokedAt) : input.status && statusCondition[input.status],
        thirdPartyCondition(input.thirdParty),
        searchCondition(input.projectId, input.q),
        cursor && after(field, value, id, cursor, descending),
      ),
    )
    .orderBy(sql`${value} ${direction}`, sql`${id} ${direction}`)
    .limit(input.limit + 1)

  const { page, ...cursors } = cutPage(rows, input.limit, input.sort, cursor)
  return { data: await inOrder(page.map((row) => row.id)), ...cursors }
}

/** True when the project has any key at all, revoked ones included: an empty table is not always an empty project. */
export async function hasKeys(actor: Actor, projectId: string): Promise<boolean> {
  const own = and(eq(apiKeys.projectId, projectId), visibleTo(actor, apiKeys.projectId, 'keys:read'))
  const [row] = await db()
    .select({ any: exists(db().select({ one: sql`1` }).from(apiKeys).where(own)) })
    .from(sql`(select 1) as one`)
  return Boolean(row?.any)
}

/** Those keys, in the order of their ids as given. */
export async function inOrder(ids: string[]): Promise<Key[]> {
  if (ids.length === 0) return []
  const keys = new Map((await selectKeys(db(), anyOf(apiKeys.id, ids))).map((key) => [key.id, key]))
  return ids.flatMap((id) => keys.get(id) ?? [])
}

function thirdPartyCondition(thirdParty: string | undefined): SQL | undefined {
  if (thirdParty === undefined) return undefined
  return thirdParty === 'none' ? isNull(apiKeys.thirdPartyId) : eq(apiKeys.thirdPartyId, thirdParty)
}

/**
 * Label or third party containing `q`, or the key whose hint it is. Each part can be looked up in an index, third
 * parties and hint as values that are found first; so the database may join the three, or read the keys in the order
 * wanted until the page is full.
 */
function searchCondition(projectId: string, q: string | undefined): SQL | undefined {
  const text = q?.normalize('NFC').trim().toLowerCase()
  if (!q || !text) return undefined
  const parties = db()
    .select({ id: thirdParties.id })
    .from(thirdParties)
    .where(and(eq(thirdParties.projectId, projectId), matches(text, thirdParties.name)))
  const publicId = publicIdIn(q)
  const hinted = db()
    .select({ id: apiKeySecrets.keyId })
    .from(apiKeySecrets)
    .where(eq(apiKeySecrets.publicId, publicId ?? ''))
  return or(
    matches(text, apiKeys.label),
    sql`${apiKeys.thirdPartyId} = any(array${parties})`,
    publicId ? sql`${apiKeys.id} = ${hinted}` : undefined,
  )
}

/** The public id in a hint, such as `lk_7Gh2kQpX9sLm_…`. */
export const publicIdIn = (q: string): string | undefined =>
  /^[0-9A-Za-z]{2,9}_([0-9A-Za-z]{12})(_|$)/.exec(q.trim())?.[1]

/** A row comparison, which the index can start from; the same as two conditions joined by OR could not. */
export function after(
  field: SortField,
  value: SQL,
  id: SQL | typeof apiKeys.id | typeof apiKeyUses.keyId,
  cursor: Cursor,
  descending: boolean,
): SQL {
  const bound = field === 'label' ? sql`${cursor.value} collate "C"` : sql`${cursor.value}::text::timestamptz(3)`
  return descending
    ? sql`(${value}, ${id}) < (${bound}, ${cursor.id})`
    : sql`(${value}, ${id}) > (${bound}, ${cursor.id})`
}
