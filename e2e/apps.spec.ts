import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { pngOf } from '../scripts/png'
import { expectAccessible } from './accessible'
import { newPerson, signUp, signUpVerified } from './people'
import type { Latchkey } from './server'
import { expect, test } from './test'

test('the story of an app: registered, stored, changed, rotated, disabled', async ({ page, latchkey }) => {
  test.slow() // Many scans for accessibility.
  const slug = await signUpVerified(page, latchkey, newPerson())
  await page.getByRole('link', { name: 'OAuth apps' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('OAuth apps')
  await expect(page.getByRole('heading', { name: 'An app asks, people decide' })).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Register app' }).click()
  await expect(page).toHaveURL(`/projects/${slug}/apps/new`)
  await expectAccessible(page)
  await nameField(page).fill('Ledger')
  await page.getByLabel('Homepage').fill('https://ledger.example')
  await page.getByLabel('Redirect URIs').fill('https://ledger.example/cb\nhttp://localhost:8080/cb')
  await page.getByRole('checkbox', { name: /See orders/ }).check()
  await page.getByRole('button', { name: 'Register app' }).click()

  const save = page.getByRole('dialog', { name: 'Save your client secret' })
  const secret = await save.getByLabel('Client secret', { exact: true }).inputValue()
  expect(secret).toMatch(/^lks_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
  await expect(save.getByRole('button', { name: 'Done' })).toBeDisabled()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page
    .getByRole('alertdialog', { name: 'Close without storing it?' })
    .getByRole('button', { name: 'Keep open' })
    .click()
  const downloading = page.waitForEvent('download')
  await save.getByRole('button', { name: 'Download .env' }).click()
  const file = await downloading
  expect(file.suggestedFilename()).toBe('ledger.env')
  const settings = await readFile(await file.path(), 'utf8')
  expect(settings).toMatch(/^# Ledger\nLATCHKEY_CLIENT_ID=\w+\nLATCHKEY_CLIENT_SECRET=lks_\w+\n$/)
  expect(settings).toContain(secret)
  await done(page)

  await expect(page).toHaveURL(/\/apps\/\w+$/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ledger')
  await expect(page.getByText('Not verified')).toBeVisible()
  await expect(page.getByText('registered the app')).toBeVisible()
  await expect(page.getByText('Nobody has given this app access yet.')).toBeVisible()
  const body = page.locator('body')
  await expect(body).toContainText(secret.slice(0, 17))
  await expect(body).not.toContainText(secret.slice(17))
  await expectAccessible(page)
  await page.reload()
  expect(await page.content()).not.toContain(secret.slice(17))
  const clientId = page.url().split('/').at(-1) ?? ''

  await page.getByRole('link', { name: 'Edit' }).click()
  await expect(page.getByLabel('Redirect URIs')).toHaveValue('https://ledger.example/cb\nhttp://localhost:8080/cb')
  await expect(page.getByText('Web app')).toBeVisible()
  await expectAccessible(page)
  await nameField(page).fill('General ledger')
  await page.getByLabel('Redirect URIs').fill('https://ledger.example/cb')
  await page.getByLabel('Access tokens, in seconds').fill('600')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('General ledger')
  await expect(page.getByText('10 minutes, refresh tokens 30 days')).toBeVisible()
  await expect(page.getByText('Name: Ledger → General ledger')).toBeVisible()
  await expect(page.getByText('http://localhost:8080/cb', { exact: true })).toHaveCount(0)

  await page.getByRole('button', { name: 'Rotate secret' }).click()
  const rotate = page.getByRole('dialog', { name: 'Rotate secret' })
  await expect(rotate.getByRole('radio', { name: '24 hours' })).toBeChecked()
  await expectAccessible(page)
  await rotate.getByRole('button', { name: 'Rotate' }).click()
  const fresh = await save.getByLabel('Client secret', { exact: true }).inputValue()
  expect(fresh).not.toBe(secret)
  await expect(save).toContainText('Old secret works until')
  await done(page)
  await expect(page.getByRole('heading', { name: 'Client secrets' })).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: /^lks_\w{12}_…Works until/ })).toHaveCount(1)
  await page.getByRole('button', { name: 'Rotate secret' }).click()
  await expect(rotate).toContainText('Two secrets of this app work already')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'End now' }).click()
  await expect(page.getByText('The old secret of General ledger was ended.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'End now' })).toHaveCount(0)
  await expect(body).toContainText(fresh.slice(0, 17))

  await page.getByRole('link', { name: 'OAuth apps' }).first().click()
  const row = page.getByRole('row', { name: /General ledger/ })
  await expect(row).toContainText('Active')
  await expect(row).toContainText(clientId)
  await expectAccessible(page)
  await actions(page, 'General ledger', 'Disable')
  const disable = page.getByRole('dialog', { name: 'Disable app' })
  await expect(disable).toContainText('It is connected to nobody.')
  await expectAccessible(page)
  await disable.getByRole('button', { name: 'Disable app' }).click()
  await expect(row).toContainText('Disabled')
  await actions(page, 'General ledger', 'Enable')
  await expect(row).toContainText('Active')

  latchkeyCli(latchkey, ['apps', 'disable', '--id', clientId])
  await page.reload()
  await expect(row).toContainText('Disabled by an admin')
  await page.getByRole('button', { name: 'Actions for General ledger' }).click()
  await expect(page.getByRole('menuitem', { name: 'Enable' })).toBeDisabled()
})

test('what is wrong with each redirect URI is said beside the field, and nothing typed is lost', async ({
  page,
  latchkey,
}) => {
  const slug = await signUpVerified(page, latchkey, newPerson())
  await page.goto(`/projects/${slug}/apps/new`)
  const uris = 'https://ledger.example/cb\njavascript:alert(1)\nhttps://*.ledger.example/cb\nhttp://ledger.example'
  await page.getByLabel('Redirect URIs').fill(uris)
  await page.getByLabel('Access tokens, in seconds').fill('soon')
  await page.getByRole('button', { name: 'Register app' }).click()
  await expect(nameField(page)).toHaveAccessibleDescription(/Name is empty/)
  await expect(nameField(page)).toBeFocused()
  await expect(page.getByLabel('Access tokens, in seconds')).toHaveAccessibleDescription(/not a whole number/)
  await nameField(page).fill('<script>alert(1)</script>')
  await page.getByLabel('Access tokens, in seconds').fill('3600')
  await page.getByRole('button', { name: 'Register app' }).click()
  const field = page.getByLabel('Redirect URIs')
  await expect(field).toHaveAccessibleDescription(/"javascript:alert\(1\)" is not https/)
  await expect(field).toHaveAccessibleDescription(/"https:\/\/\*\.ledger\.example\/cb" has a wildcard/)
  await expect(field).toHaveAccessibleDescription(/"http:\/\/ledger\.example" is not https/)
  await expect(field).toBeFocused()
  await expect(field).toHaveValue(uris)
  await expectAccessible(page)
  // Threat 46: a name is text.
  await field.fill('https://ledger.example/cb')
  await page.getByRole('button', { name: 'Register app' }).click()
  await page.getByRole('dialog').getByLabel('Client secret').waitFor()
  await done(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('<script>alert(1)</script>')
})

test('a native app and a machine, by keyboard alone', async ({ page, latchkey }) => {
  const slug = await signUpVerified(page, latchkey, newPerson())
  await page.goto(`/projects/${slug}/apps/new`)
  await nameField(page).focus()
  await page.keyboard.type('Pocket ledger')
  await page.getByRole('radio', { name: 'Web app' }).focus()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('radio', { name: 'Native app' })).toBeChecked()
  await expect(page.getByRole('checkbox', { name: 'It cannot keep a secret' })).toBeChecked()
  await page.getByLabel('Redirect URIs').focus()
  await page.keyboard.type('com.example.ledger:/callback')
  await page.getByRole('button', { name: 'Register app' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Pocket ledger')
  await expect(page.getByText('Native app, public: it has no secret')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Rotate secret' })).toHaveCount(0)

  await page.goto(`/projects/${slug}/apps/new`)
  await nameField(page).fill('Nightly export')
  await page.getByRole('radio', { name: 'Machine' }).check()
  await expect(page.getByLabel('Redirect URIs')).toHaveCount(0)
  await expect(page.getByRole('checkbox', { name: /Know who you are/ })).toHaveCount(0)
  await expect(page.getByRole('checkbox', { name: /Check credentials of every project/ })).toBeDisabled()
  await page.getByRole('checkbox', { name: /See orders/ }).focus()
  await page.keyboard.press('Space')
  await expectAccessible(page)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByLabel('Client secret').waitFor()
  await done(page)
  await expect(page.getByText('Act for itself')).toBeVisible()
})

test('a logo is a PNG, served by us alone', async ({ page, latchkey, request }) => {
  const slug = await signUp(page, newPerson())
  const { clientId } = register(latchkey, slug)
  await page.goto(`/projects/${slug}/apps/${clientId}/edit`)
  await choose(page, 'logo.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'))
  await expect(page.getByText('The file is not a whole PNG picture. Choose a PNG file.')).toBeVisible()
  await choose(page, 'wide.png', Buffer.from(pngOf(1025, 1)))
  await expect(page.getByText('The picture is larger than 1024 × 1024 pixels.')).toBeVisible()
  await choose(page, 'large.png', Buffer.concat([pngOf(8, 8), Buffer.alloc(70_000)]))
  await expect(page.getByText('The picture is larger than 64 KiB. Make it smaller.')).toBeVisible()
  await choose(page, 'logo.png', Buffer.from(pngOf(64, 64)))
  await expect(page.getByText('The logo of Ledger was changed.')).toBeVisible()
  await expect(page.getByRole('alert').filter({ hasText: 'larger' })).toHaveCount(0)
  await expectAccessible(page)

  await page.goto(`/projects/${slug}/apps`)
  const picture = page.getByRole('row', { name: /Ledger/ }).locator('img')
  expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(64)
  const path = (await picture.getAttribute('src')) ?? ''
  expect(path).toMatch(new RegExp(`^/apps/${clientId}/logo/[\\w-]{43}$`))
  const served = await request.get(path)
  expect(Buffer.compare(await served.body(), Buffer.from(pngOf(64, 64)))).toBe(0)
  expect(served.headers()).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  expect(served.headers()['content-security-policy']).toContain("default-src 'none'")
  expect(served.headers()['set-cookie']).toBeUndefined()
  expect((await request.get(`${path}x`)).status()).toBe(404)
  // Row 51: nothing is fetched from anywhere.
  expect((await request.get(`/_next/image?url=${encodeURIComponent(path)}&w=64&q=75`)).status()).toBeGreaterThanOrEqual(
    400,
  )

  await page.goto(`/projects/${slug}/apps/${clientId}/edit`)
  await page.getByRole('button', { name: 'Remove logo' }).click()
  await expect(page.getByText('The logo of Ledger was removed.')).toBeVisible()
  expect((await request.get(path)).status()).toBe(404)
})

test('a logo is not set by strangers, by nobody, or from elsewhere', async ({ page, browser, latchkey, request }) => {
  const slug = await signUp(page, newPerson())
  const { clientId } = register(latchkey, slug)
  const post = (client: typeof request, headers: Record<string, string>) =>
    client.post(`${latchkey.url}/apps/${clientId}/logo`, { data: Buffer.from(pngOf(8, 8)), headers })
  expect((await post(request, { Origin: latchkey.url })).status()).toBe(401)
  expect((await post(page.request, { Origin: 'https://evil.example' })).status()).toBe(403)
  const stranger = await browser.newContext({ baseURL: latchkey.url })
  await signUp(await stranger.newPage(), newPerson('Bob'))
  const refused = await post(stranger.request, { Origin: latchkey.url })
  expect([refused.status(), (await refused.json()).serverError.code]).toEqual([404, 'not_found'])
  expect((await (await stranger.newPage()).goto(`/projects/${slug}/apps/${clientId}`))?.status()).toBe(404)
  await stranger.close()
  expect((await post(page.request, { Origin: latchkey.url })).status()).toBe(200)
})

test('the project sees who uses its app, and can end it', async ({ page, browser, latchkey }) => {
  const slug = await signUp(page, newPerson())
  const ledger = createServer((_, response) => response.end('back at the ledger')).listen(0, '127.0.0.1')
  await once(ledger, 'listening')
  const redirectUri = `http://127.0.0.1:${(ledger.address() as AddressInfo).port}/cb`
  const { clientId } = register(latchkey, slug, redirectUri)
  const context = await browser.newContext({ baseURL: latchkey.url })
  const person = await context.newPage()
  await signUp(person, newPerson('Bob Noyce'))
  const ask = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile',
    code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
    code_challenge_method: 'S256',
  })
  await person.goto(`/oauth/authorize?${ask}`)
  await person.getByRole('button', { name: 'Allow' }).click()
  await expect(person.getByText('back at the ledger')).toBeVisible()
  await context.close()
  ledger.close()

  await page.goto(`/projects/${slug}/apps/${clientId}`)
  await expect(page.getByRole('heading', { name: '1 person' })).toBeVisible()
  const row = page.getByRole('row', { name: /Bob Noyce/ })
  await expect(row).toContainText('openid profile')
  await expect(row).toContainText('Never used')
  await row.getByRole('button', { name: 'End access for Bob Noyce' }).click()
  const dialog = page.getByRole('alertdialog', { name: 'End access' })
  await expect(dialog).toContainText('Ledger stops acting for Bob Noyce at once.')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'End access' }).click()
  await expect(page.getByText('Ledger lost access to Bob Noyce.')).toBeVisible()
  await expect(page.getByText('Nobody has given this app access yet.')).toBeVisible()
  await expect(page.getByText('ended the access of a person')).toBeVisible()
})

test('fits a phone', async ({ page, latchkey }) => {
  const slug = await signUp(page, newPerson())
  const { clientId } = register(latchkey, slug)
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['', '/new', `/${clientId}`, `/${clientId}/edit`]) {
    await page.goto(`/projects/${slug}/apps${path}`)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  }
})

const nameField = (page: Page) => page.getByRole('textbox', { name: 'Name' })

async function done(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Save your client secret' })
  await dialog.getByRole('checkbox', { name: 'I have stored this secret' }).check()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(dialog).toHaveCount(0)
}

async function actions(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

const choose = (page: Page, name: string, buffer: Buffer) =>
  page.getByLabel('Logo').setInputFiles({ name, mimeType: 'image/png', buffer })

const register = (latchkey: Latchkey, slug: string, redirectUri = 'https://ledger.example/cb'): { clientId: string } =>
  latchkeyCli(latchkey, ['apps', 'register', '--project', slug, '--name', 'Ledger', '--redirect-uri', redirectUri])

function latchkeyCli<T>(latchkey: Latchkey, args: string[]): T {
  const output = execFileSync(process.execPath, ['scripts/latchkey.mjs', ...args, '--json'], {
    env: { ...process.env, DATA_DIR: latchkey.dataDir },
    encoding: 'utf8',
  })
  return JSON.parse(output)
}
