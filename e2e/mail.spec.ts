import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Page } from '@playwright/test'
import { expectAccessible } from './accessible'
import { test } from './mail-server'
import { askForAccount, goodPassword, newPerson, signIn, signUpByMail, trySignIn } from './people'
import { startLatchkey } from './server'
import { expect } from './test'

const newPassword = 'eleven kettles whistle northward'

test('an account is made by the link, which a program that opens it does not use up, and by nothing else', async ({
  page,
  browser,
  mailServer,
}) => {
  const person = newPerson()
  await askForAccount(page, person)
  await expectAccessible(page)
  const { mail, path } = await mailServer.receive(person.email, 'Verify your address')
  expect(mail.from?.address).toBe('no-reply@localhost')
  expect(mail.html).toContain(path)
  for (const method of ['GET', 'HEAD']) await page.request.fetch(path, { method })
  const elsewhere = await (await browser.newContext()).newPage()
  await trySignIn(elsewhere, person)
  await expect(elsewhere.getByText('The e-mail address or the password is wrong.')).toBeVisible()
  await elsewhere.goto(path)
  await expect(elsewhere.getByLabel('Password', { exact: true })).toBeVisible()
  await expectAccessible(elsewhere)

  await page.goto(path)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Verify address' }).click()
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
  await elsewhere.goto(path)
  await expect(elsewhere.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()

  // Threat 60: of an address that has an account the page says the same, and its owner hears.
  await askForAccount(elsewhere, { ...person, name: 'Eve', password: newPassword })
  await mailServer.receive(person.email, 'You have an account already')
  await elsewhere.context().close()
  await page.goto('/account')
  await expect(page.getByText('Verified', { exact: true })).toBeVisible()
})

test('threat 97: in another browser the link asks for a password of its own', async ({ page, browser, mailServer }) => {
  const person = newPerson()
  const eve = await (await browser.newContext()).newPage()
  await askForAccount(eve, person)
  await page.goto((await mailServer.receive(person.email, 'Verify your address')).path)
  await page.getByLabel('Password', { exact: true }).fill(newPassword)
  await page.getByRole('button', { name: 'Verify address' }).click()
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
  await trySignIn(eve, person)
  await expect(eve.getByText('The e-mail address or the password is wrong.')).toBeVisible()
  await eve.context().close()
})

test('a forgotten password is set anew by mail, and that signs out everywhere', async ({
  page,
  browser,
  mailServer,
}) => {
  const person = newPerson()
  await signUpByMail(page, person, mailServer)
  const other = await (await browser.newContext()).newPage()
  await other.goto('/sign-in')
  await other.getByRole('link', { name: 'Forgot your password?' }).click()
  await expectAccessible(other)
  const ask = async (email: string) => {
    await other.goto('/forgot-password')
    await other.getByLabel('Email').fill(email)
    await other.getByRole('button', { name: 'Send reset link' }).click()
    await expect(other.getByRole('heading', { name: 'Check your mail' })).toBeVisible()
    return other.getByRole('main').textContent()
  }
  const unknown = `nobody-${person.email}`
  expect(await ask(unknown)).toBe(await ask(person.email))

  const { path } = await mailServer.receive(person.email, 'Set a new password')
  await other.goto(path)
  await other.getByLabel('New password').fill('too short')
  await other.getByRole('button', { name: 'Set password' }).click()
  await expect(other.getByLabel('New password')).toHaveAccessibleDescription(/Use at least 15/)
  await expectAccessible(other)
  await other.getByLabel('New password').fill(newPassword)
  await other.getByRole('button', { name: 'Set password' }).click()
  await expect(other.getByRole('heading', { name: 'Password set' })).toBeVisible()
  await page.reload()
  await expect(page).toHaveURL(/\/sign-in/)
  await trySignIn(other, person)
  await expect(other.getByText('The e-mail address or the password is wrong.')).toBeVisible()
  await signIn(other, { email: person.email, password: newPassword })
  await mailServer.receive(person.email, 'Your password was changed')
  expect(mailServer.to(unknown)).toEqual([])
  await other.goto(path)
  await expect(other.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
  await other.context().close()
})

test('an address is changed once the new one is confirmed, and the old one is told', async ({ page, mailServer }) => {
  const person = newPerson()
  await signUpByMail(page, person, mailServer)
  const to = `new-${person.email}`
  await page.goto('/account')
  const ask = async (email: string) => {
    await page.getByLabel('New email').fill(email)
    await page.getByRole('button', { name: 'Change email' }).click()
    await expect(page.getByText(`A link is on its way to ${email}`)).toBeVisible()
    await expect(page.getByText(`Waiting for ${email}`)).toBeVisible()
  }
  await ask(`mistyped-${person.email}`)
  await page.getByRole('button', { name: 'Cancel the change of address' }).click()
  await expect(page.getByText('Change cancelled.')).toBeVisible()
  await expect(page.getByText('Waiting for')).toHaveCount(0)
  await ask(to)
  const { path } = await mailServer.receive(to, 'Confirm your new address')
  await page.goto(path)
  await page.getByRole('button', { name: 'Confirm address' }).click()
  await expect(page.getByRole('heading', { name: 'Address changed' })).toBeVisible()
  const { mail } = await mailServer.receive(person.email, 'Your address was changed')
  expect(mail.text).toContain(to)
  await page.getByRole('link', { name: 'Continue' }).click()
  await expect(page.getByRole('button', { name: 'Account menu' })).toContainText(to)
})

test('mail about keys comes once, also when the mail server was away, and not when it is not wanted', async ({
  page,
  mailServer,
  latchkey,
}) => {
  const person = newPerson()
  const slug = await signUpByMail(page, person, mailServer)
  const makeKey = async (label: string) => {
    const data = { label, scopes: ['orders:read'] }
    const answer = await page.request.post(`/api/v1/keys?project=${slug}`, { data, headers: { Origin: latchkey.url } })
    expect(answer.status()).toBe(201)
  }

  await mailServer.leave()
  for (const label of ['First', 'Second', 'Third']) await makeKey(label)
  // Long enough for an attempt that fails.
  await page.waitForTimeout(1_000)
  await mailServer.comeBack()
  const { path } = await mailServer.receive(person.email, 'Key created: First')
  await mailServer.receive(person.email, 'Key created: Second')
  await mailServer.receive(person.email, 'Key created: Third')
  await page.goto(path)
  await expect(page.getByRole('heading', { name: 'First' })).toBeVisible()

  await page.goto('/account#mail')
  await page.getByLabel('A key was created').uncheck()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
  await expect(page.getByLabel('A key was created')).not.toBeChecked()
  await makeKey('Fourth')
  await page.getByLabel('Current password').fill(goodPassword)
  await page.getByLabel('New password').fill(newPassword)
  await page.getByRole('button', { name: 'Change password' }).click()
  await mailServer.receive(person.email, 'Your password was changed')
  expect(
    mailServer
      .to(person.email)
      .map(({ subject }) => subject)
      .sort(),
  ).toEqual([
    'Key created: First',
    'Key created: Second',
    'Key created: Third',
    'Verify your address',
    'Your password was changed',
  ])
})

test('threat 54: links lead to APP_URL, wherever a request says that it was sent to', async ({
  page,
  mailServer,
  latchkey,
}) => {
  const [person, guest] = [newPerson(), newPerson('Guest')]
  await claimHost(page, 'evil.example')
  const slug = await signUpByMail(page, person, mailServer)
  await page.goto(`/projects/${slug}/members`)
  await page.getByRole('button', { name: 'Invite member' }).click()
  await page.getByRole('dialog').getByLabel('Email').fill(guest.email)
  await page.getByRole('button', { name: 'Send invitation' }).click()
  await expect(page.getByText(`An invitation was sent to ${guest.email}.`)).toBeVisible()
  await page.goto('/forgot-password')
  await page.getByLabel('Email').fill(person.email)
  await page.getByRole('button', { name: 'Send reset link' }).click()

  const came = [
    await mailServer.receive(person.email, 'Verify your address'),
    await mailServer.receive(guest.email, 'Invitation to'),
    await mailServer.receive(person.email, 'Set a new password'),
  ]
  for (const { mail } of came) {
    expect(JSON.stringify(mail)).not.toContain('evil')
    for (const text of [mail.text, mail.html]) {
      const links = text?.match(/https?:[^\s"<]+/g) ?? []
      expect(links.length).toBeGreaterThan(0)
      for (const link of links) expect(new URL(link).origin).toBe(latchkey.url)
    }
  }
  await page.goto(came[2]?.path ?? '')
  await expect(page.getByLabel('New password')).toBeVisible()
})

test('a mail that was on its way when the server was killed comes after the next start, under the same id', async ({
  browser,
  mailServer,
}) => {
  test.slow() // Two starts of a server.
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-mail-'))
  const start = () => startLatchkey({ dataDir, env: { SMTP_URL: mailServer.url } })
  let server = await start()
  try {
    const context = await browser.newContext({ baseURL: server.url })
    const person = newPerson()
    const held = mailServer.hold()
    await askForAccount(await context.newPage(), person)
    const { messageId } = await held
    process.kill(server.pid, 'SIGKILL')
    await context.close()
    server = await start()
    await expect.poll(() => mailServer.to(person.email).length, { timeout: 30_000 }).toBe(2)
    expect(mailServer.to(person.email).map((mail) => mail.messageId)).toEqual([messageId, messageId])
    await server.stop()

    const database = new PGlite(join(dataDir, 'db'))
    const { rows } = await database.query('select id, attempts, sent_at, sealed_content from outbox')
    await database.close()
    expect(rows).toEqual([{ id: expect.any(String), attempts: 2, sent_at: expect.any(Date), sealed_content: null }])
    expect(messageId).toBe(`<${(rows[0] as { id: string }).id}@localhost>`)
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

/** In every request of a page the portal is called by another name, in all the ways in which proxies hand it on. */
async function claimHost(page: Page, host: string): Promise<void> {
  await page.route(
    ({ pathname }) => !pathname.startsWith('/_next/'),
    async (route) => {
      const headers = {
        ...(await route.request().allHeaders()),
        host,
        'x-forwarded-host': host,
        'x-forwarded-server': host,
        'x-forwarded-proto': 'https',
        'x-original-host': host,
        forwarded: `host=${host};proto=https`,
      }
      await route.fulfill({ response: await route.fetch({ headers, maxRedirects: 0 }) })
    },
  )
}
