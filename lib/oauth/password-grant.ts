import 'server-only'
import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider'
import { isFailure } from '@/lib/errors'
import { listProjects } from '@/lib/projects/find'
import { scopesWithin } from '@/lib/projects/roles'
import { requestOrigin } from '@/lib/request-context'
import { type AppScope, allAppScopes, allScopes, concernsProject, isScope } from '@/lib/scopes'
import { verifyPerson } from '@/lib/users/sign-in'
import { findClient } from './clients'
import { giveGrant } from './consent'
import { passwordGrantType } from './grant-types'
import { grantedOf } from './token-scopes'

interface Params {
  username?: string
  password?: string
}

/**
 * The resource owner password grant (RFC 6749, 4.3), for the site's own apps and only where it is switched on. Limited,
 * counted and capped like signing in. Scopes that are unknown or not to be had are left out. What concerns a project concerns the app's own, if the person is a member.
 */
export async function passwordGrant(provider: Provider, context: TokenEndpointGrantContext<Params>): Promise<void> {
  const { client, params } = context.oidc
  const app = await findClient(client.clientId)
  if (!app || !passwordGrantType(app)) throw new errors.UnauthorizedClient('this app may not use the password grant')
  const { username, password, scope } = params
  if (!username || !password) throw new errors.InvalidRequest('username and password are required')
  const mayAsk = allAppScopes.filter((each) => app.scopes.includes(each))
  grantedOf(scope, mayAsk)
  const user = await proven(username, password)
  const role = (await listProjects(user)).find(({ id }) => id === app.projectId)?.role ?? null
  const projectId = role && app.projectId
  const within = role ? scopesWithin(role) : allScopes.filter((each) => !concernsProject(each))
  const scopes = grantedOf(
    scope,
    mayAsk.filter((each) => !isScope(each) || within.includes(each)),
  )
  const consent = { clientId: app.id, clientName: app.name, redirectUri: null }
  const grantId = await giveGrant(user, {
    ...consent,
    scopes,
    projectId: scopes.some((each: AppScope) => concernsProject(each)) ? projectId : null,
  })
  const issued = { accountId: user.userId, client, grantId, gty: 'password', scope: scopes.join(' ') }
  const accessToken = new provider.AccessToken(issued as never)
  context.body = {
    access_token: await accessToken.save(),
    expires_in: accessToken.expiration,
    token_type: 'Bearer',
    scope: issued.scope,
    ...(client.grantTypeAllowed('refresh_token') && {
      refresh_token: await new provider.RefreshToken({ ...issued, rotations: 0 } as never).save(),
    }),
  }
}

async function proven(email: string, password: string) {
  try {
    return await verifyPerson(requestOrigin(), { email, password })
  } catch (error) {
    if (!isFailure(error)) throw error
    if (error.code === 'rate_limited')
      throw Object.assign(new errors.SlowDown(error.message), { statusCode: 429, status: 429 })
    throw new errors.InvalidGrant('the e-mail address or the password is wrong')
  }
}
