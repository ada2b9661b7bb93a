import 'server-only'
import { and, eq } from 'drizzle-orm'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { db } from '@/db'
import { memberships, oauthArtifacts, oauthClients, oauthGrants, users } from '@/db/schema'
import { type AppScope, identityScopes } from '@/lib/scopes'
import type { Payload } from './artifacts'
import { effectiveScopes } from './record'
import { rotateRefreshToken } from './refresh'

// A token answer tells the scopes that the token has (RFC 6749, 5.1): no scope that the app or the person's role has lost.

/** What the code or refresh token of a request was issued for; found before the Grant of its family is. */
const sources = new WeakMap<KoaContextWithOIDC, Payload>()

/** Notes the code or refresh token that a token request was made with. */
export function noteSource(context: KoaContextWithOIDC, payload: Payload | undefined): void {
  if (payload) sources.set(context, payload)
}

/**
 * The library's Grant of a family, for a token request: narrowed to what a token of it could do now. Nothing has been
 * used up yet, so the app may ask again once it has more.
 *
 * @throws errors.InvalidScope if nothing is left of what the request is for
 */
export async function narrowGrant(context: KoaContextWithOIDC, familyId: string, grant: Payload): Promise<Payload> {
  const { openid, resources } = grant as { openid: { scope: string }; resources: Record<string, string> }
  const given = openid.scope.split(' ').filter(Boolean)
  const scopes = await allowedNow(familyId, given)
  const source = sources.get(context)
  const asked = String(context.oidc.params?.scope ?? source?.scope ?? '').split(' ')
  if (source && !scopes.some((scope) => asked.includes(scope))) {
    // A source that was used before ends its family, whatever it was for; a refresh token only if it gets no grace.
    if (source.consumed && source.kind !== 'RefreshToken') return grant
    if (source.consumed) await rotateRefreshToken(source.jti ?? '')
    throw new errors.InvalidScope('none of the scopes is granted any more', asked.join(' '))
  }
  const scope = scopes.join(' ')
  const narrowed = Object.fromEntries(Object.keys(resources).map((resource) => [resource, scope]))
  return { ...grant, openid: { scope }, resources: narrowed }
}

async function allowedNow(familyId: string, given: readonly string[]): Promise<string[]> {
  const [row] = await db()
    .select({ clientScopes: oauthClients.scopes, role: memberships.role, isAdmin: users.isAdmin })
    .from(oauthArtifacts)
    .innerJoin(oauthGrants, eq(oauthGrants.id, oauthArtifacts.grantId))
    .innerJoin(oauthClients, eq(oauthClients.id, oauthGrants.clientId))
    .innerJoin(users, eq(users.id, oauthGrants.userId))
    .leftJoin(
      memberships,
      and(eq(memberships.projectId, oauthGrants.projectId), eq(memberships.userId, oauthGrants.userId)),
    )
    .where(and(eq(oauthArtifacts.id, familyId), eq(oauthArtifacts.kind, 'Grant')))
  if (!row) return []
  const api = effectiveScopes({ ...row, scopes: given, grantScopes: null, grantedByOperator: false })
  return given.filter((scope) =>
    Object.hasOwn(identityScopes, scope) ? row.clientScopes.includes(scope) : api.includes(scope as never),
  )
}

/** The scopes of those asked for that are among `grantable`, each once. Throws `invalid_scope` if there are none. */
export function grantedOf<T extends AppScope>(asked: string | undefined, grantable: readonly T[]): T[] {
  const words = asked?.split(' ') ?? []
  const granted = grantable.filter((scope) => words.includes(scope))
  if (granted.length === 0) throw new errors.InvalidScope('none of the scopes can be granted', asked ?? '')
  return granted
}
