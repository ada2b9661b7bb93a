import { expect, newCode, newTokens, redeem, test } from './site'

test('a code, redeemed once, gives tokens that the API takes', async ({ site }) => {
  const browser = await site.browser()
  const tokens = await newTokens(site, browser, site.app)
  expect(tokens.access_token).toMatch(/^lka_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
  const me = await site.ask('GET', '/api/v1/me', { headers: { Authorization: `Bearer ${tokens.access_token}` } })
  expect(me.body).toMatchObject({ kind: 'oauth_token', scopes: ['orders:read'], user: { name: 'Ada' } })
})

test('a code that is redeemed again ends what it gave', async ({ site }) => {
  const browser = await site.browser()
  const code = await newCode(browser, site.app)
  const first = await redeem(site, site.app, code)
  expect(first.status).toBe(200)
  expect(await redeem(site, site.app, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  const me = await site.ask('GET', '/api/v1/me', { headers: { Authorization: `Bearer ${first.body.access_token}` } })
  expect(me).toMatchObject({ status: 401, body: { code: 'revoked_credentials' } })
})
