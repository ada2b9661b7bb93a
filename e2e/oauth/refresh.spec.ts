import * as openid from 'openid-client'
import { type App, api, asClient, expect, newTokens, type OauthSite, test } from './site'

const refresh = (site: OauthSite, app: App | null, token: string, more: Record<string, string> = {}) =>
  site.post('/oauth/token', app, { grant_type: 'refresh_token', refresh_token: token, ...more })

test('rotates, and an independent client goes on with what it gets', async ({ site }) => {
  const config = await asClient(site, site.app)
  const first = await newTokens(site, await site.browser(), site.app)
  let token = first.refresh_token
  const seen = new Set([token])
  for (let turn = 0; turn < 3; turn++) {
    const tokens = await openid.refreshTokenGrant(config, token)
    expect((await api(site, tokens.access_token)).status).toBe(200)
    token = tokens.refresh_token ?? ''
    seen.add(token)
  }
  expect(seen.size).toBe(4)
})

test('comes without offline_access too, and only where the app is registered for it', async ({ site }) => {
  const browser = await site.browser()
  expect((await newTokens(site, browser, site.app, { scope: 'orders:read' })).refresh_token).toMatch(/^lkr_/)
  const without = await site.registerApp('Forgetful', { grantTypes: ['authorization_code'] })
  expect(await newTokens(site, browser, without)).not.toHaveProperty('refresh_token')
})

test('used twice it ends its family with all access tokens, and no other', async ({ site }) => {
  const browser = await site.browser()
  const other = await newTokens(site, browser, site.app)
  const first = await newTokens(site, browser, site.app)
  const { body: second } = await refresh(site, site.app, first.refresh_token)
  const { body: third } = await refresh(site, site.app, second.refresh_token)
  expect((await api(site, third.access_token)).status).toBe(200)
  expect(await refresh(site, site.app, first.refresh_token)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  })
  for (const token of [first, second, third].map((each) => each.access_token)) {
    expect(await api(site, token)).toMatchObject({ status: 401, body: { code: 'revoked_credentials' } })
    const verdict = await site.post('/oauth/introspect', site.app, { token })
    expect(verdict.body).toEqual({ active: false })
  }
  expect(await refresh(site, site.app, third.refresh_token)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  })
  expect((await api(site, other.access_token)).status).toBe(200)
  expect((await refresh(site, site.app, other.refresh_token)).status).toBe(200)
})

test('is bound to its app, which must prove itself', async ({ site }) => {
  const browser = await site.browser()
  const { refresh_token: token } = await newTokens(site, browser, site.app)
  const other = await site.registerApp('Other refresher')
  const open = await site.registerApp('Public refresher', { isPublic: true })
  expect(await refresh(site, other, token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect(await refresh(site, open, token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect(await refresh(site, null, token)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect(await refresh(site, null, token, { client_id: site.app.clientId })).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  })
  // A thief who tries it as another app does not end it for its owner.
  expect((await refresh(site, site.app, token)).status).toBe(200)
})

test('may be used for less, and never for more', async ({ site }) => {
  const browser = await site.browser()
  const tokens = await newTokens(site, browser, site.app, { scope: 'orders:read orders:write' })
  const less = await refresh(site, site.app, tokens.refresh_token, { scope: 'orders:read' })
  expect(less.body.scope).toBe('orders:read')
  expect((await api(site, less.body.access_token)).body.scopes).toEqual(['orders:read'])
  for (const scope of ['orders:read keys:read', 'keys:write', 'profile:read']) {
    const more = await refresh(site, site.app, less.body.refresh_token, { scope })
    expect([more.status, more.body.error]).toEqual([400, 'invalid_scope'])
  }
  // The refresh token itself has kept what was consented to (RFC 6749, 6).
  const all = await refresh(site, site.app, less.body.refresh_token)
  expect(all.body.scope.split(' ').sort()).toEqual(['orders:read', 'orders:write'])
})

test('nothing else is one', async ({ site }) => {
  const { access_token: access, refresh_token: good } = await newTokens(site, await site.browser(), site.app)
  const last = good.endsWith('a') ? 'b' : 'a'
  for (const token of [
    access,
    `${good.slice(0, -1)}${last}`,
    good.replace('lkr_', 'lka_'),
    'lkr_',
    'x'.repeat(5000),
    '\0',
  ]) {
    const answer = await refresh(site, site.app, token)
    expect([token.slice(0, 8), answer.status, answer.body.error]).toEqual([token.slice(0, 8), 400, 'invalid_grant'])
  }
  expect((await refresh(site, site.app, '')).body.error).toMatch(/invalid_(grant|request)/)
  // And it opens nothing itself.
  expect(await api(site, good)).toMatchObject({ status: 401 })
  expect((await refresh(site, site.app, good)).status).toBe(200)
})
