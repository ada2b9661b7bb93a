import 'server-only'
import type { Database } from '@/db'
import type { Actor } from '@/lib/actor'
import { managementScopes } from '@/lib/scopes'
import { requireRecentSignIn } from '@/lib/sessions/recent'

/**
 * For acts that hand out a working secret: one that manages other credentials goes only to who has just proved who they
 * are, or an unlocked screen would be enough to get a way in that stays.
 *
 * @param scopes what the secret is good for
 * @param tx the transaction that it is asked in, if any
 * @throws Failure `reauthentication_required`
 */
export async function requireRecentForManagement(
  actor: Actor,
  scopes: readonly string[],
  tx?: Database,
): Promise<void> {
  if (managementScopes.some((scope) => scopes.includes(scope))) await requireRecentSignIn(actor, tx)
}
