import 'server-only'
import { and, eq, inArray } from 'drizzle-orm'
import type { Database } from '@/db'
import { apiKeys, oauthClients, users } from '@/db/schema'
import type { Actor } from '@/lib/actor'
import { Failure } from '@/lib/errors'
import { adminGrantedScopes } from '@/lib/scopes'

/**
 * Admin-granted scopes end with the admin role of the person who is responsible for a key or app. The command line may
 * give them to somebody who never had that role, such as for the gateway's key; then they rest on the operator's word.
 *
 * @returns whether they rest on the operator's word
 * @throws Failure `forbidden` if an admin would give them to what a person who is not an admin is responsible for
 */
export async function restsOnOperator(
  tx: Database,
  actor: Actor,
  responsibleId: string,
  scopes: readonly string[],
): Promise<boolean> {
  const given = adminGrantedScopes.find((scope) => scopes.includes(scope))
  if (given === undefined) return false
  const [person] = await tx
    .select({ name: users.name, isAdmin: users.isAdmin })
    .from(users)
    .where(eq(users.id, responsibleId))
  if (person?.isAdmin) return false
  if (actor.kind === 'system') return true
  throw new Failure(
    'forbidden',
    `${given} ends with the admin role, and ${person?.name}, who is responsible, is not an admin. Register an app of your own.`,
  )
}

/**
 * Ends the admin-granted scopes of everything that a person is responsible for, also those that the command line gave
 * before the person became an admin. Their admin role must have been taken away in the same transaction.
 */
export async function endOperatorGrants(tx: Database, userId: string): Promise<void> {
  for (const table of [apiKeys, oauthClients] as const) {
    const held = tx
      .select({ id: table.id })
      .from(table)
      .where(and(eq(table.responsibleId, userId), eq(table.grantedByOperator, true)))
      .orderBy(table.id)
      .for('no key update')
    await tx.update(table).set({ grantedByOperator: false }).where(inArray(table.id, held))
  }
}
