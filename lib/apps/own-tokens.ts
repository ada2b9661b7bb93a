import 'server-only'
import type { Database } from '@/db'
import type { Actor } from '@/lib/actor'
import { grantableScopes, requireGrantable } from '@/lib/keys/grantable'
import { readPolicy } from '@/lib/policy/read'
import type { Role } from '@/lib/projects/roles'
import { isScope } from '@/lib/scopes'

/**
 * Checks that `actor` may give an app these scopes for tokens of its own (client credentials). Whoever has the secret
 * has them, so it takes as much as making such a key. For apps that act for people only, those decide.
 *
 * @param allowManagement the command line's `--allow-key-management`
 * @throws Failure `insufficient_scope` or `forbidden`, naming the scope
 */
export async function requireOwnTokens(
  tx: Database,
  actor: Actor,
  role: Role,
  { grantTypes, scopes }: { grantTypes: readonly string[]; scopes: readonly string[] },
  { allowManagement = false } = {},
): Promise<void> {
  if (!grantTypes.includes('client_credentials')) return
  const grantable = grantableScopes(actor, role, await readPolicy(tx), { allowManagement })
  requireGrantable(actor, scopes.filter(isScope), grantable)
}
