import type { App } from '@/lib/apps/app'
import { DEVICE_CODE } from '@/lib/apps/input'

type Snippet = { label: string; code: string }

/** A first program for an app. Machines need no more than curl; for people there is a library that checks everything. */
export function snippetOf(app: App, appUrl: string): Snippet {
  if (app.grantTypes.includes('authorization_code')) return signIn(app, appUrl)
  if (app.grantTypes.includes(DEVICE_CODE)) {
    return { label: 'Ask for a code to show', code: post(app, `${appUrl}/oauth/device`, { scope: scopeOf(app) }) }
  }
  if (app.grantTypes.includes('client_credentials')) {
    const fields = { grant_type: 'client_credentials', scope: scopeOf(app) }
    return { label: 'Get a token', code: post(app, `${appUrl}/oauth/token`, fields) }
  }
  const fields = { grant_type: 'password', username: '$EMAIL', password: '$PASSWORD', scope: scopeOf(app) }
  return { label: 'Get a token', code: post(app, `${appUrl}/oauth/token`, fields) }
}

const scopeOf = ({ scopes }: App) => scopes.join(' ')

function post({ id, isPublic }: App, url: string, fields: Record<string, string>): string {
  const given = Object.entries(isPublic ? { client_id: id, ...fields } : fields).filter(([, value]) => value !== '')
  return [
    `curl ${url}`,
    ...(isPublic ? [] : [`-u "${id}:$LATCHKEY_CLIENT_SECRET"`]),
    ...given.map(([name, value]) => `--data-urlencode "${name}=${value}"`),
  ].join(' \\\n  ')
}

/** With openid-client 6. */
function signIn(app: App, appUrl: string): Snippet {
  const redirectUri = app.redirectUris[0] ?? ''
  const insecure = appUrl.startsWith('http:')
  const args = [
    `new URL('${appUrl}')`,
    `'${app.id}'`,
    app.isPublic ? 'undefined' : 'process.env.LATCHKEY_CLIENT_SECRET',
    ...(app.isPublic ? ['client.None()'] : insecure ? ['undefined'] : []),
    ...(insecure ? ['{ execute: [client.allowInsecureRequests] }'] : []),
  ]
  const code = `import * as client from 'openid-client'

const config = await client.discovery(
${args.map((arg) => `  ${arg},`).join('\n')}
)
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: '${redirectUri}',
  scope: '${scopeOf(app)}',
  state,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
// Keep verifier and state in the person's session, and send them to url. Back at your redirect URI:
const tokens = await client.authorizationCodeGrant(config, currentUrl, {
  pkceCodeVerifier: verifier, expectedState: state,
})`
  return { label: 'Ask a person, with the library openid-client', code }
}
