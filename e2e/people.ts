import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { generateSync } from 'otplib'
import type { Latchkey } from './server'

export interface Person {
  name: string
  email: string
  password: string
}

export const goodPassword = 'purple walrus drums seventeen lakes'

let count = 0

/** Somebody whom the server has not seen yet. */
export function newPerson(name = 'Ada Lovelace'): Person {
  count += 1
  return { name, email: `person-${count}-${Date.now()}@example.com`, password: goodPassword }
}

/** Creates an account on the sign-up page, and resolves on the keys page of the person's own project: its slug. */
export async function signUp(page: Page, person: Person): Promise<string> {
  await page.goto('/sign-up')
  await page.getByLabel('Name').fill(person.name)
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  return openedProject(page)
}

/** As `signUp`, on a site with a mail server, where the account is made by opening the link. The address is proved. */
export async function signUpByMail(
  page: Page,
  person: Person,
  mailServer: { receive(address: string, subject: string): Promise<{ path: string }> },
): Promise<string> {
  await askForAccount(page, person)
  await page.goto((await mailServer.receive(person.email, 'Verify your address')).path)
  await page.getByRole('button', { name: 'Verify address' }).click()
  return openedProject(page)
}

/** Fills in the sign-up page of a site with a mail server and sends it. */
export async function askForAccount(page: Page, person: Person): Promise<void> {
  await page.goto('/sign-up')
  await page.getByLabel('Name').fill(person.name)
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'Check your email' })).toBeVisible()
}

/** As `signUp`, and proves the address by the link in the mail: for those who register apps that ask people. */
export async function signUpVerified(page: Page, latchkey: Latchkey, person: Person): Promise<string> {
  const slug = await signUp(page, person)
  await page.goto(await mailedLink(latchkey, person.email, '/verify-email'))
  await page.getByRole('button', { name: 'Verify address' }).click()
  await page.waitForURL(/done=/)
  await page.goto(`/projects/${slug}/keys`)
  return slug
}

/** The link of a mail to an address, once it was written. */
export async function mailedLink({ dataDir }: Latchkey, email: string, path: string): Promise<string> {
  const folder = join(dataDir, 'outbox')
  let link = ''
  await expect(() => {
    const mails = readdirSync(folder)
      .filter((name) => name.endsWith('.eml'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
    const links = mails
      .filter((text) => text.includes(`To: ${email}`))
      .map((text) => /X-Latchkey-Link:\s+(\S+)/.exec(text)?.[1] ?? '')
    link = links.find((each) => each.includes(path)) ?? ''
    expect(link).not.toBe('')
  }).toPass({ timeout: 30_000 })
  return link
}

/** Signs in on the sign-in page, and resolves on the keys page of the project opened last: its slug. */
export async function signIn(page: Page, person: Pick<Person, 'email' | 'password'>): Promise<string> {
  await trySignIn(page, person)
  return openedProject(page)
}

/** Fills in the sign-in page and sends it, whatever comes of it. */
export async function trySignIn(page: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function openedProject(page: Page): Promise<string> {
  const keys = /\/projects\/([^/]+)\/keys$/
  await page.waitForURL(keys)
  return keys.exec(page.url())?.[1] ?? ''
}

/** The code of an authenticator app with this secret, of now or of some steps away. */
export const codeOf = (secret: string, steps: number): string =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps })
