import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import * as openid from 'openid-client'
import { freePort } from '../../scripts/free-port'
import { expectAccessible } from '../accessible'
import { startOpenidApp, startPassportApp } from './apps'
import { api, asClient, expect, PASSWORD, type Person, test } from './site'

const root = join(import.meta.dirname, '../..')

// Clients as their makers ship them, driven in a browser as people do.

test('openid-client signs somebody in, from signed out to signed in, and stays connected', async ({ site, page }) => {
  const app = await startOpenidApp(site, 'Ledger')
  await page.goto(`${app.url}/login`)
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await signIn(page, site.ada)
  await expect(page.getByRole('heading', { name: 'Ledger asks for access' })).toBeVisible()
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome, Ada' })).toBeVisible()
  await expect(page.getByText(site.ada.email)).toBeVisible()

  const config = await asClient(site, app.app)
  const next = await openid.refreshTokenGrant(config, app.tokens().refresh)
  expect(next.claims()?.sub).toBe(site.ada.id)
  expect((await openid.fetchUserInfo(config, next.access_token, site.ada.id)).name).toBe('Ada')

  // The second time nobody is asked.
  await page.goto(`${app.url}/login`)
  await expect(page.getByRole('heading', { name: 'Welcome, Ada' })).toBeVisible()
  await app.stop()
})

test('passport-oauth2 in Express gets what was allowed, and hears it when it was not', async ({ site, page }) => {
  const app = await startPassportApp(site, 'Notes', ['orders:read', 'profile:read'])
  await page.goto(`${app.url}/login`)
  await signIn(page, site.bob)
  await page.getByRole('button', { name: 'Deny' }).click()
  await expect(page.getByRole('heading', { name: 'Not connected' })).toBeVisible()
  expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied')
  expect(new URL(page.url()).searchParams.get('iss')).toBe(site.url)

  await page.goto(`${app.url}/login`)
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeVisible()
  const me = await api(site, app.tokens().access)
  expect(me.body).toMatchObject({ kind: 'oauth_token', user: { name: 'Bob' }, scopes: ['profile:read', 'orders:read'] })
  expect(app.tokens().refresh).toMatch(/^lkr_/)
  await app.stop()
})

test('openid-client lets a device in while its person types the code', async ({ site, page }) => {
  const device = await site.registerApp('Kitchen radio', {
    kind: 'native',
    isPublic: true,
    redirectUris: [],
    grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  })
  const config = await asClient(site, device)
  const waiting = await openid.initiateDeviceAuthorization(config, { scope: 'orders:read' })
  const tokens = openid.pollDeviceAuthorizationGrant(config, waiting)

  await page.goto(waiting.verification_uri)
  await signIn(page, site.ada)
  await expect(page.getByLabel('Code')).toBeVisible()
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.screenshot({ path: test.info().outputPath('device-code.png') })
  // As people type it.
  await page.getByLabel('Code').fill(waiting.user_code.toLowerCase().replace('-', ' '))
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('Kitchen radio asks for access')).toBeVisible()
  await expect(page.getByText(waiting.user_code)).toBeVisible()
  await expectAccessible(page)
  await page.screenshot({ path: test.info().outputPath('device-consent.png') })
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page.getByRole('heading', { name: 'The device is connected' })).toBeVisible()
  const { access_token, refresh_token } = await tokens
  expect((await api(site, access_token)).body.user.name).toBe('Ada')
  expect((await api(site, (await openid.refreshTokenGrant(config, refresh_token ?? '')).access_token)).status).toBe(200)

  // The code is used up, and a device that is turned away hears it.
  await page.goto(`/device?user_code=${waiting.user_code}`)
  await expect(page.getByText('No device waits with this code')).toBeVisible()
  const other = await openid.initiateDeviceAuthorization(config, { scope: 'orders:read' })
  const refused = expect(openid.pollDeviceAuthorizationGrant(config, other)).rejects.toMatchObject({
    error: 'access_denied',
  })
  await page.goto(other.verification_uri_complete ?? '')
  await page.getByRole('button', { name: 'Deny' }).click()
  await expect(page.getByRole('heading', { name: 'The device was turned away' })).toBeVisible()
  await refused
})

test('the app of the guide runs as it stands there', async ({ site, page }) => {
  const guide = readFileSync(join(root, 'docs/guides/ask-people.md'), 'utf8')
  const [, program = ''] = /```js\n(\/\/ app\.mjs\n[\s\S]+?)```/.exec(guide) ?? []
  const port = String(await freePort())
  const app = await site.registerApp('From the guide', { redirectUris: [`http://localhost:${port}/callback`] })
  // Beside our own packages, where its imports are found.
  const file = join(root, 'test-results', `guide-${port}.mjs`)
  mkdirSync(join(root, 'test-results'), { recursive: true })
  writeFileSync(file, program)
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ISSUER: site.url,
      PORT: port,
      CLIENT_ID: app.clientId,
      CLIENT_SECRET: app.clientSecret ?? '',
    },
  })
  try {
    await expect(async () => void (await page.goto(`http://localhost:${port}/`))).toPass()
    await signIn(page, site.ada)
    await page.getByRole('button', { name: 'Allow' }).click()
    await expect(page.getByText(/^Hello Ada. I may orders:read in Ada.s project.$/)).toBeVisible()
  } finally {
    child.kill()
  }
})

async function signIn(page: Page, { email }: Person): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
