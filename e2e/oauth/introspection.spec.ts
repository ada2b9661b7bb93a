import * as openid from 'openid-client'
import { type App, api, asClient, expect, newTokens, type OauthSite, operatorApp, test } from './site'

const ask = (site: OauthSite, app: App | null, token: string, more: Record<string, string> = {}) =>
  site.post('/oauth/introspect', app, { token, ...more })
const revoke = (site: OauthSite, app: App | null, token: string, more: Record<string, string> = {}) =>
  site.post('/oauth/revoke', app, { token, ...more })

test('an app sees what its own token is', async ({ site }) => {
  const config = await asClient(site, site.app)
  const tokens = await newTokens(site, await site.browser(), site.app, { scope: 'openid orders:read' })
  const seen = await openid.tokenIntrospection(config, tokens.access_token)
  expect(seen).toMatchObject({
    active: true,
    client_id: site.app.clientId,
    sub: site.ada.id,
    iss: site.url,
    aud: `${site.url}/api/v1`,
    token_type: 'Bearer',
  })
  expect(seen.scope?.split(' ').sort()).toEqual(['openid', 'orders:read'])
  expect(JSON.stringify(seen)).not.toMatch(/lk[ars]_/)
  const refresh = await openid.tokenIntrospection(config, tokens.refresh_token)
  expect(refresh).toMatchObject({ active: true, client_id: site.app.clientId })
})

test('what is no token of ours is exactly not active', async ({ site }) => {
  const tokens = await newTokens(site, await site.browser(), site.app)
  const { body: code } = await site.post('/oauth/token', site.app, {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  })
  for (const token of [
    'x',
    `lka_${'a'.repeat(12)}_${'b'.repeat(49)}`,
    `${tokens.access_token.slice(0, -1)}_`,
    tokens.refresh_token, // rotated away
    site.app.clientSecret ?? '',
    'eyJhbGciOiJub25lIn0.e30.',
    '"; drop table oauth_artifacts; --',
  ]) {
    for (const hint of [{}, { token_type_hint: 'refresh_token' }, { token_type_hint: 'nonsense' }]) {
      const { status, body } = await ask(site, site.app, token, hint as Record<string, string>)
      expect([token.slice(0, 6), status, body]).toEqual([token.slice(0, 6), 200, { active: false }])
    }
  }
  expect((await ask(site, site.app, code.access_token, { token_type_hint: 'refresh_token' })).body.active).toBe(true)
})

test('only those who prove themselves may ask, and only by POST', async ({ site }) => {
  const open = await site.registerApp('Public asker', { isPublic: true })
  const tokens = await newTokens(site, await site.browser(), site.app)
  for (const path of ['/oauth/introspect', '/oauth/revoke']) {
    const nobody = await site.post(path, null, { token: tokens.access_token })
    expect([nobody.status, nobody.body.error]).toEqual([401, 'invalid_client'])
    expect(nobody.headers['www-authenticate']).toMatch(/^Basic/)
    expect((await site.ask('GET', `${path}?token=${tokens.access_token}`)).status).toBe(405)
    expect((await site.post(path, site.app, {})).body.error).toBe('invalid_request')
  }
  expect((await ask(site, open, tokens.access_token)).body).toEqual({ active: false })
  expect((await api(site, tokens.access_token)).status).toBe(200)
})

test('strangers see nothing and revoke nothing', async ({ site }) => {
  const stranger = await site.registerApp('Stranger')
  const { body: own } = await ask(site, stranger, 'x')
  const tokens = await newTokens(site, await site.browser(), site.app)
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    expect((await ask(site, stranger, token)).body).toEqual(own)
    const answer = await revoke(site, stranger, token)
    expect([answer.status, answer.text]).toEqual([200, ''])
  }
  expect((await api(site, tokens.access_token)).status).toBe(200)
  expect((await ask(site, site.app, tokens.refresh_token)).body.active).toBe(true)
})

test('a resource server sees the tokens of all apps, and no refresh tokens', async ({ site }) => {
  const server = await operatorApp(site, 'Gateway', '--machine', '--scopes', 'credentials:verify')
  const tokens = await newTokens(site, await site.browser(), site.app)
  const elsewhere = await newTokens(site, await site.browser(), site.app, { resource: 'https://orders.example/api' })
  expect((await ask(site, server, tokens.access_token)).body).toMatchObject({ active: true, sub: site.ada.id })
  expect((await ask(site, server, elsewhere.access_token)).body).toMatchObject({
    active: true,
    aud: 'https://orders.example/api',
  })
  expect((await ask(site, server, tokens.refresh_token)).body).toEqual({ active: false })
  expect((await revoke(site, server, tokens.access_token)).status).toBe(200)
  expect((await api(site, tokens.access_token)).status).toBe(200)
})

test('revoking an access token ends that one, and a refresh token its family', async ({ site }) => {
  const config = await asClient(site, site.app)
  const browser = await site.browser()
  const one = await newTokens(site, browser, site.app)
  await openid.tokenRevocation(config, one.access_token)
  expect(await api(site, one.access_token)).toMatchObject({ status: 401, body: { code: 'revoked_credentials' } })
  const next = await openid.refreshTokenGrant(config, one.refresh_token)
  expect((await api(site, next.access_token)).status).toBe(200)

  const other = await newTokens(site, browser, site.app)
  await openid.tokenRevocation(config, next.refresh_token ?? '')
  expect((await api(site, next.access_token)).status).toBe(401)
  await expect(openid.refreshTokenGrant(config, next.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  })
  expect((await api(site, other.access_token)).status).toBe(200)
})

test('revoking what is unknown, or over, is answered as if it had worked', async ({ site }) => {
  const tokens = await newTokens(site, await site.browser(), site.app)
  for (const token of ['x', tokens.access_token, tokens.access_token, `lkr_${'a'.repeat(12)}_${'b'.repeat(49)}`]) {
    const answer = await revoke(site, site.app, token, { token_type_hint: 'refresh_token' })
    expect([answer.status, answer.text, answer.headers['cache-control']]).toEqual([200, '', 'no-store'])
  }
  expect((await api(site, tokens.access_token)).status).toBe(401)
})

test("an app's own tokens are introspected and revoked alike", async ({ site }) => {
  const machine = await site.registerApp('Worker', { kind: 'machine' })
  const config = await asClient(site, machine)
  const { access_token: token } = await openid.clientCredentialsGrant(config, { scope: 'orders:read' })
  const seen = await openid.tokenIntrospection(config, token)
  expect(seen).toMatchObject({ active: true, client_id: machine.clientId, scope: 'orders:read' })
  expect(seen.sub ?? machine.clientId).toBe(machine.clientId)
  await openid.tokenRevocation(config, token)
  expect((await api(site, token)).status).toBe(401)
  expect(await openid.tokenIntrospection(config, token)).toEqual({ active: false })
})
