import 'server-only'
import { db } from '@/db'
import type { Actor } from '@/lib/actor'
import { readPolicy } from '@/lib/policy/read'
import { hasKeys } from './list'
import { isFull } from './within-policy'

/** Whether the site allows a project that `actor` may see one more key; the act itself looks again. */
export async function hasRoom(actor: Actor, projectId: string): Promise<boolean> {
  if (!(await hasKeys(actor, projectId))) return true
  const { maxKeysPerProject } = await readPolicy()
  return !(await isFull(db(), projectId, maxKeysPerProject))
}
