import { newPerson } from './people'
import { expect, test } from './test'

test.use({ serverEnv: { SIGN_UP: 'closed' } })

test('says that sign-up is closed, and offers it nowhere', async ({ page }) => {
  await page.goto('/sign-up')
  await expect(page.getByRole('heading', { name: 'Sign-up is closed' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Create account' })).toHaveCount(0)
  for (const path of ['/', '/sign-in']) {
    await page.goto(path)
    await expect(page.getByText('Sign in').first()).toBeVisible()
    await expect(page.getByRole('link', { name: 'Sign up' })).toHaveCount(0)
  }
})

test('lets the first admin in by the set-up link', async ({ page, latchkey }) => {
  const link = /http:\S+\/setup\?token=\w+/.exec(latchkey.output())?.[0] ?? ''
  await page.goto(link)
  const person = newPerson()
  await page.getByLabel('Name').fill(person.name)
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
})
