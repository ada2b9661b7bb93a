import 'server-only'
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { db, prepared } from '@/db'
import { memberships, oauthClientSecrets, oauthClients, projects, users } from '@/db/schema'
import { parse } from '@/lib/credentials'
import { hasSecret } from '@/lib/credentials/verify'
import { env } from '@/lib/env'
import { hasParent, readAncestors, refuseByAncestors, scopesUnder } from '@/lib/lineage'
import { withinAdminRole } from '@/lib/projects/roles'
import { adminGrantedScopes, type Scope } from '@/lib/scopes'
import { effectiveScopes } from './record'

export type Client = typeof oauthClients.$inferSelect & {
  /** What its own tokens may do now (client credentials). */
  ownScopes: Scope[]
}

/**
 * A registered app that may take part in OAuth now, with the scopes that it still has; undefined for unknown, disabled and
 * deleted ones and those that nobody answers for alike.
 */
export async function findClient(clientId: string): Promise<Client | undefined> {
  const [row] = await prepared('find_client', prepareClient).execute({ clientId })
  if (!row) return undefined
  const { client, role, isAdmin } = row
  const standing = { isAdmin, grantedByOperator: client.grantedByOperator }
  const scopes = withinAdminRole(client.scopes, standing)
  const byRole = effectiveScopes({ scopes, clientScopes: scopes, grantScopes: null, role, ...standing })
  if (!hasParent(client)) return { ...client, scopes, ownScopes: byRole }
  const ownScopes = await scopesOfChild(client, byRole)
  // The powers over the whole site are only ever its own; the rest it may also ask people for.
  const isLost = (scope: string) =>
    adminGrantedScopes.some((each) => each === scope) && !ownScopes.some((each) => each === scope)
  return { ...client, scopes: scopes.filter((scope) => !isLost(scope)), ownScopes }
}

/** What an app that a key or token registered may do by itself: nothing if that has ended. */
async function scopesOfChild(client: typeof oauthClients.$inferSelect, scopes: readonly Scope[]): Promise<Scope[]> {
  const ancestors = await readAncestors(db(), client, client.projectId)
  const lasting = ancestors.map((each) => ({ ...each, addressAllowed: null }))
  const hasEnded = refuseByAncestors(lasting, ancestors.at(-1)?.now.getTime() ?? 0, null) !== null
  return hasEnded ? [] : scopesUnder(scopes, ancestors)
}

const prepareClient = () =>
  db()
    .select({ client: oauthClients, role: memberships.role, isAdmin: users.isAdmin })
    .from(oauthClients)
    .innerJoin(projects, and(eq(projects.id, oauthClients.projectId), isNull(projects.deletedAt)))
    .innerJoin(users, and(eq(users.id, oauthClients.responsibleId), isNull(users.disabledAt)))
    .innerJoin(memberships, and(eq(memberships.projectId, projects.id), eq(memberships.userId, users.id)))
    .where(and(eq(oauthClients.id, sql.placeholder('clientId')), isNull(oauthClients.disabledAt)))
    .prepare('find_client')

/** Whether `secret` is one of the client's live ones. Asks the database once, whatever is wrong. */
export async function verifyClientSecret(clientId: string, secret: string): Promise<boolean> {
  const parsed = parse(secret, env().KEY_BRAND)
  if (parsed?.kind !== 'client_secret') return false
  const { publicId } = parsed
  const [row] = await prepared('find_client_secret', prepareSecret).execute({ publicId, clientId })
  return hasSecret(row, secret)
}

const prepareSecret = () =>
  db()
    .select()
    .from(oauthClientSecrets)
    .where(
      and(
        eq(oauthClientSecrets.publicId, sql.placeholder('publicId')),
        eq(oauthClientSecrets.clientId, sql.placeholder('clientId')),
        or(isNull(oauthClientSecrets.endsAt), gt(oauthClientSecrets.endsAt, sql`clock_timestamp()`)),
      ),
    )
    .prepare('find_client_secret')
