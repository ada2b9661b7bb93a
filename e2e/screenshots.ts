// `npm run screenshots`: photographs the portal for docs/screenshots, wide and on a phone, light and dark.
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { type BrowserContextOptions, chromium, type Page } from '@playwright/test'
import build from './build'
import { chromiumArgs, ensureChromium } from './chromium'
import { goodPassword, signIn } from './people'
import { startLatchkey } from './server'

const FOLDER = 'docs/screenshots'

const keys = [
  ['Order sync', 'Zapier', 'Mozilla/5.0'],
  ['Menu display', 'The pizzeria', 'pizzeria/2.1'],
  ['Monthly figures', 'Acme Books', 'python-requests/2.32'],
  ['Parcel tracking', 'Swift Couriers', 'curl/8.5'],
] as const

const looks = ([1280, 390] as const).flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme, name: `${width}-${colorScheme}` })),
)

build()
mkdirSync(FOLDER, { recursive: true })
const admin = { name: 'Admin', email: 'ada@example.com', password: goodPassword }
const latchkey = await startLatchkey({ env: { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password } })
const browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumArgs })
try {
  await photographAll()
} finally {
  await browser.close()
  await latchkey.stop()
}

async function photographAll(): Promise<void> {
  const signedOut: BrowserContextOptions = { baseURL: latchkey.url, locale: 'en-GB', reducedMotion: 'reduce' }
  await inEachLook(signedOut, async (page, look) => {
    await photograph(page, '/', `welcome-${look}`)
    await photograph(page, '/sign-up', `sign-up-${look}`)
    await photograph(page, '/sign-in', `sign-in-${look}`)
  })

  const first = await browser.newContext(signedOut)
  const page = await first.newPage()
  const slug = await signIn(page, admin)
  const project = `/projects/${slug}`
  const signedIn = { ...signedOut, storageState: await first.storageState() }
  await rename(page, '/account', 'Ada Byron')
  await rename(page, `${project}/settings`, 'Corner shop')
  const consentPath = await askAsApp(page, slug)
  await first.close()

  await inEachLook(signedIn, (page, look) => photograph(page, `${project}/keys`, `keys-empty-${look}`))
  await inEachLook(signedIn, (page, look, index) => makeKey(page, slug, look, keys[index] ?? keys[0]))
  await furnish(signedIn, slug)
  await inEachLook(signedIn, async (page, look) => {
    await photograph(page, `${project}/keys`, `keys-${look}`)
    await page.getByRole('button', { name: 'Actions for Order sync' }).click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await page.getByRole('dialog', { name: 'Revoke key' }).waitFor()
    await page.screenshot({ path: `${FOLDER}/revoke-${look}.png` })
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Order sync' }).click()
    await page.waitForURL(/keys\/\w+$/)
    await photograph(page, page.url(), `key-${look}`)
    await photograph(page, `${project}/third-parties`, `third-parties-${look}`)
    await photograph(page, `${project}/apps`, `apps-${look}`)
    await photograph(page, `${project}/members`, `members-${look}`)
    await photograph(page, `${project}/settings`, `settings-${look}`)
    await photograph(page, consentPath, `consent-${look}`)
    await photograph(page, '/connections', `connections-${look}`)
    await page.getByRole('button', { name: 'Disconnect Zapier' }).click()
    await page.getByRole('dialog', { name: 'Disconnect Zapier' }).waitFor()
    await page.screenshot({ path: `${FOLDER}/disconnect-${look}.png` })
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Details of Zapier' }).click()
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await page.screenshot({ path: `${FOLDER}/connection-${look}.png`, fullPage: true })
    await photograph(page, '/account', `account-${look}`)
    await photograph(page, '/docs', `docs-${look}`, false)
    await photograph(page, '/admin', `admin-${look}`)
    for (const name of ['keys', 'users', 'apps', 'audit', 'policy']) {
      await photograph(page, `/admin/${name}`, `admin-${name}-${look}`)
    }
  })
}

async function rename(page: Page, path: string, name: string): Promise<void> {
  await page.goto(path)
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Save name' }).click()
  await page.getByText('name was changed.').waitFor()
}

/** What makes the lists look as they do after some weeks: a key that ends soon, an old secret, somebody invited. */
async function furnish(signedIn: BrowserContextOptions, slug: string): Promise<void> {
  const context = await browser.newContext(signedIn)
  const page = await context.newPage()
  const headers = { Origin: latchkey.url }
  const list = await page.request.get(`/api/v1/keys?project=${slug}&q=Monthly`)
  const { data } = (await list.json()) as { data: { id: string; thirdParty: { id: string } }[] }
  const [monthly] = data
  if (!monthly) throw new Error('The key to regenerate is not there.')
  const expiresAt = new Date(Date.now() + 9 * 86_400_000)
  const yearly = { label: 'Yearly figures', thirdParty: monthly.thirdParty.id, scopes: ['orders:read'], expiresAt }
  await page.request.post(`/api/v1/keys?project=${slug}`, { headers, data: yearly })
  const overlap = { overlapSeconds: 86_400 }
  await page.request.post(`/api/v1/keys/${monthly.id}/regenerate`, { headers, data: overlap })
  await page.goto(`/projects/${slug}/members`)
  await page.getByRole('button', { name: 'Invite member' }).click()
  await page.getByLabel('Email').fill('ben@example.com')
  await page.getByRole('button', { name: 'Send invitation' }).click()
  await page.getByRole('heading', { name: 'Invitations' }).waitFor()
  await context.close()
}

/** Registers an app as the person of `page`, and returns the path of its request for access. */
async function askAsApp(page: Page, slug: string): Promise<string> {
  const redirectUri = 'https://ledger.example/callback'
  const registered = await page.request.post(`/api/v1/apps?project=${slug}`, {
    headers: { Origin: latchkey.url },
    data: {
      name: 'Ledger',
      homepage: 'https://ledger.example',
      isPublic: true,
      redirectUris: [redirectUri],
      scopes: ['openid', 'profile', 'orders:read', 'keys:read'],
    },
  })
  const { id: clientId } = (await registered.json()) as { id: string }
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile orders:read keys:read',
    state: 'screenshot',
    code_challenge: createHash('sha256').update(goodPassword).digest('base64url'),
    code_challenge_method: 'S256',
  })
  return `/oauth/authorize?${query}`
}

/** Makes a key in the browser, photographing the two dialogs on the way, and uses it as its holder would. */
async function makeKey(page: Page, slug: string, look: string, [label, thirdParty, userAgent]: (typeof keys)[number]) {
  await page.goto(`/projects/${slug}/keys`)
  await page.getByRole('button', { name: 'Create key' }).first().click()
  const create = page.getByRole('dialog', { name: 'Create API key' })
  await create.getByLabel('Label').fill(label)
  await create.getByLabel('Third party').fill(thirdParty)
  await create.getByLabel('Third party').press('Tab')
  await create.getByRole('checkbox', { name: /See orders/ }).check()
  await page.screenshot({ path: `${FOLDER}/create-key-${look}.png` })
  await create.getByRole('button', { name: 'Create key' }).click()
  const save = page.getByRole('dialog', { name: 'Save your key' })
  const secret = await save.getByLabel('API key').inputValue()
  await page.screenshot({ path: `${FOLDER}/save-key-${look}.png` })
  await save.getByRole('checkbox', { name: 'I have stored this key' }).check()
  await save.getByRole('button', { name: 'Done' }).click()
  for (let request = 0; request < 5; request++) {
    await fetch(`${latchkey.url}/api/v1/me`, { headers: { 'X-Api-Key': secret, 'User-Agent': userAgent } })
  }
}

async function photograph(page: Page, path: string, name: string, fullPage = true): Promise<void> {
  await page.goto(path, { waitUntil: 'networkidle' })
  await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage })
}

async function inEachLook(
  options: BrowserContextOptions,
  work: (page: Page, look: string, index: number) => Promise<void>,
): Promise<void> {
  for (const [index, { width, colorScheme, name }] of looks.entries()) {
    const viewport = { width, height: width < 640 ? 844 : 800 }
    const context = await browser.newContext({ ...options, viewport, colorScheme })
    await work(await context.newPage(), name, index)
    await context.close()
  }
}
