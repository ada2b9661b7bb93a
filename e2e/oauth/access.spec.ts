import { api, authorizePath, expect, newCode, newTokens, type OauthSite, PASSWORD, pkce, redeem, test } from './site'

const gate = (site: OauthSite, token: string, scope = 'orders:read') =>
  site.gate('GET', `/forward-auth?scope=${scope}`, { headers: { Authorization: `Bearer ${token}` } })

test('removed access ends access token, refresh token and pending code at once, and consent is asked again', async ({
  site,
}) => {
  const app = await site.registerApp('Removed')
  const [ada, bob] = [await site.browser(), await site.browser(site.bob)]
  const pending = await newCode(ada, app)
  const tokens = await newTokens(site, ada, app)
  const bobs = await newTokens(site, bob, app)
  expect([(await api(site, tokens.access_token)).status, (await gate(site, tokens.access_token)).status]).toEqual([
    200, 204,
  ])

  await ada.removeAccess('Removed')
  expect(await api(site, tokens.access_token)).toMatchObject({ status: 401, body: { code: 'revoked_credentials' } })
  expect((await gate(site, tokens.access_token)).status).toBe(401)
  expect((await site.post('/oauth/introspect', app, { token: tokens.access_token })).body).toEqual({ active: false })
  const refreshed = await site.post('/oauth/token', app, {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  })
  expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect(await redeem(site, app, pending)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect((await api(site, bobs.access_token)).status).toBe(200)

  const silent = await ada.authorize(authorizePath(app, pkce().challenge, { prompt: 'none' }))
  expect(silent.searchParams.get('error')).toBe('consent_required')
  const fresh = await newTokens(site, ada, app)
  expect((await api(site, fresh.access_token)).status).toBe(200)
  expect((await api(site, tokens.access_token)).status).toBe(401)
  expect((await redeem(site, app, pending)).body.error).toBe('invalid_grant')
})

test('a narrowed grant narrows the tokens that are out, and those that come', async ({ site }) => {
  const app = await site.registerApp('Narrowed')
  const ada = await site.browser()
  const tokens = await newTokens(site, ada, app, { scope: 'openid orders:read orders:write' })
  expect((await gate(site, tokens.access_token, 'orders:write')).status).toBe(204)
  const grantId = await ada.grantOf('Narrowed')
  await ada.act('narrowAction', '/connections', { grantId, scopes: ['openid', 'orders:read'] })
  expect((await gate(site, tokens.access_token, 'orders:write')).status).toBe(403)
  expect((await api(site, tokens.access_token)).body.scopes).toEqual(['orders:read'])
  const seen = await site.post('/oauth/introspect', app, { token: tokens.access_token })
  expect(seen.body.scope.split(' ').sort()).toEqual(['openid', 'orders:read'])
  const next = await site.post('/oauth/token', app, {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  })
  expect(next.body.scope.split(' ').sort()).toEqual(['openid', 'orders:read'])
  // What was taken away must be asked for anew.
  const path = authorizePath(app, pkce().challenge, { prompt: 'none', scope: 'orders:write' })
  expect((await ada.authorize(path)).searchParams.get('error')).toBe('consent_required')
})

test('disabling the person or the app is in force on the next request, and enabling brings it back', async ({
  site,
}) => {
  const app = await site.registerApp('Switched off')
  const email = 'dora@example.com'
  const dora = await site.latchkey('users', 'create', '--email', email, '--password', PASSWORD, '--name', 'Dora')
  const [ada, browser] = [await site.browser(), await site.browser(dora)]
  const [hers, adas] = [await newTokens(site, browser, app), await newTokens(site, ada, app)]
  const [pending, adasPending] = [await newCode(browser, app), await newCode(ada, app)]

  await site.latchkey('users', 'disable', '--email', email)
  expect(await api(site, hers.access_token)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
  expect((await gate(site, hers.access_token)).status).toBe(401)
  expect((await redeem(site, app, pending)).body.error).toBe('invalid_grant')
  const refreshed = await site.post('/oauth/token', app, {
    grant_type: 'refresh_token',
    refresh_token: hers.refresh_token,
  })
  expect(refreshed.body.error).toBe('invalid_grant')
  expect((await api(site, adas.access_token)).status).toBe(200)

  await site.latchkey('apps', 'disable', '--id', app.clientId)
  expect(await api(site, adas.access_token)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
  expect((await gate(site, adas.access_token)).status).toBe(401)
  expect(await redeem(site, app, adasPending)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect((await ada.get(authorizePath(app, pkce().challenge))).status).toBe(400)
  await site.latchkey('apps', 'enable', '--id', app.clientId)
  // What was read of it while it was off may be believed for a second more.
  await expect.poll(async () => (await api(site, adas.access_token)).status).toBe(200)
})

test("an app's own tokens follow it", async ({ site }) => {
  const machine = await site.registerApp('Robot', { kind: 'machine' })
  const { body } = await site.post('/oauth/token', machine, { grant_type: 'client_credentials', scope: 'orders:read' })
  expect((await api(site, body.access_token)).status).toBe(200)
  await site.latchkey('apps', 'disable', '--id', machine.clientId)
  expect((await api(site, body.access_token)).status).toBe(401)
})

test('a token for another API opens this one neither by itself nor in its user info', async ({ site }) => {
  const ada = await site.browser()
  const elsewhere = await newTokens(site, ada, site.app, { resource: 'https://orders.example/api' })
  expect(await api(site, elsewhere.access_token)).toMatchObject({ status: 401, body: { code: 'wrong_audience' } })
  expect((await gate(site, elsewhere.access_token)).status).toBe(401)
  expect((await gate(site, elsewhere.access_token, 'orders:read&resource=https://orders.example/api')).status).toBe(204)
  const here = await newTokens(site, ada, site.app)
  expect([(await api(site, here.access_token)).status, (await gate(site, here.access_token)).status]).toEqual([
    200, 204,
  ])
  // A refresh stays with the API that was consented to.
  const next = await site.post('/oauth/token', site.app, {
    grant_type: 'refresh_token',
    refresh_token: elsewhere.refresh_token,
  })
  expect((await api(site, next.body.access_token)).status).toBe(401)
  const moved = await site.post('/oauth/token', site.app, {
    grant_type: 'refresh_token',
    refresh_token: next.body.refresh_token,
    resource: `${site.url}/api/v1`,
  })
  expect([moved.status, moved.body.error]).toEqual([400, 'invalid_target'])
})

test('a token goes into the header, and alone or beside a session', async ({ site }) => {
  const ada = await site.browser()
  const { access_token: token } = await newTokens(site, ada, site.app, { scope: 'orders:read profile:read' })
  const { secret: key } = await site.latchkey('keys', 'create', '--project', site.ada.project.slug, '--label', 'Beside')
  const ask = (path: string, headers: Record<string, string>) => site.ask('GET', path, { headers })
  const Authorization = `Bearer ${token}`
  expect((await ask(`/api/v1/me?access_token=${token}`, {})).status).toBe(401)
  expect((await ask('/api/v1/me', { Cookie: `access_token=${token}` })).status).toBe(401)
  expect((await ask('/api/v1/me', { Authorization, 'X-Api-Key': key })).body.code).toBe('multiple_credentials')
  const both = await ask('/api/v1/me', { Authorization, Cookie: ada.cookiesFor('/') })
  expect(both.body).toMatchObject({
    kind: 'oauth_token',
    scopes: expect.arrayContaining(['orders:read', 'profile:read']),
  })
  const lacking = await ask('/api/v1/keys', { Authorization })
  expect([lacking.status, lacking.body.code]).toEqual([403, 'insufficient_scope'])
  expect(lacking.headers['www-authenticate']).toMatch(/error="insufficient_scope".*scope="keys:read"/)
  const broken = await ask('/api/v1/me', { Authorization: `Bearer ${token.slice(0, -1)}_` })
  expect(broken.headers['www-authenticate']).toContain('error="invalid_token"')
})

test('a token does for its person what their scopes and role allow, in the project they chose', async ({ site }) => {
  const ada = await site.browser()
  const { access_token: token } = await newTokens(site, ada, site.app, { scope: 'keys:read keys:write' })
  const Authorization = `Bearer ${token}`
  const made = await site.ask('POST', '/api/v1/keys', { headers: { Authorization }, body: { label: 'By an app' } })
  expect(made.status).toBe(201)
  expect(made.body.createdBy).toMatchObject({ name: 'Ada' })
  const list = await site.ask('GET', '/api/v1/keys', { headers: { Authorization } })
  expect(list.body.data.map((each: { label: string }) => each.label)).toContain('By an app')
  // It hands on neither the power over keys nor what it does not have itself.
  for (const scopes of [['keys:write'], ['orders:read']]) {
    const more = await site.ask('POST', '/api/v1/keys', { headers: { Authorization }, body: { label: 'More', scopes } })
    expect(more.status).toBe(403)
  }
})

test('a renamed app asks again, under the name it has now', async ({ site }) => {
  const app = await site.registerApp('Honest name')
  const ada = await site.browser()
  await newTokens(site, ada, app)
  const renamed = await site.ask('PATCH', `/api/v1/apps/${app.clientId}`, {
    key: site.key,
    body: { name: 'Another name' },
  })
  expect(renamed.status).toBe(200)
  const silent = await ada.authorize(authorizePath(app, pkce().challenge, { prompt: 'none' }))
  expect(silent.searchParams.get('error')).toBe('consent_required')
  const page = await (await ada.follow(authorizePath(app, pkce().challenge))).text()
  expect(page).toContain('Another name')
  expect(page).toContain('Not verified')
})
