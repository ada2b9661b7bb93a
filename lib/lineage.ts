import 'server-only'
import { and, eq, sql } from 'drizzle-orm'
import { type Database, db } from '@/db'
import { apiKeys, memberships, oauthClients, oauthGrants, projects, users } from '@/db/schema'
import type { Actor } from './actor'
import { addressTest } from './addresses'
import { type Bounds, earlier, narrower } from './bounds'
import { env } from './env'
import { Failure, invalidCredential, type KeySubject } from './errors'
import { isAnsweredFor } from './oauth/answered-for'
import { type AdminStanding, type Role, scopesWithin, withinAdminRole } from './projects/roles'
import type { Scope } from './scopes'

/** The credential that made a key or an app, as their rows have it. At most one is set, and it never changes. */
export interface Parent {
  parentKeyId: string | null
  parentGrantId: string | null
  parentClientId: string | null
}

/** What made a credential, or made what made it, as it is now. */
export interface Ancestor extends Bounds {
  /** `grant` is a person's access to an app, `client` an app's access of its own. */
  kind: 'key' | 'grant' | 'client'
  id: string
  name: string
  /** Null for any address. */
  addressAllowed: ((address: string | null) => boolean) | null
  /** Nobody is responsible for it any more, its project was deleted, or its app is disabled. */
  isGone: boolean
  revokedAt: Date | null
  /** The database's time when it was read. */
  now: Date
}

/** How many ancestors a credential may have. Each costs a read when the credential is checked. */
export const MAX_ANCESTORS = 5

const noParent: Parent = { parentKeyId: null, parentGrantId: null, parentClientId: null }

/** The parent of what `actor` makes: none if a person or the command line does. */
export function parentFor(actor: Actor): Parent {
  if (actor.kind === 'key') return { ...noParent, parentKeyId: actor.keyId }
  if (actor.kind !== 'token') return noParent
  return actor.grantId === null
    ? { ...noParent, parentClientId: actor.clientId }
    : { ...noParent, parentGrantId: actor.grantId }
}

export const hasParent = ({ parentKeyId, parentGrantId, parentClientId }: Parent): boolean =>
  (parentKeyId ?? parentGrantId ?? parentClientId) !== null

/**
 * What made a credential, the nearest first, as it is now.
 *
 * @param projectId the credential's project, which all of them share
 */
export async function readAncestors(database: Database, of: Parent, projectId: string): Promise<Ancestor[]> {
  const found: Ancestor[] = []
  for (let next: Parent | undefined = of; next && hasParent(next); ) {
    const row: (Ancestor & Parent) | undefined = await readParent(database, next, projectId)
    // A chain that cannot be followed to its end must not be good for anything.
    if (!row || found.length === MAX_ANCESTORS) throw new Error('the lineage of a credential is broken or too long')
    found.push(row)
    next = row
  }
  return found
}

/** The part of a credential's record that its lineage decides. */
export interface LineageRecord {
  ancestors: readonly Ancestor[]
  scopes: Scope[]
  /** Set as long as the ancestors have not been read: until then the record is good for no verdict on a right secret. */
  complete: (() => Promise<void>) | undefined
}

/**
 * Lets a child's record read its ancestors once its secret was matched. Read before, they would cost a wrong secret more
 * statements than an unknown id, and tell both apart.
 */
export function withLineage<R extends LineageRecord>(record: R, of: Parent, projectId: string): R {
  let reading: Promise<void> | undefined
  const read = async () => {
    const ancestors = await readAncestors(db(), of, projectId)
    Object.assign(record, { ancestors, scopes: scopesUnder(record.scopes, ancestors), complete: undefined })
  }
  record.complete = () => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
  return record
}

/** @throws Failure `forbidden` if what `actor` makes would have more than `MAX_ANCESTORS` */
export async function requireShallow(tx: Database, actor: Actor, projectId: string): Promise<void> {
  const parent = parentFor(actor)
  if (!hasParent(parent)) return
  const nearest = await readParent(tx, parent, projectId)
  const further = nearest ? await readAncestors(tx, nearest, projectId) : []
  if (further.length >= MAX_ANCESTORS) {
    throw new Failure('forbidden', `A person must make this: ${MAX_ANCESTORS} credentials made one another already.`)
  }
}

/**
 * What a child is refused for because of its ancestors, if anything. The caller has matched the child's secret.
 *
 * @param now the database's time, in ms
 */
export function refuseByAncestors(
  ancestors: readonly Ancestor[],
  now: number,
  address: string | null,
  subject?: KeySubject,
): Failure | null {
  for (const { isGone, revokedAt, expiresAt, addressAllowed } of ancestors) {
    if (isGone) return invalidCredential()
    if (revokedAt)
      return new Failure('revoked_credentials', 'What made this credential was revoked.', { subject, final: true })
    if (expiresAt && expiresAt.getTime() <= now)
      return new Failure('expired_credentials', 'What made this credential has expired.', { subject, final: true })
    if (addressAllowed && !addressAllowed(address)) {
      const message = 'What made this credential is not accepted from this address, and so neither is this.'
      return new Failure('address_not_allowed', message, { subject })
    }
  }
  return null
}

/** The part of `scopes` that every ancestor has too. */
export const scopesUnder = (scopes: readonly Scope[], ancestors: readonly Ancestor[]): Scope[] =>
  scopes.filter((scope) => ancestors.every((each) => each.scopes.includes(scope)))

/** When a credential ends: it, or the first of its ancestors. */
export const endUnder = (expiresAt: Date | null, ancestors: readonly Ancestor[]): Date | null =>
  ancestors.reduce<Date | null>((end, each) => earlier(end, each.expiresAt), expiresAt)

/** What a key's row allows, without its ancestors. */
export const ownBounds = (
  key: Pick<typeof apiKeys.$inferSelect, 'scopes' | 'allowedAddresses' | 'expiresAt' | 'rateLimitPerMinute'>,
): Bounds => ({
  scopes: key.scopes,
  addresses: key.allowedAddresses.length === 0 ? null : key.allowedAddresses,
  expiresAt: key.expiresAt,
  rateLimit: key.rateLimitPerMinute ?? env().RATE_LIMIT_PER_MINUTE,
})

/** `bounds` as far as every ancestor allows them. */
export const boundsUnder = (bounds: Bounds, ancestors: readonly Ancestor[]): Bounds =>
  ancestors.reduce<Bounds>(narrower, bounds)

function readParent(database: Database, { parentKeyId, parentGrantId, parentClientId }: Parent, projectId: string) {
  if (parentKeyId !== null) return readKey(database, parentKeyId)
  if (parentGrantId !== null) return readGrant(database, parentGrantId, projectId)
  return parentClientId === null ? undefined : readClient(database, parentClientId)
}

const person = {
  disabledAt: users.disabledAt,
  isAdmin: users.isAdmin,
  role: memberships.role,
  projectDeletedAt: projects.deletedAt,
  now: sql<Date>`clock_timestamp()`.mapWith(users.createdAt),
}

interface Standing extends AdminStanding {
  disabledAt: Date | null
  role: Role | null
  projectDeletedAt: Date | null
}

const isUnanswered = ({ disabledAt, role, projectDeletedAt }: Standing): boolean =>
  disabledAt !== null || role === null || projectDeletedAt !== null

const scopesNow = ({ role, ...standing }: Standing, ...lists: (readonly string[])[]): Scope[] =>
  role === null
    ? []
    : withinAdminRole(scopesWithin(role), standing).filter((scope) => lists.every((list) => list.includes(scope)))

async function readKey(database: Database, id: string): Promise<(Ancestor & Parent) | undefined> {
  const [row] = await database
    .select({ key: apiKeys, ...person })
    .from(apiKeys)
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .innerJoin(users, eq(users.id, apiKeys.responsibleId))
    .leftJoin(memberships, and(eq(memberships.projectId, projects.id), eq(memberships.userId, users.id)))
    .where(eq(apiKeys.id, id))
  if (!row) return undefined
  const { key, now } = row
  const bounds = ownBounds(key)
  return {
    ...pick(key),
    ...bounds,
    scopes: scopesNow({ ...row, grantedByOperator: key.grantedByOperator }, key.scopes),
    kind: 'key',
    id,
    name: key.label,
    addressAllowed: bounds.addresses && addressTest(bounds.addresses),
    isGone: isUnanswered({ ...row, grantedByOperator: false }),
    revokedAt: key.revokedAt,
    now,
  }
}

async function readGrant(database: Database, id: string, projectId: string): Promise<(Ancestor & Parent) | undefined> {
  const [row] = await database
    .select({
      grant: oauthGrants,
      name: oauthClients.name,
      clientScopes: oauthClients.scopes,
      clientDisabledAt: oauthClients.disabledAt,
      isAnsweredFor,
      ...person,
    })
    .from(oauthGrants)
    .innerJoin(oauthClients, eq(oauthClients.id, oauthGrants.clientId))
    .innerJoin(users, eq(users.id, oauthGrants.userId))
    .innerJoin(projects, eq(projects.id, projectId))
    .leftJoin(memberships, and(eq(memberships.projectId, projects.id), eq(memberships.userId, users.id)))
    .where(eq(oauthGrants.id, id))
  if (!row) return undefined
  const standing = { ...row, grantedByOperator: false }
  return {
    ...noParent,
    ...unlimited(),
    addressAllowed: null,
    scopes: scopesNow(standing, row.grant.scopes, row.clientScopes),
    kind: 'grant',
    id,
    name: row.name,
    isGone: row.clientDisabledAt !== null || !row.isAnsweredFor || isUnanswered(standing),
    revokedAt: row.grant.revokedAt,
    now: row.now,
  }
}

async function readClient(database: Database, id: string): Promise<(Ancestor & Parent) | undefined> {
  const [row] = await database
    .select({ client: oauthClients, ...person })
    .from(oauthClients)
    .innerJoin(projects, eq(projects.id, oauthClients.projectId))
    .innerJoin(users, eq(users.id, oauthClients.responsibleId))
    .leftJoin(memberships, and(eq(memberships.projectId, projects.id), eq(memberships.userId, users.id)))
    .where(eq(oauthClients.id, id))
  if (!row) return undefined
  const { client } = row
  const standing = { ...row, grantedByOperator: client.grantedByOperator }
  const actsForItself = client.grantTypes.includes('client_credentials')
  return {
    ...pick(client),
    ...unlimited(),
    addressAllowed: null,
    scopes: scopesNow(standing, client.scopes),
    kind: 'client',
    id,
    name: client.name,
    isGone: client.disabledAt !== null || !actsForItself || isUnanswered(standing),
    revokedAt: null,
    now: row.now,
  }
}

const pick = ({ parentKeyId, parentGrantId, parentClientId }: Parent): Parent => ({
  parentKeyId,
  parentGrantId,
  parentClientId,
})

/** A grant and an app's own access have no list of addresses, no end, and the usual limit. */
export const unlimited = () => ({ addresses: null, expiresAt: null, rateLimit: env().RATE_LIMIT_PER_MINUTE })
