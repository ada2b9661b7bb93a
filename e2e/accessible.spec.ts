import type { Locator, Page } from '@playwright/test'
import { expectFit, tabTo } from './accessible'
import { test } from './mail-server'
import { askForAccount, codeOf, newPerson, signUpByMail } from './people'
import { expect } from './test'

// What is about getting in, on a phone. Each page on the way is scanned, in light and in dark.

test.use({ viewport: { width: 390, height: 844 } })

const newPassword = 'eleven kettles whistle northward'

test('by keyboard alone: address verified, password set anew, authenticator app added and asked for', async ({
  page,
  mailServer,
}) => {
  test.slow()
  const person = newPerson('Kay Board')
  await askForAccount(page, person)
  await expectFit(page)
  await page.goto((await mailServer.receive(person.email, 'Verify your address')).path)
  await expectFit(page)
  await press(page.getByRole('button', { name: 'Verify address' }))
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()

  await page.context().clearCookies()
  await page.goto('/sign-in')
  await press(page.getByRole('link', { name: 'Forgot your password?' }))
  await expect(page.getByRole('heading', { name: 'Set a new password' })).toBeVisible()
  await expectFit(page)
  await type(page.getByLabel('Email'), person.email)
  await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible()
  await page.goto((await mailServer.receive(person.email, 'Set a new password')).path)
  await expectFit(page)
  await type(page.getByLabel('New password'), newPassword)
  await expect(page.getByRole('heading', { name: 'Password set' })).toBeVisible()

  await signInByKeyboard(page, person.email)
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
  await page.goto('/account')
  await press(page.getByRole('button', { name: 'Add an authenticator app' }))
  const dialog = page.getByRole('dialog', { name: 'Add an authenticator app' })
  const secret = (await dialog.getByRole('figure').locator('code').textContent()) ?? ''
  await type(dialog.getByLabel('Code', { exact: true }), codeOf(secret, 0))
  const stored = page.getByRole('checkbox', { name: 'I have stored these codes' })
  await tabTo(page, stored)
  await page.keyboard.press('Space')
  await press(page.getByRole('button', { name: 'Done' }))
  await expect(page.getByText('10 recovery codes still work.')).toBeVisible()

  await page.context().clearCookies()
  await signInByKeyboard(page, person.email)
  await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible()
  await expectFit(page)
  await type(page.getByLabel('Code', { exact: true }), codeOf(secret, 1))
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
})

test('members, an invitation, and the end of an account', async ({ page, mailServer }) => {
  test.slow()
  const [person, guest] = [newPerson(), newPerson('Gus Guest')]
  const slug = await signUpByMail(page, person, mailServer)
  await page.goto(`/projects/${slug}/members`)
  await press(page.getByRole('button', { name: 'Invite member' }))
  await type(page.getByRole('dialog').getByLabel('Email'), guest.email)
  await expect(page.getByText(`An invitation was sent to ${guest.email}.`)).toBeVisible()
  await page.goto(`/projects/${slug}/members`)
  await expectFit(page)
  await page.goto('/account/delete')
  await expectFit(page)
  await page.context().clearCookies()
  await page.goto((await mailServer.receive(guest.email, 'Invitation to')).path)
  await expect(page.getByRole('button', { name: 'Create account and accept' })).toBeVisible()
  await expectFit(page)
})

async function signInByKeyboard(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in')
  await tabTo(page, page.getByLabel('Email'))
  await page.keyboard.type(email)
  await type(page.getByLabel('Password', { exact: true }), newPassword)
}

async function press(goal: Locator): Promise<void> {
  await tabTo(goal.page(), goal)
  await goal.page().keyboard.press('Enter')
}

/** Types into a field, and sends its form. */
async function type(field: Locator, text: string): Promise<void> {
  await tabTo(field.page(), field)
  await field.page().keyboard.type(text)
  await field.page().keyboard.press('Enter')
}
