import 'server-only'
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Database } from '@/db'
import { anyOf } from '@/db/any-of'
import {
  apiKeySecrets,
  apiKeys,
  memberships,
  oauthArtifacts,
  oauthClients,
  oauthGrants,
  projects,
  sessions,
  users,
} from '@/db/schema'
import type { Actor, KeyActor, TokenActor, UserActor } from '@/lib/actor'
import { Failure, invalidCredential, notFound } from '@/lib/errors'
import { type Ancestor, hasParent, type Parent, readAncestors, refuseByAncestors } from '@/lib/lineage'
import { roleForbids } from '@/lib/visible'
import { type Capability, type Role, roleAllows } from './roles'

/** What a write may rely on until its transaction ends: none of it can be taken away in between. */
export interface Authority {
  /** Null for the command line and the server. */
  role: Role | null
}

/**
 * Checks inside a write's own transaction that `actor` may do `capability` in the project now, and holds what that
 * rests on (membership, account, session, key) until the transaction ends. So an act either commits before the
 * revocation of whoever did it, or does not happen: nothing appears after the answer to that revocation.
 *
 * Rows are locked in one order everywhere: membership, person, session, keys by id, grants by id, tokens, then the app.
 * Two acts cannot deadlock. Acts that change memberships or end the project lock those first, by `lockMembers`.
 *
 * @param what the noun of the `not_found` that strangers get, the same as for an id that does not exist
 * @param keyIds keys that the act will change; locked here, in order, together with the acting key
 * @throws Failure `not_found` for strangers, `forbidden` for a role that does not allow it, `invalid_credentials`,
 *   `revoked_credentials` or `insufficient_scope` when the credential was ended or narrowed since it was judged
 */
export async function authorize(
  tx: Database,
  actor: Actor,
  projectId: string,
  capability: Capability,
  { what = 'project', keyIds = [] as readonly string[], orSelf = false } = {},
): Promise<Authority> {
  if (actor.kind === 'system') {
    await lockKeys(tx, keyIds)
    return { role: null }
  }
  if (actor.kind !== 'user' && actor.projectId !== projectId) throw notFound(what)
  const role = await lockMembership(tx, actor, projectId, what)
  if (actor.kind === 'user') {
    await lockSession(tx, actor)
    await lockKeys(tx, keyIds)
  } else if (actor.kind === 'token') {
    const above = await lockAncestors(tx, actor, projectId, keyIds)
    await requireLiveToken(tx, actor, capability)
    await above()
  } else {
    const above = await lockAncestors(tx, actor, projectId, [actor.keyId, ...keyIds])
    const self = orSelf && keyIds.every((id) => id === actor.keyId)
    await requireLiveKey(tx, actor, self ? null : capability)
    await above()
    if (self) return { role }
  }
  if (!roleAllows(role, capability)) throw roleForbids(role, capability, projectId)
  return { role }
}

/**
 * As `authorize`, for an act of a person across projects or on what is their own: holds their memberships in the
 * projects named, their account, session and the keys, in the same order, and leaves to the caller what each role allows.
 *
 * @returns the person's role in each of the projects; those that are not theirs are missing
 * @throws Failure `invalid_credentials` when the account or the session has ended
 */
export async function authorizePerson(
  tx: Database,
  actor: UserActor,
  { projectIds = [] as readonly string[], keyIds = [] as readonly string[] } = {},
): Promise<Map<string, Role>> {
  const held =
    projectIds.length === 0
      ? []
      : await tx
          .select({ projectId: memberships.projectId, role: memberships.role })
          .from(memberships)
          .innerJoin(projects, and(eq(projects.id, memberships.projectId), isNull(projects.deletedAt)))
          .where(and(inArray(memberships.projectId, [...projectIds]), eq(memberships.userId, actor.userId)))
          .orderBy(memberships.projectId)
          .for('share')
  const [person] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, actor.userId), isNull(users.disabledAt)))
    .for('share')
  if (!person) throw new Failure('invalid_credentials', 'The account is disabled.')
  await lockSession(tx, actor)
  await lockKeys(tx, keyIds)
  return new Map(held.map(({ projectId, role }) => [projectId, role]))
}

/**
 * As `authorizePerson`, for an act that changes the actor's own account or what leads into it. The account is held so
 * that the act may change it, and before the session: of two acts on one account, the ending of its sessions among them,
 * one waits and then sees what the other did. Not after what shares that row, such as `authorizePerson`: two acts
 * that share it could not both go on to change it.
 *
 * @returns the account as it is then
 * @throws Failure `invalid_credentials` when the account or the session has ended
 */
export async function authorizeSelf(tx: Database, actor: UserActor): Promise<typeof users.$inferSelect> {
  const [self] = await tx
    .select()
    .from(users)
    .where(and(eq(users.id, actor.userId), isNull(users.disabledAt)))
    .for('no key update')
  if (!self) throw new Failure('invalid_credentials', 'The account is disabled.')
  await lockSession(tx, actor)
  return self
}

async function lockMembership(
  tx: Database,
  actor: UserActor | KeyActor | TokenActor,
  projectId: string,
  what: string,
): Promise<Role> {
  const userId = actor.kind === 'user' ? actor.userId : actor.responsibleId
  const [membership] = await tx
    .select({ role: memberships.role })
    .from(memberships)
    .innerJoin(users, and(eq(users.id, memberships.userId), isNull(users.disabledAt)))
    .innerJoin(projects, and(eq(projects.id, memberships.projectId), isNull(projects.deletedAt)))
    .where(and(eq(memberships.projectId, projectId), eq(memberships.userId, userId)))
    .for('share')
  if (membership) return membership.role
  throw actor.kind === 'user' ? notFound(what) : invalidCredential()
}

async function lockSession(tx: Database, actor: UserActor): Promise<void> {
  if (actor.sessionId === null) return
  const [session] = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.id, actor.sessionId), isNull(sessions.endedAt)))
    .for('share')
  if (!session) throw new Failure('invalid_credentials', 'The session has ended. Sign in again.')
}

/** Locks keys in the one order that they are locked in everywhere. */
export async function lockKeys(tx: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(anyOf(apiKeys.id, [...new Set(ids)]))
    .orderBy(apiKeys.id)
    .for('update')
}

/**
 * Locks keys, and with them everything that made the acting credential: where that stands never changes, so it may be
 * read first.
 *
 * @returns checks that all of it still lives; throws the Failure that the credential would be refused with now
 */
async function lockAncestors(
  tx: Database,
  actor: KeyActor | TokenActor,
  projectId: string,
  keyIds: readonly string[],
): Promise<() => Promise<void>> {
  const child = await readChild(tx, actor)
  if (!child || !hasParent(child)) {
    await lockKeys(tx, keyIds)
    return async () => {}
  }
  const above = await readAncestors(tx, child, projectId)
  const idsOf = (kind: Ancestor['kind']) => above.filter((each) => each.kind === kind).map(({ id }) => id)
  await lockKeys(tx, [...keyIds, ...idsOf('key')])
  for (const [table, ids] of [
    [oauthGrants, idsOf('grant')],
    [oauthClients, idsOf('client')],
  ] as const) {
    if (ids.length > 0) {
      await tx.select({ id: table.id }).from(table).where(inArray(table.id, ids)).orderBy(table.id).for('share')
    }
  }
  return async () => {
    const now = await readAncestors(tx, child, projectId)
    const refusal = refuseByAncestors(now, now[0]?.now.getTime() ?? 0, actor.origin.address)
    if (refusal) throw refusal
  }
}

/** The row that says what made the acting credential. Access to a person's account was given by that person. */
async function readChild(tx: Database, actor: KeyActor | TokenActor): Promise<Parent | undefined> {
  if (actor.kind === 'token' && actor.grantId !== null) return undefined
  const [table, id] =
    actor.kind === 'key' ? ([apiKeys, actor.keyId] as const) : ([oauthClients, actor.clientId] as const)
  const { parentKeyId, parentGrantId, parentClientId } = table
  const [row] = await tx.select({ parentKeyId, parentGrantId, parentClientId }).from(table).where(eq(table.id, id))
  return row
}

/** Read only after the key's row was locked, so that this statement sees whatever ended it meanwhile. */
async function requireLiveKey(tx: Database, actor: KeyActor, scope: Capability | null): Promise<void> {
  const [key] = await tx
    .select({
      scopes: apiKeys.scopes,
      // `clock_timestamp()`, since `now()` stands still from the transaction's begin.
      ended: sql<boolean>`${apiKeys.revokedAt} is not null or coalesce(${apiKeySecrets.endsAt} <= clock_timestamp(), false)`,
    })
    .from(apiKeys)
    .innerJoin(apiKeySecrets, and(eq(apiKeySecrets.keyId, apiKeys.id), eq(apiKeySecrets.id, actor.secretId)))
    .where(eq(apiKeys.id, actor.keyId))
  if (!key || key.ended) throw new Failure('revoked_credentials', 'The credential was revoked. Ask for a new one.')
  if (scope && !(key.scopes as string[]).includes(scope)) {
    throw new Failure('insufficient_scope', `The credential lacks the scope ${scope}. Use one that holds it.`, {
      scope,
    })
  }
}

/** As for keys: the grant, the token and the app are held as they are now, and what they still allow is asked anew. */
async function requireLiveToken(tx: Database, actor: TokenActor, scope: Capability): Promise<void> {
  const [grant] =
    actor.grantId === null
      ? []
      : await tx.select().from(oauthGrants).where(eq(oauthGrants.id, actor.grantId)).for('share')
  const [token] = await tx
    .select({
      scopes: oauthArtifacts.scopes,
      ended: sql<boolean>`${oauthArtifacts.endedAt} is not null or ${oauthArtifacts.expiresAt} <= clock_timestamp()`,
    })
    .from(oauthArtifacts)
    .where(eq(oauthArtifacts.id, actor.tokenId))
    .for('share')
  const [client] = await tx.select().from(oauthClients).where(eq(oauthClients.id, actor.clientId)).for('share')
  if (!token || token.ended || !client || client.disabledAt || grant?.revokedAt) {
    throw new Failure('revoked_credentials', 'The access that this token was given has ended. Ask for access again.')
  }
  const bounds = [token.scopes, client.scopes, ...(grant ? [grant.scopes] : [])]
  if (!bounds.every((scopes) => scopes.includes(scope))) {
    throw new Failure('insufficient_scope', `The credential lacks the scope ${scope}. Use one that holds it.`, {
      scope,
    })
  }
}
