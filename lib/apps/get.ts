import 'server-only'
import { and, eq } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import { visibleTo } from '@/lib/visible'
import { type App, selectApps } from './app'

/**
 * One app that `actor` may see.
 *
 * @param tx the transaction of a write that answers with the app it changed
 * @throws Failure `not_found`, for foreign apps just as for unknown ids
 */
export async function getApp(actor: Actor, clientId: string, tx: Database = db()): Promise<App> {
  return only(await selectApps(tx, own(actor, clientId)))
}

/** As `getApp`, for a page that stands under a project: the app of another one is not found there. */
export async function getProjectApp(actor: Actor, projectId: string, clientId: string): Promise<App> {
  return only(await selectApps(db(), and(own(actor, clientId), eq(oauthClients.projectId, projectId))))
}

/** An app that the caller has locked, and so may see. */
export async function readApp(tx: Database, clientId: string): Promise<App> {
  return only(await selectApps(tx, eq(oauthClients.id, clientId)))
}

const own = (actor: Actor, clientId: string) =>
  and(eq(oauthClients.id, clientId), visibleTo(actor, oauthClients.projectId, 'apps:read'))

function only([app]: App[]): App {
  if (!app) throw notFound('app')
  return app
}
