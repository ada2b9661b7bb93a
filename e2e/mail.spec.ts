import { expectAccessible } from './accessible'
import { test } from './mail-server'
import { goodPassword, newPerson, signIn, signUp, trySignIn } from './people'
import { expect } from './test'

const newPassword = 'eleven kettles whistle northward'

test('an address is verified by the link, which a program that opens it does not use up', async ({
  page,
  browser,
  mailServer,
}) => {
  const person = newPerson()
  await signUp(page, person)
  const banner = page.getByText('Verify your address')
  await expect(banner).toBeVisible()
  const { mail, path } = await mailServer.receive(person.email, 'Verify your address')
  expect(mail.from?.address).toBe('no-reply@localhost')
  expect(mail.html).toContain(path)
  for (const method of ['GET', 'HEAD']) await page.request.fetch(path, { method })

  const elsewhere = await (await browser.newContext()).newPage()
  await elsewhere.goto(path)
  await expectAccessible(elsewhere)
  await elsewhere.getByRole('button', { name: 'Verify address' }).click()
  await expect(elsewhere.getByRole('heading', { name: 'Address verified' })).toBeVisible()
  await elsewhere.goto(path)
  await expect(elsewhere.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
  await elsewhere.context().close()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
  await expect(banner).toHaveCount(0)
  expect(mailServer.to(person.email)).toHaveLength(1)
})

test('a forgotten password is set anew by mail, and that signs out everywhere', async ({
  page,
  browser,
  mailServer,
}) => {
  const person = newPerson()
  await signUp(page, person)
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
  await signUp(page, person)
  const to = `new-${person.email}`
  await page.goto('/account')
  await page.getByLabel('New email').fill(to)
  await page.getByRole('button', { name: 'Change email' }).click()
  await expect(page.getByText(`A link is on its way to ${to}`)).toBeVisible()
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
  const slug = await signUp(page, person)
  await page.goto((await mailServer.receive(person.email, 'Verify your address')).path)
  await page.getByRole('button', { name: 'Verify address' }).click()
  await expect(page.getByRole('heading', { name: 'Address verified' })).toBeVisible()
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
