import 'server-only'
import { and, eq } from 'drizzle-orm'
import type { Database } from '@/db'
import { oauthClients } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import { authorize } from '@/lib/projects/authorize'
import { isSiteAdmin } from '@/lib/users/admin'

/**
 * Locks an app that `actor` may change until the transaction ends, and reads it as it is then, with the actor's role.
 * The app's row comes after all that `authorize` locks, and before grants.
 *
 * @param options.asAdmin asks for a site admin or the command line instead of a role in the app's project
 * @throws Failure `not_found` for foreign and unknown ids alike, and what `authorize` throws
 */
export async function lockApp(tx: Database, actor: Actor, clientId: string, { asAdmin = false } = {}) {
  // Where the app belongs never changes, so this may be read before anything is locked.
  const [place] = await tx
    .select({ projectId: oauthClients.projectId })
    .from(oauthClients)
    .where(eq(oauthClients.id, clientId))
  if (!place || (asAdmin && !(await isSiteAdmin(tx, actor)))) throw notFound('app')
  const { role } = asAdmin ? { role: null } : await authorize(tx, actor, place.projectId, 'apps:write', { what: 'app' })
  const [app] = await tx
    .select()
    .from(oauthClients)
    .where(and(eq(oauthClients.id, clientId), eq(oauthClients.projectId, place.projectId)))
    // Not FOR UPDATE: whoever issues a token holds its grant and then points at this row.
    .for('no key update')
  if (!app) throw notFound('app')
  return { ...app, role }
}
