import 'server-only'
import { and, eq } from 'drizzle-orm'
import { db } from '@/db'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { visibleTo } from '@/lib/visible'
import { type App, selectApps } from './app'

/** The project's apps, newest first, at most 1,000. */
export const listApps = (actor: Actor, projectId: string): Promise<App[]> =>
  selectApps(db(), and(eq(oauthClients.projectId, projectId), visibleTo(actor, oauthClients.projectId, 'apps:read')))
