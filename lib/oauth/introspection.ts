import 'server-only'
import type { AccessToken, ClientCredentials, KoaContextWithOIDC, RefreshToken } from 'oidc-provider'
import { parse } from '@/lib/credentials'
import { env } from '@/lib/env'
import { isFailure } from '@/lib/errors'
import { requestOrigin } from '@/lib/request-context'
import { identityScopes } from '@/lib/scopes'
import { verifyToken } from './verify'

/**
 * Whether `client` may learn about `token` (RFC 7662, 4): its own, or any for a resource server, which is an app with
 * the scope `credentials:verify`. An access token is judged as it would be at the API, and shown with the scopes that it
 * has now; the others see that it is not active.
 */
export async function introspectable(
  context: KoaContextWithOIDC,
  client: { clientId: string; scope?: string },
  token: AccessToken | ClientCredentials | RefreshToken,
): Promise<boolean> {
  const own = token.clientId === client.clientId
  const resourceServer = client.scope?.split(' ').includes('credentials:verify') ?? false
  if (!own && !resourceServer) return false
  const value = (context.oidc.params as { token?: string }).token ?? ''
  if (parse(value, env().KEY_BRAND)?.kind !== 'access_token') return own
  try {
    const { actor } = await verifyToken(value, requestOrigin(), { audience: 'any' })
    const identity = [...token.scopes].filter((scope) => Object.hasOwn(identityScopes, scope))
    const granted = context.oidc.grant?.getOIDCScopeFiltered(identity).split(' ').filter(Boolean) ?? []
    token.scope = [...granted, ...actor.scopes].join(' ')
    return true
  } catch (error) {
    if (isFailure(error) && error.status === 401) return false
    throw error
  }
}
