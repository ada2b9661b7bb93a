import 'server-only'
import { and, eq } from 'drizzle-orm'
import type { Database } from '@/db'
import { apiKeySecrets, apiKeys, oauthArtifacts, oauthClients } from '@/db/schema'
import type { Actor } from './actor'
import { type Bound, type Bounds, earlier, narrower, widerIn } from './bounds'
import { Failure, invalidCredential } from './errors'
import { boundsUnder, ownBounds, readAncestors, unlimited } from './lineage'

// No act of a key or token may leave anybody with a credential that can do more than it can.

type KeyRow = typeof apiKeys.$inferSelect
type AppRow = typeof oauthClients.$inferSelect
type KeyLimits = Pick<KeyRow, 'allowedAddresses' | 'expiresAt' | 'rateLimitPerMinute'>

interface ActorBounds {
  /** What the credential that was sent can do at most. A secret ends with its overlap, and a token with its hour. */
  itself: Bounds
  /** The same for what ends together with its key, its grant or its app: a token can be renewed as long as those live. */
  forChildren: Bounds
  /** What that is: the id that its children have among their ancestors. */
  id: string
}

/**
 * Gives a key that a credential makes at most what that credential has: its addresses, its limit, its end. The check of
 * the child takes the narrower of the two in any case; this lets the child's own members tell the truth.
 *
 * @param asked what the key would get if a person made it, which is returned unchanged for a person
 * @throws Failure `forbidden` if no address is allowed for both
 */
export async function limitsForChild(tx: Database, actor: Actor, asked: KeyLimits): Promise<KeyLimits> {
  const maker = await readActorBounds(tx, actor)
  if (!maker) return asked
  const own = ownBounds({ ...asked, scopes: [] })
  const { addresses, expiresAt, rateLimit } = narrower(own, maker.forChildren)
  if (addresses?.length === 0) throw new Failure('forbidden', sentences.addresses)
  return {
    allowedAddresses: [...(addresses ?? [])],
    expiresAt,
    rateLimitPerMinute: rateLimit < own.rateLimit ? rateLimit : asked.rateLimitPerMinute,
  }
}

/**
 * Checks that everything a key can do lies within what the acting key or token can do. A person passes, and so does a
 * key that acts on itself.
 *
 * @param key its row, locked
 * @throws Failure `insufficient_scope`, or `forbidden` for wider addresses, a later end or a higher limit
 */
export async function requireKeyWithinActor(tx: Database, actor: Actor, key: KeyRow): Promise<void> {
  if (actor.kind === 'key' && actor.keyId === key.id) return
  await requireWithin(tx, actor, key, ownBounds(key))
}

/**
 * The same for an app, whose secret gives its own tokens and those of the people that it asks. They are accepted from
 * any address and have no end, unless a credential made the app.
 *
 * @throws Failure `insufficient_scope`, `forbidden`
 */
export async function requireAppWithinActor(tx: Database, actor: Actor, app: AppRow): Promise<void> {
  const scopes = app.grantTypes.includes('client_credentials') ? app.scopes : []
  await requireWithin(tx, actor, app, { ...unlimited(), scopes })
}

/**
 * Checks that a key or token does not widen a key, itself included. A person may.
 *
 * @throws Failure `forbidden`
 */
export function requireNotWider(
  actor: Actor,
  before: Parameters<typeof ownBounds>[0],
  after: Parameters<typeof ownBounds>[0],
): void {
  if (actor.kind !== 'key' && actor.kind !== 'token') return
  if (widerIn(ownBounds(after), ownBounds(before)) === null) return
  throw new Failure(
    'forbidden',
    'A key or token can take addresses and requests from a key but cannot give it more. Ask a person to do so.',
  )
}

async function requireWithin(tx: Database, actor: Actor, target: KeyRow | AppRow, own: Bounds): Promise<void> {
  const acting = await readActorBounds(tx, actor)
  if (!acting) return
  const ancestors = await readAncestors(tx, target, target.projectId)
  const isChild = target.id === acting.id || ancestors.some(({ id }) => id === acting.id)
  const outer = isChild ? acting.forChildren : acting.itself
  const inner = boundsUnder(own, ancestors)
  const wider = widerIn(inner, outer)
  if (wider === null) return
  const scope = inner.scopes.find((each) => !outer.scopes.includes(each))
  throw wider === 'scopes' && scope
    ? new Failure('insufficient_scope', `This has the scope ${scope}, which the credential lacks.`, { scope })
    : new Failure('forbidden', sentences[wider])
}

const sentences: Record<Bound, string> = {
  scopes: 'This can do more than the credential that asks. Ask a person to do it.',
  addresses: 'This is accepted from addresses that the credential is not accepted from. Ask a person to do it.',
  expiresAt: 'This works for longer than the credential that asks. Ask a person to do it.',
  rateLimit: 'This may make more requests a minute than the credential that asks. Ask a person to do it.',
}

/** Null for a person and the command line, whom roles limit. */
async function readActorBounds(tx: Database, actor: Actor): Promise<ActorBounds | null> {
  if (actor.kind === 'key') {
    const [row] = await tx
      .select({ key: apiKeys, endsAt: apiKeySecrets.endsAt })
      .from(apiKeys)
      .innerJoin(apiKeySecrets, and(eq(apiKeySecrets.keyId, apiKeys.id), eq(apiKeySecrets.id, actor.secretId)))
      .where(eq(apiKeys.id, actor.keyId))
    if (!row) throw invalidCredential()
    const bounds = boundsUnder(ownBounds(row.key), await readAncestors(tx, row.key, row.key.projectId))
    const itself = { ...bounds, scopes: actor.scopes, expiresAt: earlier(bounds.expiresAt, row.endsAt) }
    return { itself, forChildren: itself, id: actor.keyId }
  }
  if (actor.kind !== 'token') return null
  const [row] = await tx
    .select({ client: oauthClients, expiresAt: oauthArtifacts.expiresAt })
    .from(oauthArtifacts)
    .innerJoin(oauthClients, eq(oauthClients.id, oauthArtifacts.clientId))
    .where(eq(oauthArtifacts.id, actor.tokenId))
  if (!row) throw invalidCredential()
  const ancestors = actor.grantId === null ? await readAncestors(tx, row.client, row.client.projectId) : []
  const forChildren = boundsUnder({ ...unlimited(), scopes: actor.scopes }, ancestors)
  const itself = { ...forChildren, expiresAt: earlier(forChildren.expiresAt, row.expiresAt) }
  return { itself, forChildren, id: actor.grantId ?? actor.clientId }
}
