import * as openid from 'openid-client'
import {
  type App,
  api,
  asClient,
  authorizePath,
  expect,
  newCode,
  newTokens,
  type OauthSite,
  pkce,
  redeem,
  redirectUri,
  test,
} from './site'

const form = 'application/x-www-form-urlencoded'

test('by Basic, by post and, for public apps, by nothing', async ({ site }) => {
  const browser = await site.browser()
  const secret = site.app.clientSecret ?? ''
  const open = await site.registerApp('Browser app', { isPublic: true })
  for (const [app, auth] of [
    [site.app, openid.ClientSecretBasic(secret)],
    [site.app, openid.ClientSecretPost(secret)],
    [open, openid.None()],
  ] as const) {
    const config = await asClient(site, app, auth)
    const { verifier, challenge } = pkce()
    const back = await browser.authorize(authorizePath(app, challenge, { scope: 'openid orders:read', nonce: 'n-1' }))
    const tokens = await openid.authorizationCodeGrant(config, back, {
      pkceCodeVerifier: verifier,
      expectedState: 'a state & more',
      expectedNonce: 'n-1',
    })
    expect(tokens.token_type).toBe('bearer')
    expect(tokens.claims()).toMatchObject({ iss: site.url, aud: app.clientId, sub: site.ada.id })
    expect((await api(site, tokens.access_token)).status).toBe(200)
  }
})

test('a client can tell an answer of this server from any other', async ({ site }) => {
  const config = await asClient(site, site.app)
  const browser = await site.browser()
  const { verifier, challenge } = pkce()
  const right = { pkceCodeVerifier: verifier, expectedState: 'a state & more', expectedNonce: 'n-2' }
  const back = await browser.authorize(authorizePath(site.app, challenge, { scope: 'openid', nonce: 'n-2' }))
  const altered = (change: (query: URLSearchParams) => void) => {
    const url = new URL(back)
    change(url.searchParams)
    return url
  }
  // Mixed up by an evil server: RFC 9207, and RFC 9700, 4.4.
  for (const url of [
    altered((query) => query.set('iss', 'https://evil.example')),
    altered((query) => query.delete('iss')),
    altered((query) => query.set('state', 'of another visit')),
    altered((query) => query.delete('state')),
  ]) {
    await expect(openid.authorizationCodeGrant(config, url, right)).rejects.toThrow()
  }
  await expect(openid.authorizationCodeGrant(config, back, { ...right, expectedNonce: 'other' })).rejects.toThrow(
    'JWT claim',
  )
})

test('every answer is no-store', async ({ site }) => {
  const code = await newCode(await site.browser(), site.app)
  const good = await redeem(site, site.app, code)
  const bad = await redeem(site, site.app, code)
  const stranger = await site.post('/oauth/token', null, { grant_type: 'authorization_code', code: 'x' })
  expect([good.status, bad.status, stranger.status]).toEqual([200, 400, 401])
  for (const { headers } of [good, bad, stranger]) {
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(headers['set-cookie']).toBeUndefined()
  }
})

test('a replayed code ends all that came of it, the refreshed too, and what came of another does not', async ({
  site,
}) => {
  const browser = await site.browser()
  const other = await newTokens(site, browser, site.app)
  const code = await newCode(browser, site.app)
  const { body: first } = await redeem(site, site.app, code)
  const { body: second } = await site.post('/oauth/token', site.app, {
    grant_type: 'refresh_token',
    refresh_token: first.refresh_token,
  })
  expect((await api(site, second.access_token)).status).toBe(200)
  expect(await redeem(site, site.app, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  for (const token of [first.access_token, second.access_token]) expect((await api(site, token)).status).toBe(401)
  const refreshed = await site.post('/oauth/token', site.app, {
    grant_type: 'refresh_token',
    refresh_token: second.refresh_token,
  })
  expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect((await api(site, other.access_token)).status).toBe(200)
})

test('a wrong or missing verifier, or another redirect URI, gives nothing and leaves the code to its owner', async ({
  site,
}) => {
  const browser = await site.browser()
  const { code, verifier } = await newCode(browser, site.app)
  const right = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri }
  const { code_verifier: _, ...noVerifier } = right
  const { redirect_uri: __, ...noUri } = right
  for (const wrong of [
    { ...right, code_verifier: pkce().verifier },
    { ...right, code_verifier: `${verifier}a` },
    { ...right, code_verifier: '' },
    { ...right, code_verifier: 'short' },
    noVerifier,
    { ...right, redirect_uri: 'https://client.example/other' },
    { ...right, redirect_uri: `${redirectUri}/` },
    { ...right, redirect_uri: '' },
    noUri,
    { ...right, code: `${code}a` },
    { ...right, code: '' },
  ]) {
    const answer = await site.post('/oauth/token', site.app, wrong)
    expect(answer.status).toBe(400)
    expect(['invalid_grant', 'invalid_request']).toContain(answer.body.error)
  }
  expect((await site.post('/oauth/token', site.app, right)).status).toBe(200)
})

test('a code is bound to its app', async ({ site }) => {
  const [other, open] = [await site.registerApp('Other'), await site.registerApp('Open other', { isPublic: true })]
  const code = await newCode(await site.browser(), site.app)
  for (const app of [other, open]) {
    expect(await redeem(site, app, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  }
  expect((await redeem(site, site.app, code)).status).toBe(200)
})

test('apps that do not prove themselves', async ({ site }) => {
  const { clientId, clientSecret } = site.app
  const other = await site.registerApp('Another')
  const grant = {
    grant_type: 'authorization_code',
    code: 'x',
    redirect_uri: redirectUri,
    code_verifier: 'y'.repeat(43),
  }
  const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  const attempts: [string, Record<string, string>, Record<string, string>][] = [
    ['nothing', {}, {}],
    ['a confidential app without its secret', {}, { client_id: clientId }],
    ['an empty secret', {}, { client_id: clientId, client_secret: '' }],
    ['a wrong secret', {}, { client_id: clientId, client_secret: `lks_${'a'.repeat(12)}_${'b'.repeat(49)}` }],
    ["another app's secret", {}, { client_id: clientId, client_secret: other.clientSecret ?? '' }],
    ['an unknown app', {}, { client_id: 'nobody', client_secret: clientSecret ?? '' }],
    ['a wrong secret by Basic', { Authorization: basic(clientId, 'wrong') }, {}],
    ['an empty one by Basic', { Authorization: basic(clientId, '') }, {}],
    ['an unknown app by Basic', { Authorization: basic('nobody', clientSecret ?? '') }, {}],
    ['a stored hash in place of the secret', {}, { client_id: clientId, client_secret: 'kept as a hash' }],
  ]
  for (const [what, headers, fields] of attempts) {
    const answer = await site.ask('POST', '/oauth/token', {
      headers: { 'Content-Type': form, ...headers },
      body: new URLSearchParams({ ...grant, ...fields }).toString(),
    })
    expect([what, answer.status, answer.body.error]).toEqual([what, 401, 'invalid_client'])
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/)
    expect(answer.text).not.toContain('lks_')
  }
  for (const header of [
    'Basic',
    'Basic !!!',
    `Basic ${Buffer.from('nocolon').toString('base64')}`,
    'Bearer x',
    'Digest a=b',
  ]) {
    const answer = await site.ask('POST', '/oauth/token', {
      headers: { 'Content-Type': form, Authorization: header },
      body: new URLSearchParams(grant).toString(),
    })
    expect([header, answer.status, answer.body.error]).toEqual([header, 401, 'invalid_client'])
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/)
  }
})

test('two ways to prove itself at once are refused', async ({ site }) => {
  const code = await newCode(await site.browser(), site.app)
  const { clientId, clientSecret } = site.app
  const answer = await site.post('/oauth/token', site.app, {
    grant_type: 'authorization_code',
    code: code.code,
    code_verifier: code.verifier,
    redirect_uri: redirectUri,
    client_id: clientId,
    client_secret: clientSecret ?? '',
  })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
  expect(['invalid_request', 'invalid_client']).toContain(answer.body.error)
  expect((await redeem(site, site.app, code)).status).toBe(200)
})

test('another app named in the body beside Basic is refused', async ({ site }) => {
  const other = await site.registerApp('Named')
  const code = await newCode(await site.browser(), site.app)
  const answer = await site.post('/oauth/token', site.app, {
    grant_type: 'authorization_code',
    code: code.code,
    code_verifier: code.verifier,
    redirect_uri: redirectUri,
    client_id: other.clientId,
  })
  expect([400, 401]).toContain(answer.status)
})

test('only a form, and only in the body', async ({ site }) => {
  const { verifier, code } = await newCode(await site.browser(), site.app)
  const { clientId, clientSecret } = site.app
  const fields = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri }
  const Authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
  const text = new URLSearchParams(fields).toString()
  const attempts = [
    {
      path: '/oauth/token',
      headers: { 'Content-Type': 'application/json', Authorization },
      body: JSON.stringify(fields),
    },
    { path: '/oauth/token', headers: { 'Content-Type': 'text/plain', Authorization }, body: text },
    { path: '/oauth/token', headers: { Authorization }, body: text },
    {
      path: '/oauth/token',
      headers: { 'Content-Type': 'multipart/form-data; boundary=a', Authorization },
      body: '--a--',
    },
    { path: `/oauth/token?${text}`, headers: { 'Content-Type': form, Authorization }, body: '' },
    {
      path: `/oauth/token?${new URLSearchParams({ client_id: clientId, client_secret: clientSecret ?? '' })}`,
      headers: { 'Content-Type': form },
      body: text,
    },
    { path: '/oauth/token', headers: { 'Content-Type': form, Authorization }, body: `${text}&code=${code}` },
    {
      path: '/oauth/token',
      headers: { 'Content-Type': form, Authorization },
      body: `${text}&grant_type=refresh_token`,
    },
    {
      path: '/oauth/token',
      headers: { 'Content-Type': form, Authorization },
      body: `${text}&code_verifier=${verifier}`,
    },
    { path: '/oauth/token', headers: { 'Content-Type': form, Authorization }, body: '' },
    { path: '/oauth/token', headers: { 'Content-Type': form, Authorization }, body: '%%%=%zz&\0=\u0007' },
    {
      path: '/oauth/token',
      headers: { 'Content-Type': form, Authorization },
      body: '{"grant_type":"authorization_code"}',
    },
    { path: '/oauth/token', headers: { 'Content-Type': form, Authorization }, body: `a=${'x'.repeat(60_000)}` },
    { path: '/oauth/token', headers: { 'Content-Type': form, Authorization }, body: `a=${'x'.repeat(2_000_000)}` },
    {
      path: '/oauth/token',
      headers: { 'Content-Type': form, Authorization, 'Transfer-Encoding': 'chunked' },
      body: `a=${'x'.repeat(200_000)}`,
    },
    { path: '/oauth/token', headers: { 'Content-Type': form, Authorization }, body: 'a=1&'.repeat(10_000) },
    {
      path: '/oauth/token',
      headers: { 'Content-Type': form, Authorization },
      body: 'grant_type[]=authorization_code&grant_type[a]=b&__proto__=c&constructor=d',
    },
  ]
  for (const { path, headers, body } of attempts) {
    // A server that will not read on may cut the connection.
    const answer = await site
      .ask('POST', path, { headers, body })
      .catch(() => ({ status: 413, body: { error: 'cut' } }))
    expect([path, headers, body.slice(0, 50), answer.status >= 400 && answer.status < 500]).toEqual([
      path,
      headers,
      body.slice(0, 50),
      true,
    ])
  }
  // None of it has used the code up.
  expect((await site.post('/oauth/token', site.app, fields)).status).toBe(200)
  expect(site.output()).not.toContain('"level":50')
})

test('grant types: unknown, not allowed, missing', async ({ site }) => {
  const error = async (app: App, fields: Record<string, string>) => {
    const { status, body } = await site.post('/oauth/token', app, fields)
    return [status, body.error]
  }
  expect(await error(site.app, { grant_type: 'telepathy' })).toEqual([400, 'unsupported_grant_type'])
  expect(await error(site.app, { grant_type: 'implicit' })).toEqual([400, 'unsupported_grant_type'])
  expect(await error(site.app, {})).toEqual([400, 'invalid_request'])
  expect(await error(site.app, { grant_type: 'client_credentials' })).toEqual([400, 'unauthorized_client'])
  expect(await error(site.app, { grant_type: 'password', username: 'a', password: 'b' })).toEqual([
    400,
    'unauthorized_client',
  ])
  expect(
    await error(site.app, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' }),
  ).toEqual([400, 'unauthorized_client'])
  const machine = await site.registerApp('No people', { kind: 'machine' })
  expect(await error(machine, { grant_type: 'authorization_code', code: 'x' })).toEqual([400, 'unauthorized_client'])
  expect(await error(machine, { grant_type: 'refresh_token', refresh_token: 'x' })).toEqual([
    400,
    'unauthorized_client',
  ])
})

test('lifetimes are those of the app', async ({ site }) => {
  const browser = await site.browser()
  const short = await site.registerApp('Short', { accessTtl: 60, refreshTtl: 3600 })
  const tokens = await newTokens(site, browser, short)
  expect(tokens.expires_in).toBe(60)
  const access = await introspect(site, short, tokens.access_token)
  expect(access.exp - access.iat).toBe(60)
  const refresh = await introspect(site, short, tokens.refresh_token)
  expect(refresh.exp - refresh.iat).toBe(3600)
  expect((await newTokens(site, browser, site.app)).expires_in).toBe(3600)
})

test('machines have a lifetime of their own', async ({ site }) => {
  const machine = await site.registerApp('Quick', { kind: 'machine', machineTtl: 60 })
  const { body } = await site.post('/oauth/token', machine, { grant_type: 'client_credentials', scope: 'orders:read' })
  expect(body.expires_in).toBe(60)
})

test('public apps have no secret, and one that is sent is refused', async ({ site }) => {
  const open = await site.registerApp('Phone', { isPublic: true })
  expect(open.clientSecret).toBeNull()
  const code = await newCode(await site.browser(), open)
  const answer = await site.post('/oauth/token', open, {
    grant_type: 'authorization_code',
    code: code.code,
    code_verifier: code.verifier,
    redirect_uri: redirectUri,
    client_secret: site.app.clientSecret ?? '',
  })
  expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  expect((await redeem(site, open, code)).status).toBe(200)
})

test('what is issued cannot be guessed', async ({ site }) => {
  const browser = await site.browser()
  const codes = [await newCode(browser, site.app), await newCode(browser, site.app)]
  for (const { code } of codes) expect(code.length * 6).toBeGreaterThanOrEqual(128)
  const { access_token: access, refresh_token: refresh } = await newTokens(site, browser, site.app)
  expect(access).toMatch(/^lka_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
  expect(refresh).toMatch(/^lkr_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
})

test('the user info endpoint takes what it should and nothing else', async ({ site }) => {
  const browser = await site.browser()
  const config = await asClient(site, site.app)
  const full = await newTokens(site, browser, site.app, { scope: 'openid profile email' })
  expect(await openid.fetchUserInfo(config, full.access_token, site.ada.id)).toEqual({
    sub: site.ada.id,
    name: 'Ada',
    email: site.ada.email,
    email_verified: expect.any(Boolean),
  })
  const only = await newTokens(site, browser, site.app, { scope: 'openid' })
  expect(await openid.fetchUserInfo(config, only.access_token, site.ada.id)).toEqual({ sub: site.ada.id })
  const none = await newTokens(site, browser, site.app, { scope: 'orders:read' })
  const elsewhere = await newTokens(site, browser, site.app, {
    scope: 'openid orders:read',
    resource: 'https://orders.example/api',
  })
  for (const token of [none.access_token, elsewhere.access_token, full.refresh_token, 'lka_x', '']) {
    const answer = await site.ask('GET', '/oauth/userinfo', { headers: { Authorization: `Bearer ${token}` } })
    expect([400, 401, 403]).toContain(answer.status)
    expect(answer.headers['www-authenticate']).toContain('Bearer')
  }
  const inQuery = await site.ask('GET', `/oauth/userinfo?access_token=${full.access_token}`)
  expect(inQuery.status).toBeGreaterThanOrEqual(400)
})

async function introspect(site: OauthSite, app: App, token: string) {
  return (await site.post('/oauth/introspect', app, { token })).body
}
