import type { CDPSession, Locator, Page } from '@playwright/test'
import { expectAccessible } from './accessible'
import { codeOf, newPerson, signIn, signUp, trySignIn } from './people'
import { startLatchkey } from './server'
import { expect, test } from './test'

test('authenticator app and recovery codes: set up, asked for, and used once each', async ({ page, browser }) => {
  test.slow()
  const person = newPerson('Tess Two')
  await signUp(page, person)
  await page.goto('/account')
  const { dialog, secret } = await beginApp(page)
  await expectAccessible(page)
  await dialog.getByLabel('Code', { exact: true }).fill('000000')
  await dialog.getByRole('button', { name: 'Add app' }).click()
  await expect(dialog.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(
    /not the code that the app shows/,
  )
  await dialog.getByLabel('Code', { exact: true }).fill(codeOf(secret, 0))
  await dialog.getByRole('button', { name: 'Add app' }).click()
  const codes = await storedCodes(page)
  await expect(page.getByText('10 recovery codes still work.')).toBeVisible()

  const other = await (await browser.newContext()).newPage()
  await trySignIn(other, person)
  await expect(other.getByRole('heading', { name: 'One more step' })).toBeVisible()
  await expectAccessible(other)
  await expectNobody(other)
  const before = await cookieOf(other)
  await other.goto('/sign-in?next=/account')
  // The next one: that of now was taken a moment ago.
  const used = codeOf(secret, 1)
  await takeCode(other, used)
  await expect(other).toHaveURL('/account')
  // Threat 55: what was there before the second step is nobody's now, whoever kept it.
  expect(await cookieOf(other)).not.toBe(before)
  const thief = await browser.newContext({ extraHTTPHeaders: { cookie: `latchkey.session=${before}` } })
  expect(new URL((await (await thief.newPage()).goto('/account'))?.url() ?? '').pathname).toBe('/sign-in')

  await other.context().clearCookies()
  await trySignIn(other, person)
  await takeCode(other, used)
  await expect(other.getByRole('alert').filter({ hasText: 'wrong' })).toContainText('was used before')
  await takeCode(other, codes[0] ?? '')
  await expect(other.getByRole('heading', { name: 'API keys' })).toBeVisible()
  await other.context().clearCookies()
  await trySignIn(other, person)
  await takeCode(other, codes[0] ?? '')
  await expect(other.getByRole('alert').filter({ hasText: 'wrong' })).toContainText('was used before')
  await other.getByRole('button', { name: 'Start over' }).click()
  await expect(other).toHaveURL('/sign-in')
  await expect(other.getByLabel('Email')).toBeVisible()

  await page.reload()
  await page.getByRole('button', { name: 'Remove Authenticator app' }).click()
  const removal = page.getByRole('dialog', { name: 'Remove authenticator app' })
  await removal.getByLabel('Password', { exact: true }).fill(person.password)
  await removal.getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('Authenticator app was removed.')).toBeVisible()
  await signIn(other, person)
  await thief.close()
  await other.context().close()
})

test('passkeys: added, used as the second step, and alone', async ({ page }) => {
  test.slow()
  const person = newPerson('Kim Key')
  await signUp(page, person)
  const device = await virtualDevice(page)
  await page.goto('/account')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a passkey' })
  await dialog.getByLabel('Name').fill('My laptop')
  await dialog.getByRole('button', { name: 'Add passkey' }).click()
  await storedCodes(page)
  await expect(page.getByRole('listitem').filter({ hasText: 'Passkey · added' })).toContainText('never used')

  await signedOut(page, () => trySignIn(page, person))
  await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()

  await signedOut(page, () => page.goto('/sign-in?next=/account'))
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(page).toHaveURL('/account')
  await expect(page.getByRole('listitem').filter({ hasText: 'Passkey · added' })).not.toContainText('never used')

  await page.getByRole('button', { name: 'Remove My laptop' }).click()
  const removal = page.getByRole('dialog', { name: 'Remove passkey' })
  await removal.getByLabel('Password', { exact: true }).fill(person.password)
  await removal.getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('My laptop was removed.')).toBeVisible()
  await signedOut(page, () => page.goto('/sign-in'))
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'passkey' })).toContainText('not known here')
  await device.detach()
})

test('where the policy asks it of admins, one without a second factor is led to it, and has no admin view until then', async ({
  browser,
}) => {
  test.slow()
  const root = newPerson('Root Keeper')
  const latchkey = await startLatchkey({ env: { ADMIN_EMAIL: root.email, ADMIN_PASSWORD: root.password } })
  try {
    const page = await (await browser.newContext({ baseURL: latchkey.url })).newPage()
    await signIn(page, root)
    await page.goto('/admin/policy')
    await page.getByRole('checkbox', { name: 'Admins need a second factor' }).check()
    await page.getByRole('button', { name: 'Change policy' }).click()
    await page.getByRole('dialog', { name: 'Change policy' }).getByRole('button', { name: 'Change policy' }).click()
    await expect(page.getByText('Admins of this site need a second factor')).toBeVisible()

    for (const path of ['/admin', '/admin/keys', '/admin/users', '/admin/apps', '/admin/audit', '/admin/policy']) {
      await page.goto(path)
      await expect(page).toHaveURL('/account?needed=second-step#second-step')
    }
    for (const path of ['/admin/audit/export', '/admin/keys/export']) {
      expect((await page.request.get(path, { maxRedirects: 0 })).status()).not.toBe(200)
    }
    const { dialog, secret } = await beginApp(page)
    await dialog.getByLabel('Code', { exact: true }).fill(codeOf(secret, 0))
    await dialog.getByRole('button', { name: 'Add app' }).click()
    await storedCodes(page)
    await page.goto('/admin/keys')
    await expect(page).toHaveURL('/admin/keys')
    await expect(page.getByRole('heading', { name: 'Keys', exact: true })).toBeVisible()

    // As for somebody who has lost it.
    await page.goto('/admin/users')
    await page.getByRole('button', { name: 'Actions for Admin' }).click()
    await page.getByRole('menuitem', { name: 'Switch off two-step sign-in' }).click()
    const reset = page.getByRole('dialog', { name: 'Switch off two-step sign-in' })
    await expect(reset).toContainText('You are signed out everywhere.')
    await reset.getByRole('button', { name: 'Switch off' }).click()
    await expect(reset).toBeHidden()
    await signIn(page, root)
    await page.goto('/admin')
    await expect(page).toHaveURL('/account?needed=second-step#second-step')
    await page.context().close()
  } finally {
    await latchkey.stop()
  }
})

async function beginApp(page: Page): Promise<{ dialog: Locator; secret: string }> {
  await page.getByRole('button', { name: 'Add an authenticator app' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add an authenticator app' })
  await expect(dialog.getByRole('img', { name: 'QR code for the app' })).toBeVisible()
  return { dialog, secret: (await dialog.getByRole('figure').locator('code').textContent()) ?? '' }
}

async function takeCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code', { exact: true }).fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Reads the codes of the dialog, says that they are stored, and closes it. */
async function storedCodes(page: Page): Promise<string[]> {
  const dialog = page.getByRole('dialog', { name: 'Save your recovery codes' })
  const items = dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await expect(items).toHaveCount(10)
  const codes = await items.allTextContents()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeVisible()
  await dialog.getByRole('checkbox', { name: 'I have stored these codes' }).check()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(dialog).toBeHidden()
  return codes
}

/** Threat 57: with the cookie of a half-done session nobody gets anywhere. */
async function expectNobody(page: Page): Promise<void> {
  for (const path of ['/account', '/connections']) {
    await page.goto(path)
    await expect(page).toHaveURL(`/sign-in/second-step?next=${encodeURIComponent(path)}`)
  }
  for (const path of ['/api/v1/me', '/admin']) {
    expect((await page.request.get(path)).status()).toBe(path === '/admin' ? 404 : 401)
  }
}

const cookieOf = async (page: Page) =>
  (await page.context().cookies()).find(({ name }) => name === 'latchkey.session')?.value

async function signedOut(page: Page, then: () => Promise<unknown>): Promise<void> {
  await page.context().clearCookies()
  await then()
}

/** A device with a passkey store and somebody whose finger is known to it. */
async function virtualDevice(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return session
}
