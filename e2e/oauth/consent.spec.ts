import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, Page } from '@playwright/test'
import postgres from 'postgres'
import { expectAccessible } from '../accessible'
import { Browser } from './browser'
import {
  type App,
  api,
  authorizePath,
  expect,
  newTokens,
  type OauthSite,
  PASSWORD,
  type Person,
  pkce,
  test,
} from './site'

/** Where apps are called back: it shows that the browser arrived, and frames what it is asked to. */
const callback = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const framed = searchParams.get('frame')
  response.setHeader('Content-Type', 'text/html')
  response.end(
    framed ? `<h1>A frame</h1><iframe src="${framed.replaceAll('"', '')}"></iframe>` : '<h1>Back at the app</h1>',
  )
})
const host = () => `http://localhost:${(callback.address() as AddressInfo).port}`

test.beforeAll(() => new Promise<void>((done) => void callback.listen(0, '127.0.0.1', done)))
test.afterAll(() => void callback.close())

const register = (site: OauthSite, name: string, fields: object = {}) =>
  site.registerApp(name, { redirectUris: [`${host()}/callback`], ...fields })
const authorize = (page: Page, app: App, more: Record<string, string | undefined> = {}) =>
  page.goto(authorizePath(app, pkce().challenge, more))
const isBack = (page: Page) => expect(page.getByRole('heading', { name: 'Back at the app' })).toBeVisible()

test('says who asks for what, as whom and where to, for eyes and other ways to read', async ({
  site,
  page,
  context,
}) => {
  test.slow()
  await signedIn(site, context)
  const app = await register(site, 'Ledger Sync', {
    homepage: 'https://ledger.example',
    description: 'Copies your orders to your ledger every night.',
  })
  await authorize(page, app, { scope: 'openid profile email orders:read orders:write' })
  await expect(page.getByRole('heading', { level: 1, name: 'Ledger Sync asks for access' })).toBeVisible()
  for (const words of [
    'Not verified',
    'https://ledger.example',
    'Copies your orders',
    'See orders',
    new URL(host()).host,
  ]) {
    await expect(page.getByText(words, { exact: words === 'See orders' }).first()).toBeVisible()
  }
  await expect(page.getByText('Signed in as Ada (ada@example.com)')).toBeVisible()
  await expectAccessible(page)
  for (const [name, width, height] of [
    ['desktop', 1280, 900],
    ['phone', 390, 844],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: test.info().outputPath(`${name}-${colorScheme}.png`) })
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    }
  }
})

test('can be answered by the keyboard alone, and leads back past the policy on forms', async ({
  site,
  page,
  context,
}) => {
  await signedIn(site, context)
  const app = await register(site, 'Keys only')
  await authorize(page, app)
  await page.getByRole('button', { name: 'Deny' }).focus()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Allow' })).toBeFocused()
  await page.keyboard.press('Enter')
  await isBack(page)
  const back = new URL(page.url())
  expect(back.searchParams.get('code')).not.toBeNull()
  expect(back.searchParams.get('state')).toBe('a state & more')
  expect(back.searchParams.get('iss')).toBe(site.url)
  site.secrets.add(back.searchParams.get('code') ?? '')
  // Back in the browser's history there is nothing left to answer.
  await page.goBack()
  await expect(page.getByRole('heading', { name: 'This request is over' })).toBeVisible()
})

test('denying tells the app, and nothing was given', async ({ site, page, context }) => {
  await signedIn(site, context)
  const app = await register(site, 'Turned down')
  await authorize(page, app)
  await page.getByRole('button', { name: 'Deny' }).click()
  await isBack(page)
  const back = new URL(page.url())
  expect(Object.fromEntries(back.searchParams)).toMatchObject({
    error: 'access_denied',
    state: 'a state & more',
    iss: site.url,
  })
})

test('asking again, only what is new stands out', async ({ site, page, context }) => {
  await signedIn(site, context)
  const app = await register(site, 'Grows')
  await authorize(page, app, { scope: 'orders:read' })
  await page.getByRole('button', { name: 'Allow' }).click()
  await isBack(page)
  await authorize(page, app, { scope: 'orders:read orders:write' })
  await expect(page.getByRole('heading', { name: 'Grows asks for more access' })).toBeVisible()
  const section = (heading: string) => page.getByRole('heading', { name: heading }).locator('..')
  await expect(section('New: it will also be able to').getByRole('listitem')).toHaveText(['Place and change orders'])
  await expect(section('You have allowed it before to').getByRole('listitem')).toHaveText(['See orders'])
  await expectAccessible(page)
})

// A person gets into a second project through the database alone, which only a server lets others write to.
test('with two projects one is chosen, and the token is about that one', { tag: '@postgres' }, async ({
  site,
  page,
  context,
}) => {
  const options = ['--email', 'eve@example.com', '--password', PASSWORD, '--name', 'Eve']
  const eve = await site.latchkey('users', 'create', ...options)
  const sql = postgres(site.databaseUrl ?? '', { max: 1 })
  await sql`insert into memberships (project_id, user_id, role) values (${site.ada.project.id}, ${eve.id}, 'viewer')`
  await sql.end()
  await signedIn(site, context, eve)
  const app = await register(site, 'Chooser')
  await authorize(page, app)
  const choice = page.getByLabel('For which project')
  await page.getByRole('button', { name: 'Allow' }).click()
  // Nothing is chosen for anybody.
  await expect(choice).toBeVisible()
  expect(await choice.evaluate((select: HTMLSelectElement) => select.validity.valueMissing)).toBe(true)
  await expectAccessible(page)
  await choice.selectOption(site.ada.project.id)
  await page.getByRole('button', { name: 'Allow' }).click()
  await isBack(page)
  const tokens = await newTokens(site, await site.browser(eve), app)
  expect((await api(site, tokens.access_token)).body.project.id).toBe(site.ada.project.id)

  // Consent for the other one says what will hold there, and moves nothing.
  await authorize(page, app, { prompt: 'consent', scope: 'orders:read' })
  const section = (heading: string) => page.getByRole('heading', { name: heading }).locator('..')
  await expect(section('It will be able to').getByRole('listitem')).toHaveText(['See orders'])
  await expect(page.getByRole('heading', { name: /^In .+ you have allowed it before to$/ })).toBeVisible()
  await choice.selectOption(eve.project.id)
  await page.getByRole('button', { name: 'Allow' }).click()
  await isBack(page)
  expect((await api(site, tokens.access_token)).body.project.id).toBe(site.ada.project.id)
  await page.goto(`${site.url}/connections`)
  await expect(page.getByRole('button', { name: /^Remove access of Chooser in / })).toHaveCount(2)
  // With two projects it is never clear which one a request is for.
  await authorize(page, app, { scope: 'orders:read' })
  await expect(choice).toBeVisible()
})

test('an address that was not allowed before is asked about, and stands out', async ({ site, page, context }) => {
  await signedIn(site, context)
  const next = `${host()}/elsewhere`
  const app = await register(site, 'Moves', { redirectUris: [`${host()}/callback`, next] })
  await authorize(page, app)
  await page.getByRole('button', { name: 'Allow' }).click()
  await isBack(page)
  await authorize(page, app)
  await isBack(page)
  await authorize(page, { ...app, redirectUri: next })
  await expect(page.getByText(`You have not allowed Moves to send you to ${next} before.`)).toBeVisible()
  await expectAccessible(page)
})

test('another account, by way of signing in', async ({ site, page, context }) => {
  await signedIn(site, context)
  const app = await register(site, 'Either')
  await authorize(page, app)
  await page.getByRole('button', { name: 'Use another account' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await page.getByLabel('Email').fill(site.bob.email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Signed in as Bob (bob@example.com)')).toBeVisible()
  await page.getByRole('button', { name: 'Allow' }).click()
  await isBack(page)
  expect(await (await site.browser(site.bob)).grantOf('Either')).not.toBeNull()
  expect(await (await site.browser(site.ada)).grantOf('Either')).toBeNull()
})

test('an account changed in another tab decides nothing', async ({ site, page, context }) => {
  await signedIn(site, context)
  const app = await register(site, 'Two tabs')
  await authorize(page, app)
  await signedIn(site, context, site.bob)
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page.getByText('You have changed accounts since this page was shown')).toBeVisible()
  await expect(page.getByText('Signed in as Bob')).toBeVisible()
})

test('prompt=login leads through signing in, and then on', async ({ site, page, context }) => {
  await signedIn(site, context)
  const app = await register(site, 'Bank')
  await page.waitForTimeout(1_100)
  await authorize(page, app, { prompt: 'login', scope: 'openid' })
  await page.getByRole('button', { name: 'Sign in again' }).click()
  await page.getByLabel('Email').fill(site.ada.email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await isBack(page)
  expect(new URL(page.url()).searchParams.get('code')).not.toBeNull()
})

test('marks: not verified, verified, first-party apps ask too', async ({ site, page, context }) => {
  await signedIn(site, context)
  // An admin may give an app a name that looks like this site's.
  const app = await register(site, 'House')
  await site.latchkey('apps', 'rename', '--id', app.clientId, '--name', 'Latchkey')
  await authorize(page, app)
  await expect(page.getByText('Not verified')).toBeVisible()
  await expect(page.getByText('Nobody at this site has checked who is behind Latchkey')).toBeVisible()
  await site.latchkey('apps', 'verify', '--id', app.clientId)
  await page.reload()
  await expect(page.getByText('Verified', { exact: true })).toBeVisible()
  await expect(page.getByText('Not verified')).toHaveCount(0)
})

test('cannot be framed, nor can the page of errors', async ({ site, page, context }) => {
  await signedIn(site, context)
  const app = await register(site, 'Framed')
  const refused: string[] = []
  page.on('console', (message) => void (message.type() === 'error' && refused.push(message.text())))
  for (const path of [
    authorizePath(app, pkce().challenge),
    authorizePath({ ...app, clientId: 'nobody' }, pkce().challenge),
    '/device',
  ]) {
    await page.goto(`${host()}/?frame=${encodeURIComponent(site.url + path)}`)
    await expect.poll(() => refused.length).toBeGreaterThan(0)
    expect(refused.join()).toMatch(/frame-ancestors|X-Frame-Options|refused to connect/i)
    expect(
      await page
        .frames()[1]
        ?.locator('button')
        .count()
        .catch(() => 0),
    ).toBe(0)
    refused.length = 0
  }
})

test('script in every name an app can have is text', async ({ site, page, context }) => {
  await signedIn(site, context)
  const script = '<img src=x onerror=alert(1)>'
  let dialogs = 0
  page.on('dialog', (dialog) => {
    dialogs++
    void dialog.dismiss()
  })
  const app = await register(site, script, { description: script })
  await authorize(page, app)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(script)
  await page.getByRole('button', { name: 'Allow' }).click()
  await isBack(page)
  await page.goto('/connections')
  await expect(page.getByText(script).first()).toBeVisible()
  expect(dialogs).toBe(0)
})

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false })

  test('consent works all the same', async ({ site, page, context }) => {
    await signedIn(site, context)
    const app = await register(site, 'Plain')
    await authorize(page, app)
    await page.getByRole('button', { name: 'Allow' }).click()
    await isBack(page)
    expect(new URL(page.url()).searchParams.get('code')).not.toBeNull()
  })
})

/** Gives the browser a session of the person, which no other test uses: some of these end it. */
async function signedIn(site: OauthSite, context: BrowserContext, person: Person = site.ada): Promise<void> {
  const browser = new Browser(site.url, site.secrets)
  await browser.signIn(person.email, PASSWORD)
  const [, value = ''] = /latchkey\.session=([^;]+)/.exec(browser.cookiesFor('/')) ?? []
  await context.addCookies([{ name: 'latchkey.session', value, url: site.url, httpOnly: true, sameSite: 'Lax' }])
}
