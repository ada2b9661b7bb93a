import 'server-only'
import { type AnyColumn, and, eq, exists, isNull, or, type SQL, sql } from 'drizzle-orm'
import { alias, type PgSelect } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { db } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeySecrets, apiKeys, apiKeyUses, projects, thirdParties, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { type Cursors, cutPage, readCursor } from '@/lib/keyset'
import { matches } from '@/lib/search'
import { onlyAdmins, onlyAdminsStill } from '@/lib/users/admin'
import { bucketCondition } from './bucket'
import { listKeysSchema } from './input'
import type { Key } from './key'
import { after, inOrder, publicIdIn, type SortField, sortExpressions } from './list'
import { keyBuckets } from './listing'

/** A key as site admins see it: with the project it belongs to, and the address of who answers for it. */
export interface SiteKey extends Key {
  project: { id: string; slug: string; name: string }
  responsible: Key['responsible'] & { email: string }
}

/** What keeps the list of all keys to some of them. */
export const keyFilterSchema = z.strictObject({
  q: listKeysSchema.shape.q.default(''),
  status: z.enum(keyBuckets).default('unrevoked'),
})

export type KeyFilter = z.output<typeof keyFilterSchema>

interface SearchInput extends KeyFilter {
  sort?: z.output<typeof listKeysSchema>['sort']
  cursor?: string
  limit: number
  /** For a file that must have every key, which may take longer than a page: looks at all namesakes, however many. */
  every?: boolean
}

/**
 * A page of the keys of all projects, by keyset.
 *
 * @param input.q a part of a label, of the name of a project, third party or responsible person, or of that one's
 *   address; or a hint
 * @returns `cut` when more projects, people or third parties have `q` in their names than were looked at
 * @throws Failure `not_found` for who is no admin, `validation_failed` for a cursor that is not one
 */
export async function searchKeys(
  actor: Actor,
  { q, status, sort = '-createdAt', cursor: text, limit, every = false }: SearchInput,
): Promise<Cursors & { data: SiteKey[]; cut: boolean }> {
  if (every) await onlyAdminsStill(actor)
  else onlyAdmins(actor)
  const field = sort.replace('-', '') as SortField
  const cursor = readCursor(text, sort, field === 'label' ? () => true : undefined)
  const descending = sort.startsWith('-') !== (cursor?.direction === 'previous')
  const byUse = field === 'lastUsedAt'
  const value = sortExpressions[field]
  // In the order of last use its index leads, and its id is the one that breaks ties.
  const id = byUse ? apiKeyUses.keyId : apiKeys.id
  const direction = sql.raw(descending ? 'desc' : 'asc')
  const columns = { id: apiKeys.id, value: sql<string>`(${value})::text`.as('value'), ...searched }
  /** The keys from the cursor on, in order. */
  const ordered = (only?: SQL) =>
    withUses(
      db()
        .select({ ...columns, sorted: sql`${value}`.as('sorted') })
        .from(apiKeys)
        .$dynamic(),
      byUse || usesOf.has(status),
    )
      .where(and(bucketCondition[status](), only, cursor && after(field, value, id, cursor, descending)))
      .orderBy(sql`${value} ${direction}`, sql`${id} ${direction}`)
  const near = ordered()
    .limit(Math.max(LOOKED_AT_FIRST, 20 * limit))
    .as('near')
  const most = every ? undefined : MOST_NAMESAKES
  const wanted = or(...searchConditions(q, most, near))
  let rows: { id: string; value: string }[] | undefined =
    wanted &&
    (await db()
      .select({ id: near.id, value: near.value })
      .from(near)
      .where(wanted)
      .orderBy(sql`${near.sorted} ${direction}`, sql`${near.id} ${direction}`)
      .limit(limit + 1))
  // Not enough of them are near. The database must not go on in order, through all that are none, until there are.
  if (!rows || rows.length <= limit) {
    rows = await ordered(wanted && foundAnywhere(q, most)).limit(limit + 1)
  }
  const { page, ...cursors } = cutPage(rows, limit, sort, cursor)
  const cut = wanted !== undefined && !every && (await hasMoreNamesakes(q))
  return { data: await withPlaces(await inOrder(page.map((row) => row.id))), cut, ...cursors }
}

/**
 * The ids of some keys that pass a filter, are not revoked, and were made before `before`: those to revoke next. When
 * there are none, none is left: all namesakes are looked at, however many.
 */
export async function nextToRevoke(filter: KeyFilter, before: Date, limit: number): Promise<string[]> {
  const keys = db().select({ id: apiKeys.id }).from(apiKeys).$dynamic()
  const rows = await withUses(keys, usesOf.has(filter.status))
    .where(
      and(
        bucketCondition[filter.status](),
        or(...searchConditions(filter.q)),
        isNull(apiKeys.revokedAt),
        sql`${apiKeys.createdAt} <= ${before.toISOString()}`,
      ),
    )
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Buckets whose condition is about the latest use. */
const usesOf = new Set<string>(['never_used', 'unused'])

function withUses<Query extends PgSelect>(keys: Query, join: boolean): Query {
  if (join) keys.innerJoin(apiKeyUses, eq(apiKeyUses.keyId, apiKeys.id))
  return keys
}

/** How many keys a search looks at in order, before it looks for those that match wherever they are. */
const LOOKED_AT_FIRST = 2_000

/** What a key is searched by, in its row. */
const searched = {
  label: apiKeys.label,
  thirdPartyId: apiKeys.thirdPartyId,
  projectId: apiKeys.projectId,
  responsibleId: apiKeys.responsibleId,
}

/** How many projects, people and third parties of a name a page looks at: who searches for "a" means none of them. */
export const MOST_NAMESAKES = 200

/** Whose name says that their keys are meant, each with the column of keys that holds their id. */
const namesakes = (text: string) => ({
  thirdPartyId: { of: thirdParties, named: matches(text, thirdParties.name) },
  projectId: { of: projects, named: or(matches(text, projects.name), eq(projects.slug, text)) },
  responsibleId: { of: users, named: or(matches(text, users.name), matches(text, users.email, { lower: false })) },
})

const asSearched = (q: string) => q.normalize('NFC').trim().toLowerCase()

/**
 * As in the list of one project: what is not the key's own is found first, up to `most` of each, as values that the
 * indexes are asked for. Where all are meant, they may be more than a list of values should hold.
 */
function searchConditions(
  q: string,
  most?: number,
  keys: Record<keyof typeof searched | 'id', AnyColumn> = apiKeys,
): SQL[] {
  const text = asSearched(q)
  if (!text) return []
  const publicId = publicIdIn(q)
  const hinted = db()
    .select({ id: apiKeySecrets.keyId })
    .from(apiKeySecrets)
    .where(eq(apiKeySecrets.publicId, publicId ?? ''))
  const others = Object.entries(namesakes(text)).map(([field, { of, named }]) => {
    const column = keys[field as keyof ReturnType<typeof namesakes>]
    const ids = db().select({ id: of.id }).from(of).$dynamic()
    if (most === undefined) return exists(ids.where(and(named, eq(of.id, column))))
    return sql`${column} = any(array${ids.where(named).limit(most)})`
  })
  return [matches(text, keys.label), ...others, ...(publicId ? [sql`${keys.id} = ${hinted}`] : [])]
}

/** As a list that is made first, each part by its own index, whatever the database thinks of how many there are. */
function foundAnywhere(q: string, most?: number): SQL | undefined {
  const parts = searchConditions(q, most).map((condition) =>
    db().select({ id: apiKeys.id }).from(apiKeys).where(condition).getSQL(),
  )
  if (parts.length === 0) return undefined
  return sql`${apiKeys.id} = any(array(${sql.join(parts, sql` union all `)}))`
}

async function hasMoreNamesakes(q: string): Promise<boolean> {
  const more = Object.values(namesakes(asSearched(q))).map(({ of, named }) => {
    const one = db().select({ id: of.id }).from(of).where(named).offset(MOST_NAMESAKES).limit(1)
    return sql`exists ${one}`
  })
  const [row] = await db()
    .select({ more: sql<boolean>`${sql.join(more, sql` or `)}` })
    .from(sql`(values (1)) as one`)
  return row?.more ?? false
}

const responsible = alias(users, 'responsible')

/** Keys as they come, each with its project. */
export async function withPlaces(keys: Key[]): Promise<SiteKey[]> {
  if (keys.length === 0) return []
  const ids = keys.map(({ id }) => id)
  const rows = await db()
    .select({
      id: apiKeys.id,
      project: { id: projects.id, slug: projects.slug, name: projects.name },
      email: responsible.email,
    })
    .from(apiKeys)
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .innerJoin(responsible, eq(responsible.id, apiKeys.responsibleId))
    .where(anyOf(apiKeys.id, ids))
  const places = new Map(rows.map((row) => [row.id, row]))
  return keys.flatMap((key) => {
    const place = places.get(key.id)
    return place ? [{ ...key, project: place.project, responsible: { ...key.responsible, email: place.email } }] : []
  })
}
