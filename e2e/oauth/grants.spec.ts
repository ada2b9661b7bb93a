import * as openid from 'openid-client'
import {
  type App,
  api,
  asClient,
  authorizePath,
  errorOf,
  expect,
  newTokens,
  type OauthSite,
  operatorApp,
  PASSWORD,
  pkce,
  redirectUri,
  test,
} from './site'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

test.describe('client credentials', () => {
  test('act for the app in its own project, within its scopes, and cannot be refreshed', async ({ site }) => {
    const machine = await site.registerApp('Nightly', { kind: 'machine' })
    const config = await asClient(site, machine)
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'orders:read' })
    expect(tokens.refresh_token).toBeUndefined()
    expect(tokens.id_token).toBeUndefined()
    expect(tokens.scope).toBe('orders:read')
    const me = await api(site, tokens.access_token)
    expect(me.body).toMatchObject({
      kind: 'oauth_token',
      user: null,
      project: { id: site.ada.project.id },
      scopes: ['orders:read'],
    })
    const gate = await site.gate('GET', '/forward-auth?scope=orders:read', {
      headers: { Authorization: `Bearer ${tokens.access_token}` },
    })
    expect(gate.status).toBe(204)
  })

  test('never get a scope that the app is not registered for, or one about a person', async ({ site }) => {
    const machine = await site.registerApp('Bounded', { kind: 'machine' })
    const config = await asClient(site, machine)
    for (const scope of ['orders:write', 'credentials:verify', 'openid', 'offline_access']) {
      await expect(openid.clientCredentialsGrant(config, { scope })).rejects.toMatchObject({ error: 'invalid_scope' })
    }
    const some = await openid.clientCredentialsGrant(config, { scope: 'orders:read orders:write admin' })
    expect(some.scope).toBe('orders:read')
    expect((await api(site, some.access_token)).body.scopes).toEqual(['orders:read'])
    const none = await site.post('/oauth/token', machine, { grant_type: 'client_credentials' })
    const unknown = await site.post('/oauth/token', machine, { grant_type: 'client_credentials', scope: 'everything' })
    for (const answer of [none, unknown]) expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope'])
  })

  test('may name a resource that is known', async ({ site }) => {
    const machine = await site.registerApp('Elsewhere', { kind: 'machine' })
    const config = await asClient(site, machine)
    const { access_token: token } = await openid.clientCredentialsGrant(config, {
      scope: 'orders:read',
      resource: 'https://orders.example/api',
    })
    expect((await api(site, token)).status).toBe(401)
    const gate = (query: string) =>
      site.gate('GET', `/forward-auth${query}`, { headers: { Authorization: `Bearer ${token}` } })
    expect((await gate('?resource=https://orders.example/api')).status).toBe(204)
    expect((await gate('')).status).toBe(401)
    const unknown = openid.clientCredentialsGrant(config, { scope: 'orders:read', resource: 'https://unknown.example' })
    await expect(unknown).rejects.toMatchObject({ error: 'invalid_target' })
  })
})

test.describe('the password grant', () => {
  const own = (site: OauthSite) =>
    operatorApp(
      site,
      'House',
      '--first-party',
      '--grant-types',
      'password,refresh_token',
      '--scopes',
      'openid,orders:read',
    )

  test('is for apps of the site itself, and counts as a connection', async ({ site }) => {
    const app = await own(site)
    const config = await asClient(site, app)
    const parameters = { username: site.ada.email, password: PASSWORD, scope: 'orders:read' }
    const tokens = await openid.genericGrantRequest(config, 'password', parameters)
    expect((await api(site, tokens.access_token)).body).toMatchObject({
      user: { name: 'Ada' },
      scopes: ['orders:read'],
    })
    const next = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect((await api(site, next.access_token)).status).toBe(200)
    // Once its successor was used too, the first one can only be a copy.
    const later = await openid.refreshTokenGrant(config, next.refresh_token ?? '')
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    expect((await api(site, later.access_token)).status).toBe(401)
  })

  test('refuses wrong passwords, unknown people and foreign scopes in the same words', async ({ site }) => {
    const app = await own(site)
    const ask = (fields: Record<string, string>) =>
      site.post('/oauth/token', app, { grant_type: 'password', scope: 'orders:read', ...fields })
    const wrong = await ask({ username: site.ada.email, password: 'not the right password' })
    const unknown = await ask({ username: 'nobody@example.com', password: PASSWORD })
    expect([wrong.status, wrong.body]).toEqual([unknown.status, unknown.body])
    expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await ask({ username: site.ada.email })).body.error).toBe('invalid_request')
    const foreign = await ask({ username: site.ada.email, password: PASSWORD, scope: 'orders:write' })
    expect(foreign.body.error).toBe('invalid_scope')
  })

  test('may not be registered by an app that is not the site itself', async ({ site }) => {
    const theirs = site.registerApp('Theirs', { grantTypes: ['password'], scopes: ['orders:read'] })
    await expect(theirs).rejects.toThrow('first-party')
    const { body } = await site.ask('GET', '/.well-known/oauth-authorization-server')
    expect(body.grant_types_supported).toContain('password')
  })
})

test.describe('devices', () => {
  const device = (site: OauthSite) =>
    site.registerApp('Television', { kind: 'native', isPublic: true, grantTypes: [DEVICE_CODE, 'refresh_token'] })
  const poll = (site: OauthSite, app: App, code: string) =>
    site.post('/oauth/token', app, { grant_type: DEVICE_CODE, device_code: code })

  async function decide(site: OauthSite, userCode: string, decision: 'allow' | 'deny', who = site.ada) {
    const browser = await site.browser(who)
    const shown = await browser.get(`/device?user_code=${encodeURIComponent(userCode)}`)
    return { browser, page: await shown.text(), decision }
  }

  test('wait, and are told when they ask too often', async ({ site }) => {
    const app = await device(site)
    const { body } = await site.post('/oauth/device', app, { scope: 'orders:read' })
    expect(body).toMatchObject({
      verification_uri: `${site.url}/device`,
      user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      expires_in: 600,
      device_code: expect.any(String),
    })
    expect(new URL(body.verification_uri_complete).searchParams.get('user_code')).toBe(body.user_code)
    expect(body.device_code.length * 6).toBeGreaterThanOrEqual(128)
    expect((await poll(site, app, body.device_code)).body.error).toBe('authorization_pending')
    expect((await poll(site, app, body.device_code)).body.error).toBe('slow_down')
    expect((await poll(site, app, `${body.device_code}x`)).body.error).toBe('invalid_grant')
    const { page } = await decide(site, body.user_code, 'allow')
    expect(page).toContain('Television')
    expect(page).toContain('asks for access')
  })

  test('codes are bound to their app', async ({ site }) => {
    const [app, other] = [await device(site), await device(site)]
    const { body } = await site.post('/oauth/device', app, { scope: 'orders:read' })
    expect((await poll(site, other, body.device_code)).body.error).toBe('invalid_grant')
    // A web app may not ask at all.
    const refused = await site.post('/oauth/device', site.app, { scope: 'orders:read' })
    expect(refused.status).toBe(400)
  })

  test('requests that cannot be answered', async ({ site }) => {
    const app = await device(site)
    for (const [fields, error] of [
      [{}, 'invalid_scope'],
      [{ scope: 'everything' }, 'invalid_scope'],
      [{ scope: 'orders:read usage:read' }, 'invalid_scope'],
      [{ scope: 'orders:read', resource: 'https://unknown.example/' }, 'invalid_target'],
    ] as [Record<string, string>, string][]) {
      const answer = await site.post('/oauth/device', app, fields)
      expect([fields, answer.status, answer.body.error]).toEqual([fields, 400, error])
    }
    const nobody = await site.post('/oauth/device', null, { scope: 'orders:read' })
    expect([nobody.status, nobody.body.error]).toEqual([401, 'invalid_client'])
  })

  test('user codes cannot be guessed one after the other', async ({ site }) => {
    const carol = await site.latchkey(
      'users',
      'create',
      '--email',
      'carol@example.com',
      '--password',
      PASSWORD,
      '--name',
      'Carol',
    )
    const browser = await site.browser(carol)
    let page = ''
    for (let guess = 0; guess < 22; guess++) {
      page = await (await browser.get(`/device?user_code=BCDF-GH${'JKLMNPQRSTVWXZBCDFGHJK'[guess]}B`)).text()
    }
    expect(page).toContain('Too many attempts')
  })
})

test.describe('pushed requests', () => {
  test('are good once, and only for their app', async ({ site }) => {
    const app = await site.registerApp('Pusher')
    const other = await site.registerApp('Other pusher')
    const config = await asClient(site, app)
    const browser = await site.browser()
    const { verifier, challenge } = pkce()
    const url = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'orders:read',
      state: 'pushed',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    const stolen = new URL(url)
    stolen.searchParams.set('client_id', other.clientId)
    expect((await browser.get(stolen.pathname + stolen.search)).status).toBe(400)
    const back = await browser.authorize(url.pathname + url.search)
    expect(errorOf(site, back, 'pushed')).toBeNull()
    const tokens = await openid.authorizationCodeGrant(config, back, {
      pkceCodeVerifier: verifier,
      expectedState: 'pushed',
    })
    expect((await api(site, tokens.access_token)).status).toBe(200)
    const again = await browser.get(url.pathname + url.search)
    expect([again.status, again.headers.get('location')]).toEqual([400, null])
  })

  test('are refused at once when they would be later', async ({ site }) => {
    const { challenge } = pkce()
    const right = {
      client_id: site.app.clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'orders:read',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }
    const push = (fields: Record<string, string>, app: App | null = site.app) => site.post('/oauth/par', app, fields)
    expect((await push(right)).status).toBe(201)
    for (const wrong of [
      { ...right, redirect_uri: `${redirectUri}2` },
      { ...right, code_challenge_method: 'plain' },
      { ...right, code_challenge: '' },
      { ...right, response_type: 'token' },
      { ...right, scope: '' },
      { ...right, scope: 'usage:read' },
      { ...right, resource: 'https://unknown.example/' },
      { ...right, response_mode: 'form_post' },
      { ...right, response_mode: 'fragment' },
      { ...right, request_uri: 'urn:ietf:params:oauth:request_uri:x' },
    ]) {
      expect([wrong, (await push(wrong)).status]).toEqual([wrong, 400])
    }
    expect((await push(right, null)).status).toBe(401)
  })

  test('an invented or foreign request_uri leads nowhere', async ({ site }) => {
    const browser = await site.browser()
    for (const uri of [
      'urn:ietf:params:oauth:request_uri:invented',
      'https://evil.example/request.jwt',
      'http://127.0.0.1:1/',
    ]) {
      const answer = await browser.get(authorizePath(site.app, pkce().challenge, { request_uri: uri }))
      const target = answer.headers.get('location') ?? ''
      expect(target).not.toContain('code=')
      expect(target === '' || errorOf(site, new URL(target)) !== null).toBe(true)
    }
  })
})

test('dynamic registration is off', async ({ site }) => {
  const body = JSON.stringify({ redirect_uris: ['http://evil.example/'] })
  for (const path of ['/oauth/reg', '/oauth/register', '/reg', '/connect/register']) {
    const answer = await site.ask('POST', path, { headers: { 'Content-Type': 'application/json' }, body })
    expect([path, answer.status < 500 && answer.status >= 400]).toEqual([path, true])
  }
})

test('tokens of one family or kind do not stand in for another', async ({ site }) => {
  const tokens = await newTokens(site, await site.browser(), site.app)
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    const answer = await site.post('/oauth/token', site.app, {
      grant_type: 'authorization_code',
      code: token,
      code_verifier: pkce().verifier,
      redirect_uri: redirectUri,
    })
    expect(answer.body.error).toBe('invalid_grant')
  }
})
