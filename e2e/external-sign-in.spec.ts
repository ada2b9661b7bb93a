import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { type Browser, expect, type Page, test } from '@playwright/test'
import Provider from 'oidc-provider'
import { freePort } from '../scripts/free-port'
import { expectAccessible } from './accessible'
import { newPerson, type Person, trySignIn } from './people'
import { type Latchkey, startLatchkey } from './server'

/** Whose address the other site says is verified: whoever signs in there is called by the address. */
const verified = new Set<string>()

let latchkey: Latchkey
let foreign: Server

test.beforeAll(async () => {
  test.setTimeout(120_000)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const client = { AUTH_OIDC_ISSUER: issuer, AUTH_OIDC_ID: 'latchkey', AUTH_OIDC_SECRET: 'a secret of theirs' }
  const other = { AUTH_GITHUB_ID: 'nobody', AUTH_GITHUB_SECRET: 'knows' }
  latchkey = await startLatchkey({ env: { ...client, AUTH_OIDC_NAME: 'Elsewhere', ...other } })
  foreign = createServer(elsewhere(issuer, `${latchkey.url}/api/auth/callback/oidc`).callback()).listen(port)
  await once(foreign, 'listening')
})

test.afterAll(async () => {
  foreign?.closeAllConnections()
  foreign?.close()
  await latchkey?.stop()
})

test('somebody new gets an account, and comes back to it', async ({ browser }) => {
  const email = newPerson().email
  verified.add(email)
  const page = await newPage(browser)
  await page.goto('/sign-in?next=/account')
  await expectAccessible(page)
  await continueElsewhere(page, email)
  await expect(page).toHaveURL('/account')
  await expect(page.getByRole('listitem').filter({ hasText: 'Elsewhere' })).toContainText(email)
  // It is the only way in.
  const asked = page.getByRole('alertdialog')
  await expect(async () => {
    // A page that a redirect led to is there to be read before its scripts are.
    await page.getByRole('button', { name: 'Unlink Elsewhere' }).click()
    await expect(asked).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await asked.getByRole('button', { name: 'Unlink' }).click()
  await expect(page.getByText('This is your last way in.')).toBeVisible()

  const again = await newPage(browser)
  await again.goto('/sign-in')
  await continueElsewhere(again, email)
  await expect(again.getByRole('heading', { name: 'API keys' })).toBeVisible()
})

test('it works without scripts, and not for a form of another site', async ({ browser }) => {
  const email = newPerson().email
  verified.add(email)
  const context = await browser.newContext({ baseURL: latchkey.url, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto('/sign-in?next=/account')
  const fields = await page
    .locator('form', { hasText: 'Continue with Elsewhere' })
    .locator('input')
    .evaluateAll((inputs) => inputs.map((input) => [input.getAttribute('name'), input.getAttribute('value') ?? '']))
  for (const origin of ['https://evil.example', 'null', undefined]) {
    const answer = await page.request.post('/sign-in', {
      multipart: Object.fromEntries(fields),
      headers: { ...(origin && { origin }) },
      maxRedirects: 0,
    })
    expect([answer.status(), answer.headers()['set-cookie']]).toEqual([403, undefined])
  }
  await continueElsewhere(page, email)
  await expect(page).toHaveURL('/account')
  await expect(page.getByRole('listitem').filter({ hasText: 'Elsewhere' })).toContainText(email)
  await context.close()
})

test('an address alone opens no account: its person signs in here, and says that both are theirs', async ({
  browser,
}) => {
  const person = newPerson('Lin Linked')
  // An account from the command line has an address that nobody needs to prove.
  const { email, password } = person
  createUser(person)
  const page = await newPage(browser)
  await page.goto('/sign-in')
  await continueElsewhere(page, email)
  await expect(page.getByText('does not say that your address is verified')).toBeVisible()

  verified.add(email)
  await page.context().clearCookies()
  await page.goto('/sign-in')
  await continueElsewhere(page, email)
  await expect(page.getByText('There is an account with your address already.')).toBeVisible()
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: 'Link your Elsewhere account' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Link accounts' }).click()
  await expect(page.getByText('Elsewhere was linked.')).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: 'Elsewhere' }).first()).toContainText(email)

  await page.context().clearCookies()
  await page.goto('/sign-in?next=/account')
  await continueElsewhere(page, email)
  await expect(page).toHaveURL('/account')
  await expect(page.getByLabel('Name')).toHaveValue('Lin Linked')
})

test('threat 74: state, nonce and PKCE of another sign-in are refused', async ({ browser }) => {
  const email = newPerson().email
  verified.add(email)
  for (const parameter of ['state', 'nonce', 'code_challenge']) {
    const page = await newPage(browser)
    await exchange(page, parameter)
    await page.goto('/sign-in')
    await continueElsewhere(page, email)
    await expect(page.getByText('Signing in did not work.')).toBeVisible()
    expect((await page.request.get('/api/v1/me')).status()).toBe(401)
    await page.context().close()
  }
})

test('threat 74: what was begun with one site cannot be ended with another, nor in another browser', async ({
  browser,
}) => {
  const email = newPerson().email
  verified.add(email)
  const page = await newPage(browser)
  const answer = page.waitForRequest(/\/api\/auth\/callback\/oidc\?/)
  await page.route(/\/api\/auth\/callback\/oidc\?/, (route) => route.abort())
  await page.goto('/sign-in')
  await continueElsewhere(page, email)
  const url = new URL((await answer).url())
  for (const path of ['/api/auth/callback/github', '/api/auth/callback/google']) {
    const refused = await page.request.get(`${path}${url.search}`, { maxRedirects: 0 })
    expect(refused.headers()['set-cookie'] ?? '').not.toContain('latchkey.session=ey')
    expect(refused.status()).toBeGreaterThanOrEqual(300)
  }
  const elsewhere = await newPage(browser)
  await elsewhere.goto(url.href)
  await expect(elsewhere.getByText('Signing in did not work.')).toBeVisible()
  // The right browser still gets through, once.
  await page.unroute(/\/api\/auth\/callback\/oidc\?/)
  await page.goto(url.href)
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
})

test('where sign-up is by invitation, it is the way in for who was invited', async ({ browser }) => {
  const [owner, email, another] = [newPerson('Olga Owner'), newPerson().email, newPerson().email]
  for (const address of [email, another]) verified.add(address)
  createUser(owner, '--admin')
  const page = await newPage(browser)
  await trySignIn(page, owner)
  await page.waitForURL(/\/projects\/[^/]+\/keys$/)
  const members = page.url().replace(/keys$/, 'members')
  await page.goto('/admin/policy')
  await page.getByRole('radio', { name: /By invitation/ }).check()
  await page.getByRole('button', { name: 'Change policy' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Change policy' }).click()
  await expect(page.getByText('The policy was changed.')).toBeVisible()
  await page.goto(members)
  await page.getByRole('button', { name: 'Invite member' }).click()
  await page.getByRole('dialog').getByLabel('Email').fill(email)
  await page.getByRole('dialog').getByRole('button', { name: 'Send invitation' }).click()
  const link = await invitationTo(email)

  const invited = await newPage(browser)
  await invited.goto(link)
  await expectAccessible(invited)
  await continueElsewhere(invited, another)
  await expect(invited.getByText('none waits for your address at the other site')).toBeVisible()
  await invited.context().clearCookies()
  await invited.goto(link)
  await continueElsewhere(invited, email)
  await expect(invited).toHaveURL(link)
  await invited.getByRole('button', { name: 'Accept invitation' }).click()
  await expect(invited).toHaveURL(members.replace(/members$/, 'keys'))
})

/** Another site's OpenID provider, which takes anybody for whom they say they are. */
const elsewhere = (issuer: string, callback: string) =>
  new Provider(issuer, {
    clients: [{ client_id: 'latchkey', client_secret: 'a secret of theirs', redirect_uris: [callback] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: 'Noor Elsewhere', email: id, email_verified: verified.has(id) }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ['only for this test'] },
  })

function createUser({ name, email, password }: Person, ...more: string[]): void {
  const options = ['--name', name, '--email', email, '--password', password, ...more]
  execFileSync(process.execPath, ['scripts/latchkey.mjs', 'users', 'create', ...options], {
    env: { ...process.env, DATA_DIR: latchkey.dataDir },
  })
}

/** The link of the invitation that was written to an address, once it is there. */
async function invitationTo(email: string): Promise<string> {
  const folder = join(latchkey.dataDir, 'outbox')
  let link = ''
  await expect(() => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.eml'))
    const mails = files.map((name) => readFileSync(join(folder, name), 'utf8'))
    const mail = mails.find((text) => text.includes(`To: ${email}`)) ?? ''
    link = /X-Latchkey-Link:\s+\S+(\/invitations\/\w+)/.exec(mail)?.[1] ?? ''
    expect(link).not.toBe('')
  }).toPass({ timeout: 30_000 })
  return link
}

const newPage = async (browser: Browser): Promise<Page> =>
  (await browser.newContext({ baseURL: latchkey.url })).newPage()

/** Signs in at the other site, and lets it tell this one who that is. */
async function continueElsewhere(page: Page, login: string): Promise<void> {
  await page.getByRole('button', { name: 'Continue with Elsewhere' }).click()
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[name=password]').fill('whatever')
  await page.locator('button[type=submit]').click()
  await page.waitForURL(/interaction/)
  await page.locator('button[type=submit]', { hasText: 'Continue' }).click()
}

/** On its way to the other site, a parameter of the request becomes that of somebody else's. */
async function exchange(page: Page, parameter: string): Promise<void> {
  let exchanged = false
  await page.route(/localhost:\d+\/auth\?/, (route) => {
    if (exchanged) return route.continue()
    exchanged = true
    const url = new URL(route.request().url())
    url.searchParams.set(parameter, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
    return route.fulfill({ status: 302, headers: { location: url.href } })
  })
}
