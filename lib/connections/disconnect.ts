import 'server-only'
import { and, eq, inArray } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { anyOf } from '@/db/any-of'
import { apiKeys, oauthGrants } from '@/db/schema'
import type { UserActor } from '@/lib/actor'
import { attempt } from '@/lib/audit/attempt'
import { Failure, notFound } from '@/lib/errors'
import { endGrants } from '@/lib/grants/end'
import { revokeKeys } from '@/lib/keys/revoke'
import { narrowing } from '@/lib/narrowing'
import { authorizePerson } from '@/lib/projects/authorize'
import { type Role, roleAllows } from '@/lib/projects/roles'
import type { DisconnectInput } from './input'

/**
 * Ends keys and grants together: all of them or, when one is not the person's to end, none. A person may end the keys
 * they answer for whatever their role has become, and those of others where it allows that. What ended meanwhile is left
 * as it is.
 *
 * @param input what the person was shown, so that nothing ends that they did not see
 * @returns how many ended now
 * @throws Failure `not_found` for foreign and unknown ids alike, `forbidden`, `conflict` when all had ended already
 */
export async function disconnect(actor: UserActor, input: DisconnectInput): Promise<{ keys: number; grants: number }> {
  return attempt(
    actor,
    { action: 'grant.removed', target: { kind: 'grant', id: input.grantIds[0] ?? input.keyIds[0] ?? '' } },
    () =>
      narrowing(actor, () =>
        db().transaction(async (tx) => {
          await requireOwnKeys(tx, actor, input.keyIds)
          const own = and(inArray(oauthGrants.id, input.grantIds), eq(oauthGrants.userId, actor.userId))
          if ((await tx.select({ id: oauthGrants.id }).from(oauthGrants).where(own)).length < input.grantIds.length) {
            throw notFound('connection')
          }
          const keys = await revokeKeys(tx, actor, input.keyIds, REASON)
          const grants = await endGrants(tx, actor, own)
          if (keys.length + grants.length === 0) throw new Failure('conflict', 'All of this had ended already.')
          return { keys: keys.length, grants: grants.length }
        }),
      ),
  )
}

/** Stands beside each key, where the other members of its project wonder who has ended it. */
const REASON = 'Disconnected'

/** Locks the keys, with all that the person's authority over them rests on. */
async function requireOwnKeys(tx: Database, actor: UserActor, keyIds: readonly string[]): Promise<void> {
  // Where a key belongs never changes, so this may be read before anything is locked.
  const wanted = anyOf(apiKeys.id, keyIds)
  const places = await tx.select({ projectId: apiKeys.projectId }).from(apiKeys).where(wanted)
  const projectIds = [...new Set(places.map(({ projectId }) => projectId))]
  const roles = await authorizePerson(tx, actor, { projectIds, keyIds })
  // Who answers for a key can change: read under its lock.
  const keys = await tx
    .select({ projectId: apiKeys.projectId, responsibleId: apiKeys.responsibleId })
    .from(apiKeys)
    .where(wanted)
  const roleIn = ({ projectId }: { projectId: string }): Role | undefined => roles.get(projectId)
  if (keys.length < keyIds.length || keys.some((key) => !roleIn(key))) throw notFound('connection')
  const foreign = keys.filter(({ responsibleId }) => responsibleId !== actor.userId)
  if (foreign.some((key) => !roleAllows(roleIn(key) ?? 'viewer', 'keys:write'))) {
    throw new Failure('forbidden', 'Your role in this project does not allow you to end keys of others. Ask an owner.')
  }
}
