import { test as base, expect, type Page } from '@playwright/test'
import postgres from 'postgres'
import { startPostgres } from '../scripts/postgres'
import { expectAccessible } from './accessible'
import { newPerson, type Person, signUp } from './people'
import { newSecrets, startLatchkey } from './server'

/** A server whose database a test can reach, to let a session grow old. */
const test = base.extend<object, { site: { url: string; age: (person: Person) => Promise<void> } }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is wanted.
    async ({}, use) => {
      const database = await startPostgres()
      const latchkey = await startLatchkey({ env: { DATABASE_URL: database.url, ...newSecrets() } })
      const sql = postgres(database.url)
      await use({
        url: latchkey.url,
        age: async ({ email }) => {
          await sql`update sessions set authenticated_at = now() - interval '16 minutes'
            where user_id = (select id from users where email = ${email})`
        },
      })
      await sql.end()
      await latchkey.stop()
      await database.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ site }, use) => use(site.url),
})

test('a key that manages keys asks again who it is, and is then made', async ({ page, site }) => {
  const person = newPerson('Iris Again')
  await signUp(page, person)
  await site.age(person)
  await page.getByRole('button', { name: 'Create key' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Create API key' })
  await dialog.getByLabel('Label').fill('Deploy robot')
  await dialog.getByRole('checkbox', { name: /keys:write/ }).check()
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const asked = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await expect(asked).toBeVisible()
  await expectAccessible(page)
  await confirm(page, 'not my password at all')
  await expect(asked.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/not your current password/)
  await confirm(page, person.password)
  await expect(page.getByRole('dialog', { name: 'Save your key' })).toBeVisible()
})

test('who cancels has done nothing', async ({ page, site }) => {
  const person = newPerson('Ike Instead')
  await signUp(page, person)
  await page.goto('/account')
  await site.age(person)
  await page.getByRole('button', { name: 'Add an authenticator app' }).click()
  const asked = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await asked.getByRole('button', { name: 'Cancel' }).click()
  await expect(asked).toBeHidden()
  const dialog = page.getByRole('dialog', { name: 'Add an authenticator app' })
  await expect(dialog.getByRole('alert')).toContainText('You signed in more than 15 minutes ago')
  await expect(dialog.getByRole('img')).toHaveCount(0)
})

async function confirm(page: Page, password: string): Promise<void> {
  const asked = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await asked.getByLabel('Password', { exact: true }).fill(password)
  await asked.getByRole('button', { name: 'Confirm' }).click()
}
