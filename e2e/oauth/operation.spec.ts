import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as openid from 'openid-client'
import { send } from '../api/site'
import { startLatchkey } from '../server'
import { asClient, authorizePath, expect, PASSWORD, pkce, redirectUri, test } from './site'

const root = join(import.meta.dirname, '../..')

// What whoever runs the site does and sees.

test('keys of ID tokens are rotated by command, and old ID tokens still verify', async ({ site }) => {
  const config = await asClient(site, site.app)
  const browser = await site.browser()
  const keys = async () => (await site.ask('GET', '/oauth/jwks')).body.keys as { kid: string }[]
  const [first] = await keys()
  const { kid } = await site.latchkey('oauth', 'rotate-keys')
  await expect.poll(async () => (await keys()).map((key) => key.kid), { timeout: 70_000 }).toContain(kid)
  expect((await keys()).map((key) => key.kid)).toContain(first?.kid)
  for (const key of await keys()) expect(key).not.toHaveProperty('d')
  // The new one is published before it signs, so every cache has it by then.
  const { verifier, challenge } = pkce()
  const back = await browser.authorize(authorizePath(site.app, challenge, { scope: 'openid' }))
  const checks = { pkceCodeVerifier: verifier, expectedState: 'a state & more' }
  const { id_token: token = '' } = await openid.authorizationCodeGrant(config, back, checks)
  expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid).toBe(first?.kid)
})

test('over https cookies are Secure and addresses are https, whatever the proxy speaks', async ({ site }) => {
  const APP_URL = 'https://keys.example.com'
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-https-'))
  const env = { APP_URL, HOST: '127.0.0.1' }
  const server = await startLatchkey({ dataDir, env })
  try {
    const ask = (path: string) =>
      send(Number(new URL(server.url).port), 'GET', path, {
        headers: { Host: 'evil.example', 'X-Forwarded-Proto': 'http' },
      })
    const { body } = await ask('/.well-known/oauth-authorization-server')
    expect([body.issuer, body.token_endpoint]).toEqual([APP_URL, `${APP_URL}/oauth/token`])
    const run = (...args: string[]) => JSON.parse(latchkeyOf({ ...env, DATA_DIR: dataDir }, args))
    const eve = run('users', 'create', '--email', 'eve@example.com', '--password', PASSWORD, '--name', 'Eve')
    const options = ['--name', 'App', '--redirect-uri', redirectUri, '--scopes', 'openid,orders:read']
    const { clientId } = run('apps', 'register', '--project', eve.project.slug, ...options)
    const path = authorizePath({ clientId, clientSecret: null, redirectUri }, pkce().challenge)
    const begun = await ask(path)
    expect(begun.status).toBe(303)
    const cookies = begun.headers['set-cookie'] ?? []
    expect(cookies.length).toBeGreaterThanOrEqual(2)
    for (const cookie of cookies)
      expect(cookie).toMatch(/^latchkey\.(?=.*; secure)(?=.*; httponly)(?=.*; samesite=lax)/i)
    expect(begun.headers['strict-transport-security']).toContain('max-age=')
    const refused = await ask(authorizePath(site.app, pkce().challenge))
    expect(refused.status).toBe(400)
    for (const { headers, text } of [begun, refused]) expect(JSON.stringify(headers) + text).not.toContain('evil')
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

function latchkeyOf(settings: Record<string, string>, args: string[]): string {
  const env = { NODE_ENV: 'production', PATH: process.env.PATH, ...settings } as NodeJS.ProcessEnv
  return execFileSync(process.execPath, ['dist/latchkey.js', ...args, '--json'], { cwd: root, env, encoding: 'utf8' })
}
