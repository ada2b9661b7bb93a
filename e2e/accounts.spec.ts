import { execFileSync } from 'node:child_process'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { expectAccessible, expectFit, tabTo } from './accessible'
import { goodPassword, mailedLink, newPerson, signIn, signUp, trySignIn } from './people'
import { expect, test } from './test'

const sessionCookie = 'latchkey.session'

test('threat 97: who proves an address by a new password decides about each key made before', async ({
  page,
  browser,
  latchkey,
}) => {
  const person = newPerson()
  const slug = await signUp(page, person)
  const make = async (label: string) => {
    const data = { label, scopes: ['orders:read'] }
    const answer = await page.request.post(`/api/v1/keys?project=${slug}`, { data, headers: { Origin: latchkey.url } })
    return (await answer.json()).secret as string
  }
  const statusOf = async (key: string) =>
    (await page.request.get('/api/v1/me', { headers: { Authorization: `Bearer ${key}`, Cookie: '' } })).status()
  const [known, strange] = [await make('Invoices'), await make('Strange')]
  await statusOf(strange)

  const owner = await (await browser.newContext({ viewport: { width: 375, height: 740 } })).newPage()
  await owner.goto(await mailedLink(latchkey, person.email, '/verify-email'))
  await expect(owner.getByRole('button', { name: 'Verify address' })).toHaveCount(0)
  await expectFit(owner)
  await owner.getByRole('link', { name: 'Set a new password' }).click()
  await owner.getByLabel('Email').fill(person.email)
  await owner.getByRole('button', { name: 'Send reset link' }).click()
  await owner.goto(await mailedLink(latchkey, person.email, '/reset-password'))
  const fate = (label: string, what: string) =>
    owner.getByRole('group', { name: label }).getByRole('radio', { name: what })
  for (const label of ['Invoices', 'Strange']) {
    for (const what of ['Keep', 'Revoke']) await expect(fate(label, what)).not.toBeChecked()
  }
  await expectFit(owner)
  const newPassword = owner.getByLabel('New password')
  await newPassword.fill('eleven kettles whistle northward')
  await fate('Invoices', 'Keep').check()
  await owner.getByRole('button', { name: 'Set password' }).click()
  await expect(owner.getByRole('group', { name: 'Strange' })).toContainText('Choose Keep or Revoke.')
  await expectFit(owner)
  const late = await make('Late')
  await tabTo(owner, fate('Strange', 'Keep'))
  await owner.keyboard.press('ArrowRight')
  await expect(fate('Strange', 'Revoke')).toBeChecked()
  await owner.getByRole('button', { name: 'Set password' }).click()
  await expect(owner.getByText('One key has no decision yet.')).toBeVisible()
  await fate('Late', 'Revoke').check()
  await fate('Keys made while you decide', 'Revoke').check()
  await expectFit(owner)
  await owner.getByRole('button', { name: 'Set password' }).click()
  await expect(owner.getByRole('heading', { name: 'Password set' })).toBeVisible()
  expect(await Promise.all([known, strange, late].map(statusOf))).toEqual([200, 401, 401])
  await page.reload()
  await expect(page).toHaveURL(/\/sign-in/)
  await owner.context().close()
})

test.describe('signing up', () => {
  test('leads to a project of one’s own, and the front page leads back to it', async ({ page }) => {
    await page.goto('/')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('One key for each third party')
    await page.getByRole('link', { name: 'Sign up' }).click()
    await expect(page).toHaveURL('/sign-up')
    const slug = await signUp(page, newPerson())
    await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
    await page.goto('/')
    await expect(page).toHaveURL(`/projects/${slug}/keys`)
    await page.goto('/sign-up')
    await expect(page).toHaveURL(`/projects/${slug}/keys`)
  })

  test('says that an address is taken beside it, in any spelling, and keeps what was typed', async ({
    page,
    browser,
  }) => {
    const person = newPerson()
    await signUp(page, person)
    const other = await newPage(browser)
    await fillSignUp(other, { ...person, name: 'Somebody Else', email: person.email.toUpperCase() })
    await expect(other.getByLabel('Email')).toHaveAccessibleDescription(/There is an account with this address already/)
    await expect(other.getByLabel('Email')).toBeFocused()
    await expect(other.getByLabel('Name')).toHaveValue('Somebody Else')
    await expect(other.getByLabel('Password', { exact: true })).toHaveValue(goodPassword)
    await other.context().close()
  })

  for (const [password, reason] of [
    ['short', 'Password has 5 characters. Use at least 15.'],
    ['Latchkey latchkey latchkey', 'Password contains "latchkey"'],
    ['augusta augusta augusta', 'Password contains "Augusta"'],
    ['passwordpassword', 'Choose four or more unrelated words.'],
  ] as const) {
    test(`threat 69: says why “${password}” will not do`, async ({ page }) => {
      await page.goto('/sign-up')
      const field = page.getByLabel('Password', { exact: true })
      // The rule is said before anybody trips over it.
      await expect(field).toHaveAccessibleDescription('15 characters or more. A few unrelated words are fine.')
      await fillSignUp(page, { ...newPerson('Augusta King'), password })
      await expect(field).toHaveAccessibleDescription(new RegExp(reason))
      await expect(field).toBeFocused()
    })
  }

  test('judges the name and the address beside their fields', async ({ page }) => {
    await fillSignUp(page, { name: '', email: 'a@example.com, b@example.com', password: goodPassword })
    await expect(page.getByLabel('Name')).toHaveAccessibleDescription('Name is empty. Enter some text.')
    await expect(page.getByLabel('Email')).toHaveAccessibleDescription(/must be one address/)
  })
})

test.describe('signing in', () => {
  test('answers a wrong password like an unknown address', async ({ page, browser }) => {
    const person = newPerson()
    await signUp(page, person)
    const other = await newPage(browser)
    const notice = other.getByRole('alert').filter({ hasText: 'wrong' })
    for (const email of [person.email, newPerson().email]) {
      await trySignIn(other, { email, password: 'not my password at all' })
      await expect(notice).toHaveText('The e-mail address or the password is wrong.')
      await expect(other.getByLabel('Email')).toHaveValue(email)
      await expect(other.getByLabel('Password', { exact: true })).toHaveValue('')
      await expect(other.getByLabel('Password', { exact: true })).toBeFocused()
    }
    await other.getByLabel('Email').fill(person.email)
    await other.getByLabel('Password', { exact: true }).fill(person.password)
    await other.keyboard.press('Enter')
    await expect(other.getByRole('heading', { name: 'API keys' })).toBeVisible()
    await other.context().close()
  })

  test('says when to try again after too many wrong passwords', async ({ page }) => {
    const { email } = newPerson()
    await page.goto('/sign-in')
    await page.getByLabel('Email').fill(email)
    for (let attempt = 0; attempt <= 10; attempt += 1) {
      await page.getByLabel('Password', { exact: true }).fill(`wrong password number ${attempt}`)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await expect(page.getByLabel('Password', { exact: true })).toHaveValue('')
    }
    await expect(page.getByRole('alert').filter({ hasText: 'Too many' })).toHaveText(
      /Try again in \d+ (seconds|minutes)\./,
    )
  })

  test('shows the password on demand', async ({ page }) => {
    await page.goto('/sign-in')
    const field = page.getByLabel('Password', { exact: true })
    await field.fill('what I typed')
    await expect(field).toHaveAttribute('type', 'password')
    await page.getByRole('button', { name: 'Show password' }).click()
    await expect(field).toHaveAttribute('type', 'text')
    await expect(field).toHaveAttribute('autocomplete', 'current-password')
  })

  test('goes on to the page that was asked for', async ({ page }) => {
    const person = newPerson()
    await signUp(page, person)
    await signOut(page)
    await page.goto('/account')
    await expect(page).toHaveURL('/sign-in?next=%2Faccount')
    await page.getByLabel('Email').fill(person.email)
    await page.getByLabel('Password', { exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).toHaveURL('/account')
  })

  test('threat 52: follows no link to another site', async ({ page }) => {
    const person = newPerson()
    await signUp(page, person)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).host))
    for (const target of [
      '//evil.example/x',
      '/\\evil.example',
      '/%2f%2fevil.example',
      '/\t/evil.example',
      'http://localhost@evil.example',
      'javascript:alert(1)',
    ]) {
      await signOut(page)
      await page.goto(`/sign-in?next=${encodeURIComponent(target)}&callbackUrl=${encodeURIComponent(target)}`)
      await page.getByLabel('Email').fill(person.email)
      await page.getByLabel('Password', { exact: true }).fill(person.password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL(/\/projects\/[^/]+\/keys$/)
    }
    expect(new Set(asked)).toEqual(new Set([new URL(page.url()).host]))
  })

  test('works without scripts, and no password comes into an address', async ({ page, browser }) => {
    const person = newPerson()
    await signUp(page, person)
    const context = await browser.newContext({ javaScriptEnabled: false })
    const plain = await context.newPage()
    await trySignIn(plain, { ...person, password: 'not my password at all' })
    await expect(plain.getByText('The e-mail address or the password is wrong.')).toBeVisible()
    await expect(plain.getByLabel('Email')).toHaveValue(person.email)
    expect(plain.url()).not.toContain('password')
    await plain.getByLabel('Password', { exact: true }).fill(person.password)
    await plain.getByRole('button', { name: 'Sign in' }).click()
    await expect(plain.getByRole('heading', { name: 'API keys' })).toBeVisible()
    await context.close()
  })
})

test.describe('a session', () => {
  test('ends on the server: a copy of its cookie is worth nothing after signing out', async ({
    page,
    browser,
    latchkey,
  }) => {
    await signUp(page, newPerson())
    const stolen = await browser.newContext({
      baseURL: latchkey.url,
      storageState: await page.context().storageState(),
    })
    expect((await stolen.request.get('/api/v1/me')).status()).toBe(200)
    await signOut(page)
    expect((await stolen.request.get('/api/v1/me')).status()).toBe(401)
    const thief = await stolen.newPage()
    await thief.goto('/account')
    await expect(thief).toHaveURL('/sign-in?next=%2Faccount')
    await stolen.close()
    await page.goBack()
    await expect(page.getByRole('button', { name: 'Account menu' })).toHaveCount(0)
  })

  test('is new at each sign-in, whatever cookie was there before', async ({ page, latchkey }) => {
    const person = newPerson()
    await signUp(page, person)
    const first = await sessionOf(page.context())
    expect(first).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    await signOut(page)
    expect(await sessionOf(page.context())).toBeUndefined()
    await page.context().addCookies([{ name: sessionCookie, value: first?.value ?? '', url: latchkey.url }])
    await signIn(page, person)
    const second = await sessionOf(page.context())
    expect(second?.value).toBeTruthy()
    expect(second?.value).not.toBe(first?.value)
  })

  test('cannot be made up', async ({ request, latchkey }) => {
    const csrf = (await request.get('/api/auth/csrf')).headers()['set-cookie'] ?? ''
    const none = `${base64url({ alg: 'none' })}.${base64url({ sub: 'x', sid: 'x', exp: 9e9 })}.`
    const direct = `${base64url({ alg: 'dir', enc: 'A256CBC-HS512' })}..AAAA.AAAA.AAAA`
    for (const value of [none, direct, /csrf-token=([^;]+)/.exec(csrf)?.[1] ?? '', 'x', '%00', 'a'.repeat(4000)]) {
      const answer = await fetch(`${latchkey.url}/api/v1/me`, { headers: { cookie: `${sessionCookie}=${value}` } })
      expect(answer.status).toBe(401)
    }
  })

  test('ends with the account', async ({ page, latchkey }) => {
    const person = newPerson()
    await signUp(page, person)
    const args = ['scripts/latchkey.mjs', 'users', 'disable', '--email', person.email]
    execFileSync(process.execPath, args, { env: { ...process.env, DATA_DIR: latchkey.dataDir } })
    expect((await page.request.get('/api/v1/me')).status()).toBe(401)
    await page.reload()
    await expect(page).toHaveURL(/\/sign-in\?next=/)
    await trySignIn(page, person)
    await expect(page.getByText('The e-mail address or the password is wrong.')).toBeVisible()
  })

  test('threat 45: cannot be begun or ended by another site', async ({ page, request, latchkey }) => {
    const person = newPerson()
    await signUp(page, person)
    for (const origin of [undefined, latchkey.url, 'https://evil.example', 'null']) {
      const headers: Record<string, string> = origin ? { origin } : {}
      const options = { headers, form: { email: person.email, password: person.password }, maxRedirects: 0 }
      await page.request.post('/api/auth/signout', options)
      await request.post('/api/auth/callback/credentials', options)
      await request.post('/api/auth/signin/credentials', options)
    }
    expect((await page.request.get('/api/v1/me')).status()).toBe(200)
    expect((await request.get('/api/v1/me')).status()).toBe(401)
  })
})

test.describe('the account page', () => {
  test('changes the name', async ({ page }) => {
    await signUp(page, newPerson())
    await page.goto('/account')
    await page.getByLabel('Name').fill('\u202eAda')
    await page.getByRole('button', { name: 'Save name' }).click()
    await expect(page.getByLabel('Name')).toHaveAccessibleDescription(/turns the direction of text/)
    await page.getByLabel('Name').fill('Ada King')
    await page.getByRole('button', { name: 'Save name' }).click()
    await expect(page.getByText('Your name was changed.')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Account menu' })).toContainText('Ada King')
    await page.reload()
    await expect(page.getByLabel('Name')).toHaveValue('Ada King')
  })

  test('threat 43: is changed by no other site, not even with the cookie', async ({ page, latchkey }) => {
    await signUp(page, newPerson('Ada Lovelace'))
    await page.goto('/account')
    await page.getByLabel('Name').fill('Ada One')
    const sent = page.waitForRequest((request) => request.method() === 'POST' && 'next-action' in request.headers())
    await page.getByRole('button', { name: 'Save name' }).click()
    await expect(page.getByText('Your name was changed.')).toBeVisible()
    const { origin: _origin, 'content-length': _length, ...headers } = await (await sent).allHeaders()
    const body = ((await sent).postData() ?? '').replace('Ada One', 'Ada Two')
    const repeat = (extra: Record<string, string>) =>
      fetch(`${latchkey.url}/account`, {
        method: 'POST',
        headers: { ...Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':'))), ...extra },
        body,
      })
    for (const extra of [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: 'not an origin' },
      { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
      { origin: latchkey.url.replace('http:', 'https:') },
    ] as Record<string, string>[]) {
      expect((await repeat(extra)).status).toBe(403)
    }
    await page.reload()
    await expect(page.getByLabel('Name')).toHaveValue('Ada One')
    // The same request from here does change it, so it is the origin that was refused.
    expect((await repeat({ origin: latchkey.url })).status).toBe(200)
    await page.reload()
    await expect(page.getByLabel('Name')).toHaveValue('Ada Two')
  })

  test('changes the password and ends the other sessions', async ({ page, browser }) => {
    const person = newPerson()
    await signUp(page, person)
    const other = await newPage(browser)
    await signIn(other, person)
    await page.goto('/account')
    const [current, next] = [page.getByLabel('Current password'), page.getByLabel('New password')]
    const change = async (from: string, to: string) => {
      await current.fill(from)
      await next.fill(to)
      await page.getByRole('button', { name: 'Change password' }).click()
    }
    await change('not my password at all', 'eleven quiet otters painting bridges')
    await expect(current).toHaveAccessibleDescription('This is not your current password.')
    await change(person.password, 'short')
    await expect(next).toHaveAccessibleDescription(/Password has 5 characters/)
    await change(person.password, 'eleven quiet otters painting bridges')
    await expect(page.getByText('Your password was changed. One other session was signed out.')).toBeVisible()
    await expect(current).toHaveValue('')

    await other.reload()
    await expect(other).toHaveURL(/\/sign-in/)
    await trySignIn(other, person)
    await expect(other.getByText('The e-mail address or the password is wrong.')).toBeVisible()
    await signIn(other, { ...person, password: 'eleven quiet otters painting bridges' })
    await other.context().close()
  })

  test('lists the sessions and ends them', async ({ page, browser }) => {
    const person = newPerson()
    await signUp(page, person)
    const others = [await newPage(browser), await newPage(browser), await newPage(browser)]
    for (const other of others) await signIn(other, person)
    await page.goto('/account')
    const sessions = page.getByRole('main').getByRole('listitem')
    await expect(sessions).toHaveCount(4)
    await expect(sessions.filter({ hasText: 'This device' })).toHaveCount(1)
    await expect(sessions.filter({ hasText: 'Chrome on Linux' })).toHaveCount(4)

    await sessions.getByRole('button', { name: 'Sign out' }).first().click()
    await expect(page.getByText('Chrome on Linux was signed out.')).toBeVisible()
    await expect(sessions).toHaveCount(3)

    // The one that was ended was seen last.
    const open = others[0] as Page
    await open.goto('/account')
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Sign out everywhere else' })
    await expect(dialog).toContainText('2 other sessions end at once.')
    await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
    await dialog.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await expect(sessions).toHaveCount(1)
    // A form that was open meanwhile says so, and leads to signing in and back.
    await open.getByRole('button', { name: 'Save name' }).click()
    const problem = open.getByRole('alert').filter({ hasText: 'You are signed out. Sign in again.' })
    await problem.getByRole('link', { name: 'Sign in' }).click()
    await expect(open).toHaveURL('/sign-in?next=%2Faccount')
    for (const other of others) {
      await other.reload()
      await expect(other).toHaveURL(/\/sign-in/)
      await other.context().close()
    }
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Account', exact: true })).toBeVisible()
  })
})

test('the set-up link makes the first admin, once', async ({ page, browser, latchkey }) => {
  const link = /http:\S+\/setup\?token=\w+/.exec(latchkey.output())?.[0] ?? ''
  expect(link).not.toBe('')
  await page.goto('/setup?token=wrong')
  await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
  await page.goto(link)
  await expectAccessible(page)
  const person = newPerson('Grace Hopper')
  await page.getByLabel('Name').fill(person.name)
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password', { exact: true }).fill('short')
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/Password has 5 characters/)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()

  const other = await newPage(browser)
  await other.goto(link)
  await expect(other.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
  await expect(other.getByRole('button', { name: 'Create account' })).toHaveCount(0)
  await other.context().close()
})

test('the pages of accounts have no grave accessibility findings', async ({ page }) => {
  test.slow() // Ten runs of axe.
  for (const path of ['/', '/sign-in', '/sign-up', '/setup', '/nowhere']) {
    await page.goto(path)
    await expectAccessible(page)
  }
  await fillSignUp(page, { name: '', email: '', password: '' })
  await expect(page.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true')
  await expectAccessible(page)
  await signUp(page, newPerson())
  for (const path of ['/account', '/projects/not-mine/third-parties']) {
    await page.goto(path)
    await expectAccessible(page)
  }
})

/** A browser of its own, without anybody signed in. */
async function newPage(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage()
}

async function fillSignUp(page: Page, { name, email, password }: { name: string; email: string; password: string }) {
  await page.goto('/sign-up')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create account' }).click()
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
}

async function sessionOf(context: BrowserContext) {
  return (await context.cookies()).find(({ name }) => name === sessionCookie)
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
