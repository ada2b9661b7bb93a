import { allowInsecureRequests, processResourceDiscoveryResponse, resourceDiscoveryRequest } from 'oauth4webapi'
import * as openid from 'openid-client'
import { asClient, expect, test } from './site'

test('both documents name the same issuer, and endpoints of this site only', async ({ site }) => {
  const { body: oauth, headers } = await site.ask('GET', '/.well-known/oauth-authorization-server')
  const { body: oidc } = await site.ask('GET', '/.well-known/openid-configuration')
  expect(oauth).toEqual(oidc)
  expect(oauth.issuer).toBe(site.url)
  expect(headers['access-control-allow-origin']).toBeUndefined()
  const endpoints = Object.entries(oauth).filter(([name]) => /_(endpoint|uri)$/.test(name))
  expect(Object.fromEntries(endpoints)).toEqual({
    authorization_endpoint: `${site.url}/oauth/authorize`,
    token_endpoint: `${site.url}/oauth/token`,
    introspection_endpoint: `${site.url}/oauth/introspect`,
    revocation_endpoint: `${site.url}/oauth/revoke`,
    userinfo_endpoint: `${site.url}/oauth/userinfo`,
    jwks_uri: `${site.url}/oauth/jwks`,
    device_authorization_endpoint: `${site.url}/oauth/device`,
    pushed_authorization_request_endpoint: `${site.url}/oauth/par`,
  })
})

test('what is weak is not on offer', async ({ site }) => {
  const { body } = await site.ask('GET', '/.well-known/oauth-authorization-server')
  expect(body.code_challenge_methods_supported).toEqual(['S256'])
  expect(body.authorization_response_iss_parameter_supported).toBe(true)
  expect(body.response_types_supported).toEqual(['code'])
  expect(body.response_modes_supported).toEqual(['query'])
  expect(body.grant_types_supported).not.toContain('implicit')
  expect(body.token_endpoint_auth_methods_supported.sort()).toEqual([
    'client_secret_basic',
    'client_secret_post',
    'none',
  ])
  for (const endpoint of ['introspection', 'revocation']) {
    expect(body[`${endpoint}_endpoint_auth_methods_supported`] ?? []).not.toContain('private_key_jwt')
  }
  expect(body.id_token_signing_alg_values_supported).not.toContain('none')
  expect(body.registration_endpoint).toBeUndefined()
  expect(body.request_parameter_supported).not.toBe(true)
  expect(body.claims_parameter_supported).not.toBe(true)
  expect(body.scopes_supported).toEqual(expect.arrayContaining(['openid', 'orders:read', 'keys:write']))
})

test('an independent client discovers the server', async ({ site }) => {
  const config = await asClient(site, site.app)
  expect(config.serverMetadata().issuer).toBe(site.url)
  expect(config.serverMetadata().supportsPKCE()).toBe(true)
  // The same server under another name is not the one that a client was set up for.
  const elsewhere = new URL(site.url.replace('localhost', '127.0.0.1'))
  const options = { execute: [openid.allowInsecureRequests] }
  await expect(openid.discovery(elsewhere, 'any', undefined, undefined, options)).rejects.toThrow('issuer')
})

test('the key set holds public halves only', async ({ site }) => {
  const { body } = await site.ask('GET', '/oauth/jwks')
  expect(body.keys).toHaveLength(1)
  for (const key of body.keys) {
    expect(key).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig' })
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
  }
})

test("the API's refusal names its metadata, and that names the server", async ({ site }) => {
  const refused = await site.ask('GET', '/api/v1/me')
  expect(refused.status).toBe(401)
  const challenge = refused.headers['www-authenticate'] ?? ''
  const [, metadata = ''] = /Bearer .*resource_metadata="([^"]+)"/.exec(challenge) ?? []
  expect(metadata).toBe(`${site.url}/.well-known/oauth-protected-resource/api/v1`)
  const { status, body } = await site.ask('GET', new URL(metadata).pathname)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    resource: `${site.url}/api/v1`,
    authorization_servers: [site.url],
    bearer_methods_supported: ['header'],
  })
  const resource = new URL(`${site.url}/api/v1`)
  const found = await resourceDiscoveryRequest(resource, { [allowInsecureRequests]: true })
  expect((await processResourceDiscoveryResponse(resource, found)).authorization_servers).toEqual([site.url])
})

test('there is nothing else below /oauth and /.well-known', async ({ site }) => {
  for (const path of [
    '/oauth/',
    '/oauth/reg',
    '/oauth/register',
    '/oauth/session/end',
    '/oauth/device/',
    '/oauth/token/',
    '/oauth/TOKEN',
    '/oauth/%74oken',
    '/oauth/authorize/a/b',
    '/.well-known/',
    '/.well-known/webfinger',
    '/.well-known/oauth-authorization-server/oauth',
    '/session/end',
    '/reg',
    '/token',
    '/interaction',
  ]) {
    expect([path, (await site.ask('GET', path)).status]).toEqual([path, 404])
  }
})

test('other methods are refused, and named', async ({ site }) => {
  const allowed = {
    '/oauth/token': 'POST',
    '/oauth/introspect': 'POST',
    '/oauth/revoke': 'POST',
    '/oauth/device': 'POST',
    '/oauth/par': 'POST',
    '/oauth/authorize': 'GET',
    '/oauth/jwks': 'GET',
    '/oauth/userinfo': 'GET, POST',
    '/.well-known/openid-configuration': 'GET',
  }
  for (const [path, methods] of Object.entries(allowed)) {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'TRACE']) {
      if (methods.split(', ').includes(method)) continue
      const answer = await site.ask(method, path, {
        headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
      })
      expect([method, path, answer.status]).toEqual([method, path, 405])
      expect(answer.headers.allow).toBe(methods)
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  }
})
