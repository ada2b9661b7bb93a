import { test as base, expect, type Page } from '@playwright/test'
import postgres from 'postgres'
import { startPostgres } from '../scripts/postgres'
import { expectAccessible } from './accessible'
import { newPerson, type Person, signUp } from './people'
import { newSecrets, startLatchkey } from './server'

type Act = (person: Person) => Promise<void>

/** A server whose database a test can reach, to let a session grow old. */
const test = base.extend<object, { site: { url: string; age: Act; leaveOnlyPasskey: Act } }>({
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
        leaveOnlyPasskey: async ({ email }) => {
          await sql`update users set password_hash = null where email = ${email}`
          await sql`insert into passkeys (id, user_id, name, public_key, counter, transports)
            select id, id, 'Old key', '', 0, '{}' from users where email = ${email}`
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
  const saved = page.getByRole('dialog', { name: 'Save your key' })
  await saved.getByLabel('I have stored this key').check()
  await saved.getByRole('button', { name: 'Done' }).click()

  // A new secret for it is as much.
  await site.age(person)
  await page.getByRole('button', { name: 'Actions for Deploy robot' }).click()
  await page.getByRole('menuitem', { name: 'Regenerate' }).click()
  await page.getByRole('dialog', { name: 'Regenerate key' }).getByRole('button', { name: 'Regenerate' }).click()
  await confirm(page, person.password)
  await expect(saved).toBeVisible()
})

test('a machine that manages apps asks again who registers it, and who rotates its secret', async ({ page, site }) => {
  const person = newPerson('Ines Machine')
  const slug = await signUp(page, person)
  await page.goto(`/projects/${slug}/apps/new`)
  await site.age(person)
  await page.getByLabel('Name', { exact: true }).fill('Robot')
  await page.getByRole('radio', { name: 'Machine' }).check()
  await page.getByRole('checkbox', { name: /Register and change OAuth apps/ }).check()
  await page.getByRole('button', { name: 'Register app' }).click()
  await confirm(page, person.password)
  const secret = page.getByRole('dialog').getByLabel('Client secret')
  await secret.waitFor()
  await page.getByLabel(/I have stored/).check()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Robot')
  await site.age(person)
  await page.getByRole('button', { name: 'Rotate secret' }).click()
  await page.getByRole('dialog', { name: 'Rotate secret' }).getByRole('button', { name: 'Rotate', exact: true }).click()
  await confirm(page, person.password)
  await secret.waitFor()
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

test('who has a passkey alone, and one that does not confirm them, signs in again', async ({ page, site }) => {
  const person = newPerson('Ina Keyring')
  await signUp(page, person)
  await page.goto('/account')
  await site.leaveOnlyPasskey(person)
  await site.age(person)
  await page.getByRole('button', { name: 'Add an authenticator app' }).click()
  const asked = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await expect(asked.getByRole('button', { name: 'Use a passkey' })).toBeVisible()
  await expectAccessible(page)
  await asked.getByRole('button', { name: 'Sign in again' }).click()
  await expect(page).toHaveURL(/\/sign-in\?next=%2Faccount$/)
})

test('who deletes a project is asked first, and then it is deleted', async ({ page, site }) => {
  const person = newPerson('Ivo Ender')
  const slug = await signUp(page, person)
  await page.goto(`/projects/${slug}/settings`)
  await site.age(person)
  await page.getByRole('button', { name: 'Delete project' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete project' })
  await dialog.getByLabel('Name of the project').fill(`${person.name}’s project`)
  await dialog.getByRole('button', { name: 'Delete project' }).click()
  await confirm(page, person.password)
  await expect(page.getByText(`${person.name}’s project was deleted.`)).toBeVisible()
})

async function confirm(page: Page, password: string): Promise<void> {
  const asked = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await asked.getByLabel('Password', { exact: true }).fill(password)
  await asked.getByRole('button', { name: 'Confirm' }).click()
}
