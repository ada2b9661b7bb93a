import 'server-only'
import { and, eq } from 'drizzle-orm'
import type { Database } from '@/db'
import { apiKeys } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import { authorize, lockKeys } from '@/lib/projects/authorize'
import { isSiteAdmin } from '@/lib/users/admin'
import { childrenOf } from './children'

/**
 * Locks a key that `actor` may change until the transaction ends, and reads it as it is then, with the actor's role.
 *
 * @param options.orSelf lets a key without `keys:write` change itself
 * @param options.withChildren locks the keys that it made too
 * @param options.asAdmin asks for a site admin or the command line instead of a role in the key's project
 * @throws Failure `not_found` for foreign and unknown ids alike, and what `authorize` throws
 */
export async function lockKey(
  tx: Database,
  actor: Actor,
  keyId: string,
  { orSelf = false, asAdmin = false, withChildren = false } = {},
) {
  // Where the key belongs never changes, so this may be read before anything is locked.
  const [place] = await tx.select({ projectId: apiKeys.projectId }).from(apiKeys).where(eq(apiKeys.id, keyId))
  if (!place || (asAdmin && !(await isSiteAdmin(tx, actor)))) throw notFound('key')
  // Locked together, in the one order. While the key is locked it makes no more.
  const children = withChildren ? await childrenOf(tx, keyId) : []
  const { role } = asAdmin
    ? { role: null }
    : await authorize(tx, actor, place.projectId, 'keys:write', { what: 'key', keyIds: [keyId, ...children], orSelf })
  if (asAdmin) await lockKeys(tx, [keyId])
  const [key] = await tx
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), eq(apiKeys.projectId, place.projectId)))
  if (!key) throw notFound('key')
  return { ...key, role }
}
