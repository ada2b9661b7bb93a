import 'server-only'
import { and, eq, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { db } from '@/db'
import { oauthClients, projects } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { type Count, countAbout } from '@/lib/count-about'
import { type Cursors, cutPage, readCursor } from '@/lib/keyset'
import { matches } from '@/lib/search'
import { onlyAdmins } from '@/lib/users/admin'
import { type App, selectApps } from './app'
import { shownDigest } from './shown'

/** An app as site admins see it: with the project it belongs to. */
export interface SiteApp extends App {
  project: { id: string; slug: string; name: string }
  /** What people are shown of it, as `markApp` takes it. */
  shown: string
}

/** What site admins can keep the list of all apps to. */
const appShows = ['all', 'unverified', 'verified', 'first_party', 'disabled'] as const

export const searchAppsSchema = z.strictObject({
  q: z.string().max(200).default(''),
  show: z.enum(appShows).default('all'),
  cursor: z.string().max(2000).optional(),
  limit: z.int().min(1).max(100).default(50),
})

const SORT = '-createdAt'

/**
 * A page of the apps of all projects, newest first.
 *
 * @param input.q a part of the name, or with fewer than three letters its start; or a client id
 * @throws Failure `not_found` for who is no admin, `validation_failed` for a cursor that is not one
 */
export async function searchApps(
  actor: Actor,
  { q, show, cursor: text, limit }: z.output<typeof searchAppsSchema>,
): Promise<Cursors & { data: SiteApp[] }> {
  onlyAdmins(actor)
  const cursor = readCursor(text, SORT)
  const backwards = cursor?.direction === 'previous'
  const direction = sql.raw(backwards ? 'asc' : 'desc')
  const { id, createdAt } = oauthClients
  const after =
    cursor &&
    sql`(${createdAt}, ${id}) ${sql.raw(backwards ? '>' : '<')} (${cursor.value}::text::timestamptz(3), ${cursor.id})`
  const rows = await db()
    .select({ id, value: sql<string>`(${createdAt})::text` })
    .from(oauthClients)
    .where(and(conditionOf[show], searchCondition(q), after))
    .orderBy(sql`${createdAt} ${direction}`, sql`${id} ${direction}`)
    .limit(limit + 1)
  const { page, ...cursors } = cutPage(rows, limit, SORT, cursor)
  return { data: await selectSiteApps(page.map((row) => row.id)), ...cursors }
}

/** How many apps no admin has verified: exactly when they are few, else about. */
export async function countUnverifiedApps(actor: Actor): Promise<Count> {
  onlyAdmins(actor)
  const apps = db().select({ one: sql`1` }).from(oauthClients)
  return countAbout(apps.where(conditionOf.unverified).getSQL())
}

const conditionOf: Record<(typeof appShows)[number], SQL | undefined> = {
  all: undefined,
  unverified: and(isNull(oauthClients.verifiedAt), isNull(oauthClients.disabledAt)),
  verified: isNotNull(oauthClients.verifiedAt),
  first_party: eq(oauthClients.isFirstParty, true),
  disabled: isNotNull(oauthClients.disabledAt),
}

function searchCondition(q: string): SQL | undefined {
  const text = q.normalize('NFC').trim()
  return text ? or(matches(text.toLowerCase(), oauthClients.name), eq(oauthClients.id, text)) : undefined
}

async function selectSiteApps(ids: string[]): Promise<SiteApp[]> {
  if (ids.length === 0) return []
  const apps = await selectApps(db(), inArray(oauthClients.id, ids))
  const places = await db()
    .select({ id: oauthClients.id, project: { id: projects.id, slug: projects.slug, name: projects.name } })
    .from(oauthClients)
    .innerJoin(projects, eq(projects.id, oauthClients.projectId))
    .where(inArray(oauthClients.id, ids))
  const known = new Map(apps.map((app) => [app.id, app]))
  const projectOf = new Map(places.map(({ id, project }) => [id, project]))
  return ids.flatMap((id) => {
    const [app, project] = [known.get(id), projectOf.get(id)]
    return app && project ? [{ ...app, project, shown: shownDigest(app, project.name) }] : []
  })
}
