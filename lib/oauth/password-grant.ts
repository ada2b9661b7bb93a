import 'server-only'
import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider'
import { isFailure } from '@/lib/errors'
import { listProjects } from '@/lib/projects/find'
import { requestOrigin } from '@/lib/request-context'
import { type AppScope, allAppScopes, concernsProject } from '@/lib/scopes'
import { verifyPerson } from '@/lib/users/sign-in'
import { findClient } from './clients'
import { giveGrant } from './consent'
import { passwordGrantType } from './grant-types'

interface Params {
  username?: string
  password?: string
}

/**
 * The resource owner password grant (RFC 6749, 4.3), for the site's own apps and only where it is switched on. Limited,
 * counted and capped like signing in. What concerns a project concerns the app's own, if the person is a member.
 */
export async function passwordGrant(provider: Provider, context: TokenEndpointGrantContext<Params>): Promise<void> {
  const { client, params } = context.oidc
  const app = await findClient(client.clientId)
  if (!app || !passwordGrantType(app)) throw new errors.UnauthorizedClient('this app may not use the password grant')
  const { username, password, scope = '' } = params
  if (!username || !password) throw new errors.InvalidRequest('username and password are required')
  const asked = scope.split(' ').filter(Boolean)
  const foreign = asked.find((each) => !app.scopes.includes(each))
  if (foreign !== undefined) throw new errors.InvalidScope('the app may not ask for this scope', foreign)
  const user = await proven(username, password)
  const projectId = (await listProjects(user)).some(({ id }) => id === app.projectId) ? app.projectId : null
  const scopes = allAppScopes.filter((each) => asked.includes(each) && (projectId !== null || !concernsProject(each)))
  const consent = { clientId: app.id, clientName: app.name, redirectHost: null }
  const grantId = await giveGrant(user, {
    ...consent,
    scopes,
    projectId: scopes.some((each: AppScope) => concernsProject(each)) ? projectId : null,
  })
  const issued = { accountId: user.userId, client, grantId, gty: 'password', scope: scopes.join(' ') || undefined }
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
