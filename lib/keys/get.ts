import 'server-only'
import { and, eq } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeys } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { notFound } from '@/lib/errors'
import { visibleTo } from '@/lib/visible'
import { type Key, selectKeys } from './key'

/**
 * One key that `actor` may see.
 *
 * @param tx the transaction of a write that answers with the key it changed
 * @throws Failure `not_found`, for foreign keys just as for unknown ids
 */
export async function getKey(actor: Actor, keyId: string, tx: Database = db()): Promise<Key> {
  return only(await selectKeys(tx, own(actor, keyId)))
}

/** As `getKey`, for a page that stands under a project: the key of another one is not found there. */
export async function getProjectKey(actor: Actor, projectId: string, keyId: string): Promise<Key> {
  return only(await selectKeys(db(), and(own(actor, keyId), eq(apiKeys.projectId, projectId))))
}

/** A key that the caller has locked, and so may see. */
export async function readKey(tx: Database, keyId: string): Promise<Key> {
  return only(await selectKeys(tx, eq(apiKeys.id, keyId)))
}

const own = (actor: Actor, keyId: string) =>
  and(eq(apiKeys.id, keyId), visibleTo(actor, apiKeys.projectId, 'keys:read'))

function only([key]: Key[]): Key {
  if (!key) throw notFound('key')
  return key
}
