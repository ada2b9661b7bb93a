import 'server-only'
import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider'
import { knownApis } from './audience'
import { findClient } from './clients'
import { grantedOf } from './token-scopes'

interface Params {
  scope?: string
  resource?: string | string[]
}

/**
 * The client credentials grant (RFC 6749, 4.4). In place of the library's own, which grants every scope that this site
 * does not know. Scopes that are unknown, or that the app or its responsible person does not have, are left out.
 */
export async function clientCredentialsGrant(
  provider: Provider,
  context: TokenEndpointGrantContext<Params>,
): Promise<void> {
  const { client, params } = context.oidc
  const { resource, scope } = params
  const api = knownApis().find((each) => each === resource)
  if (resource !== undefined && api === undefined) throw new errors.InvalidTarget('unknown resource')
  const app = await findClient(client.clientId)
  if (!app) throw new errors.InvalidClient('the app is disabled')
  const granted = grantedOf(scope, app.ownScopes).join(' ')
  const token = new provider.ClientCredentials({ client, scope: granted } as never)
  if (api !== undefined) token.setAudience(api)
  context.body = {
    access_token: await token.save(),
    expires_in: token.expiration,
    token_type: 'Bearer',
    scope: granted,
  }
}
