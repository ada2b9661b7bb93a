import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIRequestContext, Page } from '@playwright/test'
import { expectAccessible } from './accessible'
import { newPerson, signUp, signUpVerified } from './people'
import { expect, test } from './test'

const VERIFIER = 'a-verifier-of-the-app-that-is-long-enough-for-the-rfc'

/** Where apps are called back: a redirect cannot be answered by the browser's own routes. */
const callback = createServer((_request, response) => response.end('Back at the app'))
let callbackHost = ''
test.beforeAll(async () => {
  await once(callback.listen(0, '127.0.0.1'), 'listening')
  callbackHost = `localhost:${(callback.address() as AddressInfo).port}`
})
test.afterAll(() => callback.close())
const callbackUri = () => `http://${callbackHost}/back`

interface App {
  id: string
  secret: string
}

/** Posts to the API as the person who is signed in. */
async function post(page: Page, path: string, data: object) {
  const answer = await page.request.post(`/api/v1${path}`, { headers: { origin: new URL(page.url()).origin }, data })
  expect(answer.status(), await answer.text()).toBe(201)
  return answer.json()
}

const makeKey = async (page: Page, slug: string, label: string, thirdParty?: object | string): Promise<string> =>
  (await post(page, `/keys?project=${slug}`, { label, thirdParty, scopes: ['orders:read'] })).secret

async function registerApp(page: Page, slug: string): Promise<App> {
  const app = await post(page, `/apps?project=${slug}`, {
    name: 'Zapier',
    homepage: 'https://zapier.example',
    redirectUris: [callbackUri()],
    scopes: ['openid', 'offline_access', 'orders:read', 'orders:write'],
  })
  return { id: app.id, secret: app.clientSecret }
}

/** Sends the person to the app's authorization; resolves with whether they were asked, and the code. */
async function authorize(page: Page, app: App): Promise<{ asked: boolean; code: string }> {
  const query = new URLSearchParams({
    client_id: app.id,
    redirect_uri: callbackUri(),
    response_type: 'code',
    scope: 'openid offline_access orders:read orders:write',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
  })
  await page.goto(`/oauth/authorize?${query}`)
  const allow = page.getByRole('button', { name: 'Allow' })
  await expect(allow.or(page.getByText('Back at the app'))).toBeVisible()
  const asked = await allow.isVisible()
  if (asked) await allow.click()
  await expect(page.getByText('Back at the app')).toBeVisible()
  return { asked, code: new URL(page.url()).searchParams.get('code') ?? '' }
}

const token = (request: APIRequestContext, app: App, form: Record<string, string>) =>
  request.post('/oauth/token', {
    headers: { authorization: `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}` },
    form,
  })

const redeem = (request: APIRequestContext, app: App, code: string) =>
  token(request, app, { grant_type: 'authorization_code', code, code_verifier: VERIFIER, redirect_uri: callbackUri() })

const statusOf = async (request: APIRequestContext, credential: string) =>
  (await request.get('/api/v1/me', { headers: { authorization: `Bearer ${credential}` } })).status()

/** One connection of the list. */
const card = (page: Page, name: string) => page.getByRole('article', { name })

test('is empty at first, lists keys by who holds them, and removes one', async ({ page, playwright, latchkey }) => {
  const slug = await signUp(page, newPerson())
  const request = await playwright.request.newContext({ baseURL: latchkey.url })
  await page.getByRole('link', { name: 'Connections' }).click()
  await expect(page.getByRole('heading', { name: 'Connections', exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Nobody acts for you yet' })).toBeVisible()
  await expectAccessible(page)

  const one = await makeKey(page, slug, 'Order sync', { name: 'Acme', website: 'https://acme.example' })
  const two = await makeKey(page, slug, 'Old sync', { name: 'Acme' })
  await makeKey(page, slug, 'Loose end')
  expect(await statusOf(request, one)).toBe(200)
  await page.reload()
  await expect(page.getByRole('article')).toHaveCount(2)
  for (const text of ['acme.example', 'See orders', 'Order sync', 'Old sync']) {
    await expect(card(page, 'Acme')).toContainText(text)
  }
  await expect(card(page, 'Loose end')).toContainText('Nobody is named as its holder.')
  await expectAccessible(page)

  await card(page, 'Acme').getByRole('button', { name: 'Remove access of Order sync' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove access' })
  await expect(dialog).toContainText('The key stops working at once.')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Remove access' }).click()
  await expect(page.getByText('Order sync has lost its access.')).toBeVisible()
  await expect(card(page, 'Acme')).not.toContainText('Order sync')
  expect([await statusOf(request, one), await statusOf(request, two)]).toEqual([401, 200])
})

test('disconnects two keys and an app at once, and nobody else', async ({ page, playwright, latchkey }) => {
  const slug = await signUpVerified(page, latchkey, newPerson())
  const request = await playwright.request.newContext({ baseURL: latchkey.url })
  const app = await registerApp(page, slug)
  const thirdParty = (await post(page, `/third-parties?project=${slug}`, { name: 'Our Zapier', app: app.id })).id
  const keys = [await makeKey(page, slug, 'One', thirdParty), await makeKey(page, slug, 'Two', thirdParty)]
  const other = await makeKey(page, slug, 'Other', { name: 'Acme' })
  const { asked, code } = await authorize(page, app)
  expect(asked).toBe(true)
  const tokens = await (await redeem(request, app, code)).json()
  expect(await statusOf(request, tokens.access_token)).toBe(200)
  const pending = await authorize(page, app)

  await page.goto('/connections')
  const zapier = card(page, 'Zapier')
  await expect(page.getByRole('article')).toHaveCount(2)
  for (const text of ['Not verified', callbackHost, 'One', 'Two', 'Access you gave as an app']) {
    await expect(zapier).toContainText(text)
  }
  await zapier.getByRole('button', { name: 'Disconnect Zapier' }).click()
  const dialog = page.getByRole('dialog', { name: 'Disconnect Zapier' })
  await expect(dialog.getByRole('listitem')).toHaveCount(3)
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Disconnect' }).click()
  await expect(page.getByText('Zapier was disconnected: 2 keys and 1 app access.')).toBeVisible()
  await expect(page.getByRole('article')).toHaveCount(1)

  for (const credential of [...keys, tokens.access_token]) expect(await statusOf(request, credential)).toBe(401)
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  for (const answer of [await token(request, app, refresh), await redeem(request, app, pending.code)]) {
    expect([answer.status(), (await answer.json()).error]).toEqual([400, 'invalid_grant'])
  }
  expect(await statusOf(request, other)).toBe(200)
  const again = await authorize(page, app)
  expect(again.asked).toBe(true)
  expect((await redeem(request, app, again.code)).status()).toBe(200)
  expect(await statusOf(request, tokens.access_token)).toBe(401)
})

test('shows all of one connection, takes some access away, and tells its history', async ({
  page,
  playwright,
  latchkey,
}) => {
  const slug = await signUpVerified(page, latchkey, newPerson('Mara Lind'))
  const request = await playwright.request.newContext({ baseURL: latchkey.url })
  const app = await registerApp(page, slug)
  const { code } = await authorize(page, app)
  const { access_token } = await (await redeem(request, app, code)).json()
  expect(await statusOf(request, access_token)).toBe(200)

  await page.goto('/connections')
  await card(page, 'Zapier').getByRole('link', { name: 'Details of Zapier' }).click()
  await expect(page).toHaveURL(`/connections/app-${app.id}`)
  await expect(page.getByRole('heading', { name: 'Zapier', level: 1 })).toBeVisible()
  await expectAccessible(page)
  const narrow = page.getByRole('button', { name: 'Narrow access' })
  await expect(narrow).toBeDisabled()
  await page.getByRole('checkbox', { name: /Place and change orders/ }).uncheck()
  await narrow.click()
  await expect(page.getByText('The access of Zapier was narrowed.')).toBeVisible()
  await expect(page.getByRole('checkbox', { name: /Place and change orders/ })).toHaveCount(0)
  await expect(page.getByText('took some access from the app')).toBeVisible()
  const me = await request.get('/api/v1/me', { headers: { authorization: `Bearer ${access_token}` } })
  expect((await me.json()).scopes).toEqual(['orders:read'])

  await page.getByRole('button', { name: 'Remove access' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove access' }).click()
  await expect(page).toHaveURL('/connections')
  await expect(page.getByRole('heading', { name: 'Nobody acts for you yet' })).toBeVisible()
  expect(await statusOf(request, access_token)).toBe(401)
  expect((await page.goto(`/connections/app-${app.id}`))?.status()).toBe(404)
})

test('keeps its filters in the address, and says when nothing matches', async ({ page }) => {
  const slug = await signUp(page, newPerson())
  await makeKey(page, slug, 'Order sync', { name: 'Acme' })
  await page.goto('/connections')
  await page.getByRole('combobox', { name: 'Show' }).click()
  await page.getByRole('option', { name: 'Apps you let in' }).click()
  await expect(page.getByRole('heading', { name: 'No connection matches these filters' })).toBeVisible()
  await expect(page).toHaveURL('/connections?kind=apps')
  await expectAccessible(page)
  await page.goBack()
  await expect(card(page, 'Acme')).toBeVisible()
  await page.getByRole('combobox', { name: 'Project' }).click()
  await page.getByRole('option').nth(1).click()
  await page.getByRole('combobox', { name: 'Keys' }).click()
  await page.getByRole('option', { name: 'All of the project' }).click()
  await expect(page).toHaveURL(`/connections?project=${slug}&keys=all`)
  await expect(card(page, 'Acme')).toBeVisible()
  await page.getByRole('checkbox', { name: 'Unused for 90 days' }).check()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(page).toHaveURL('/connections')
  expect((await page.goto('/connections?project=there-is-none'))?.status()).toBe(404)
})

test('a third party is linked to the app that its website belongs to', async ({ page, latchkey }) => {
  const slug = await signUpVerified(page, latchkey, newPerson())
  await registerApp(page, slug)
  await post(page, `/third-parties?project=${slug}`, { name: 'Our Zapier', website: 'https://zapier.example/pricing' })
  await page.goto(`/projects/${slug}/third-parties`)
  await expect(page.getByText('This looks like the app Zapier (not verified).')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Link them' }).click()
  await expect(page.getByText('Our Zapier was linked to the app Zapier.')).toBeVisible()
  await expect(page.getByText('App: Zapier, not verified')).toBeVisible()
  await makeKey(page, slug, 'Order sync', { name: 'Our Zapier' })
  await page.goto('/connections')
  await expect(card(page, 'Zapier')).toContainText('Order sync')

  await page.goto(`/projects/${slug}/third-parties`)
  await page.getByRole('button', { name: 'Actions for Our Zapier' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  const edit = page.getByRole('dialog', { name: 'Edit third party' })
  await expect(edit.getByRole('combobox', { name: 'App' })).toHaveValue('Zapier')
  await edit.getByRole('button', { name: 'Clear' }).click()
  await edit.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('This looks like the app Zapier (not verified).')).toBeVisible()
})

test('a key is made for a registered app', async ({ page, latchkey }) => {
  const slug = await signUpVerified(page, latchkey, newPerson())
  const app = await registerApp(page, slug)
  await page.goto(`/projects/${slug}/keys`)
  await page.getByRole('button', { name: 'Create key' }).first().click()
  const create = page.getByRole('dialog', { name: 'Create API key' })
  await create.getByLabel('Label').fill('Order sync')
  await create.getByLabel('Third party').fill('Zap')
  await page.getByRole('option', { name: /Zapier.*Registered app/ }).click()
  await create.getByRole('button', { name: 'Create key' }).click()
  await expect(page.getByRole('dialog', { name: 'Save your key' })).toBeVisible()
  const { data } = await (await page.request.get(`/api/v1/third-parties?project=${slug}`)).json()
  expect(data).toMatchObject([{ name: 'Zapier', app: { id: app.id, verified: false }, keys: 1 }])
})
