import { everythingKept, secretsIn } from './kept'
import {
  authorizePath,
  expect,
  newCode,
  newTokens,
  operatorApp,
  PASSWORD,
  pkce,
  redeem,
  redirectUri,
  test,
} from './site'

test.use({ alone: true })

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

test('nothing in the database, its files or the log can be used', async ({ site }) => {
  const ada = await site.browser()
  // All that is ever issued: used, unused, replayed, revoked and pending.
  const tokens = await newTokens(site, ada, site.app, { scope: 'openid profile email orders:read' })
  await site.post('/oauth/token', site.app, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  await site.post('/oauth/token', site.app, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  await newCode(ada, site.app)
  const used = await newCode(ada, site.app)
  await redeem(site, site.app, used)
  await redeem(site, site.app, used)
  await site.post('/oauth/introspect', site.app, { token: tokens.access_token })
  await site.post('/oauth/revoke', site.app, { token: tokens.access_token })
  await ada.follow(authorizePath(site.app, pkce().challenge, { scope: 'keys:write' }))
  await site.post('/oauth/par', site.app, {
    client_id: site.app.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'orders:read',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
  })
  const grants = { grantTypes: [DEVICE_CODE, 'refresh_token'] }
  const device = await site.registerApp('Screen', { kind: 'native', isPublic: true, redirectUris: [], ...grants })
  await site.post('/oauth/device', device, { scope: 'orders:read' })
  const { body: waiting } = await site.post('/oauth/device', device, { scope: 'orders:read' })
  await ada.letIn(waiting.user_code)
  const fromDevice = { grant_type: DEVICE_CODE, device_code: waiting.device_code }
  expect((await site.post('/oauth/token', device, fromDevice)).status).toBe(200)
  const machine = await site.registerApp('Engine', { kind: 'machine' })
  await site.post('/oauth/token', machine, { grant_type: 'client_credentials', scope: 'orders:read' })
  const house = await operatorApp(
    site,
    'House',
    '--first-party',
    '--grant-types',
    'password',
    '--scopes',
    'orders:read',
  )
  const byPassword = { grant_type: 'password', username: site.ada.email, password: PASSWORD, scope: 'orders:read' }
  expect((await site.post('/oauth/token', house, byPassword)).status).toBe(200)
  // What goes wrong is logged, and must not take what it was about along.
  for (const path of ['/oauth/token', '/oauth/introspect', '/oauth/revoke']) {
    await site.post(path, site.app, { grant_type: 'x', token: `${tokens.access_token}x`, code: used.code })
  }
  await site.ask('GET', `/api/v1/me?access_token=${tokens.access_token}`)

  await site.stop()
  const kept = await everythingKept({ dataDir: site.dataDir, databaseUrl: site.databaseUrl, output: site.output() })
  // The search finds what is meant to be there.
  const all = [...kept.values()].join('\n')
  expect(secretsIn(all, [site.app.clientId, 'Ada', 'Is not there at all', 'ada@example.com'])).toEqual(
    expect.arrayContaining([site.app.clientId, 'ada@example.com']),
  )
  const kinds = ['lka_', 'lkr_', 'lks_', 'lk_', 'urn:ietf', 'eyJ']
  for (const kind of kinds) expect([...site.secrets].filter((each) => each.startsWith(kind)).length).toBeGreaterThan(0)
  expect([...site.secrets].filter((each) => /^[A-Z]{8}$/.test(each)).length).toBe(2)
  for (const [place, text] of kept) expect([place, secretsIn(text, site.secrets)]).toEqual([place, []])
})
