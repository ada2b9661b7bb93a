import type { Browser, Page } from '@playwright/test'
import { expectAccessible } from './accessible'
import { test } from './mail-server'
import { askForAccount, goodPassword, newPerson, signUpByMail } from './people'
import { expect } from './test'

const newPage = async (browser: Browser) => (await browser.newContext()).newPage()

async function invite(page: Page, slug: string, email: string, role: string) {
  await page.goto(`/projects/${slug}/members`)
  await page.getByRole('button', { name: 'Invite member' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite member' })
  await dialog.getByLabel('Email').fill(email)
  await dialog.getByLabel(role, { exact: true }).check()
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Send invitation' }).click()
  await expect(page.getByText(`An invitation was sent to ${email}.`)).toBeVisible()
}

async function act(page: Page, name: string, item: string) {
  await page.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

async function makeKey(page: Page, slug: string, label: string): Promise<void> {
  await page.goto(`/projects/${slug}/keys`)
  await page.getByRole('button', { name: 'Create key' }).first().click()
  await page.getByLabel('Label').fill(label)
  await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('checkbox', { name: 'I have stored this key' }).check()
  await page.getByRole('button', { name: 'Done' }).click()
}

const sessionOf = async (page: Page) =>
  (await page.context().cookies()).find(({ name }) => name === 'latchkey.session')?.value ?? ''

/** That the page's browser has another session than `before`, which is of no use any more (threat 55). */
async function expectReplaced(page: Page, before: string) {
  const now = await sessionOf(page)
  expect(now).not.toBe(before)
  const { origin } = new URL(page.url())
  for (const [session, status] of [
    [before, 401],
    [now, 200],
  ] as const) {
    const answer = await fetch(`${origin}/api/v1/me`, { headers: { cookie: `latchkey.session=${session}` } })
    expect(answer.status).toBe(status)
  }
}

test('somebody is invited, joins from another browser, loses the role and then the place', async ({
  page,
  browser,
  mailServer,
}) => {
  test.slow()
  const [ada, bob] = [newPerson('Ada Lovelace'), newPerson('Bob Baker')]
  const slug = await signUpByMail(page, ada, mailServer)
  await invite(page, slug, bob.email, 'Developer')
  await expectAccessible(page)
  const { path: link } = await mailServer.receive(bob.email, 'Invitation to')

  // Not for whoever else gets hold of the link.
  const eve = await newPage(browser)
  await signUpByMail(eve, newPerson('Eve'), mailServer)
  await eve.goto(link)
  await expect(eve.getByText('This invitation is for another address')).toBeVisible()
  await expect(eve.getByRole('button', { name: 'Accept invitation' })).toHaveCount(0)
  await eve.context().close()

  const other = await newPage(browser)
  await other.goto(link)
  await expectAccessible(other)
  await other.getByLabel('Name').fill(bob.name)
  await other.getByLabel('Password', { exact: true }).fill(goodPassword)
  await other.getByRole('button', { name: 'Create account and accept' }).click()
  await expect(other).toHaveURL(`/projects/${slug}/keys`)
  await makeKey(other, slug, 'Bob’s key')
  await other.goto(link)
  await expect(other.getByRole('heading', { name: 'This invitation no longer works' })).toBeVisible()

  // A page that was open before the demotion is refused, and says who may.
  await other.goto(`/projects/${slug}/keys`)
  await other.getByRole('button', { name: 'Create key' }).first().click()
  await other.getByLabel('Label').fill('Too late')
  await page.goto(`/projects/${slug}/members`)
  await act(page, 'Bob Baker', 'Change role')
  await page.getByLabel('Viewer', { exact: true }).check()
  await page.getByRole('button', { name: 'Change role' }).click()
  await expect(page.getByText('Bob Baker is now a viewer.')).toBeVisible()
  await other.getByRole('dialog').getByRole('button', { name: 'Create key' }).click()
  await expect(other.getByText(/only an owner or a developer may create, change and revoke keys/)).toBeVisible()
  // The next page, opened as a whole or from within, has its session under another id.
  const session = await sessionOf(other)
  await other.goto(`/projects/${slug}/settings`)
  await expect(other.getByText(/Only an owner or a developer may read the history/)).toBeVisible()
  await expectReplaced(other, session)
  await act(page, 'Bob Baker', 'Change role')
  await page.getByLabel('Owner', { exact: true }).check()
  await page.getByRole('button', { name: 'Change role' }).click()
  await expect(page.getByText('Bob Baker is now an owner.')).toBeVisible()
  const asViewer = await sessionOf(other)
  await other.getByRole('link', { name: 'Members' }).click()
  await expect(other.getByRole('button', { name: 'Invite member' })).toBeVisible()
  await expect(other).toHaveURL(`/projects/${slug}/members`)
  await expectReplaced(other, asViewer)

  await act(page, 'Bob Baker', 'Remove')
  await page.getByLabel('Keep it').check()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByText('Bob Baker was removed.')).toBeVisible()
  const answer = await other.goto(`/projects/${slug}/keys`)
  expect(answer?.status()).toBe(404)
  const removal = await mailServer.receive(bob.email, 'You are no longer in')
  expect(removal.mail.text).toContain('Ada Lovelace')
  expect(mailServer.to(bob.email).filter(({ subject }) => subject?.startsWith('Invitation'))).toHaveLength(1)

  // Each of it stands in the history of the project.
  await page.goto(`/projects/${slug}/settings`)
  await expectAccessible(page)
  for (const words of ['removed the member: Bob Baker', 'took over the key: Bob’s key', 'changed the role of']) {
    await expect(page.getByRole('list', { name: 'Events' }).getByText(words).first()).toBeVisible()
  }
  await page.getByText('took over the key: Bob’s key').click()
  await page.getByRole('link', { name: 'open', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Bob’s key' })).toBeVisible()
  await other.context().close()
})

test('a project is made, renamed, left to nobody and deleted by its name', async ({ page, mailServer }) => {
  const first = await signUpByMail(page, newPerson(), mailServer)
  await page.getByRole('button', { name: /switch project/ }).click()
  await page.getByRole('menuitem', { name: 'New project' }).click()
  await page.getByLabel('Name').fill('Rocket plans')
  const session = await sessionOf(page)
  await page.getByRole('button', { name: 'Create project' }).click()
  await expect(page).toHaveURL(/\/projects\/rocket-plans-\w+\/keys/)
  await expectReplaced(page, session)
  const path = new URL(page.url()).pathname
  await page.goto('/')
  await expect(page).toHaveURL(path)

  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByLabel('Name').fill('Moon plans')
  await page.getByRole('button', { name: 'Save name' }).click()
  await expect(page.getByRole('button', { name: 'Project Moon plans, switch project' })).toBeVisible()
  await expect(page.getByText('You are the last owner.')).toBeVisible()
  await page.getByRole('button', { name: 'Delete project' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete project' })
  await expect(dialog.getByRole('button', { name: 'Delete project' })).toBeDisabled()
  await dialog.getByLabel('Name of the project').fill('Moon plans')
  await dialog.getByRole('button', { name: 'Delete project' }).click()
  await expect(page).toHaveURL(`/projects/${first}/keys`)
  expect((await page.goto(path))?.status()).toBe(404)
})

test('an account is deleted with what nobody else is part of, once that was said', async ({ page, mailServer }) => {
  const person = newPerson('Carol')
  const slug = await signUpByMail(page, person, mailServer)
  await page.goto('/account')
  await page.getByRole('link', { name: 'Delete account' }).click()
  await expect(page.getByText('Nobody else is in these projects.')).toBeVisible()
  await expectAccessible(page)
  await page.getByLabel('Your address').fill(person.email)
  await page.getByLabel('Password', { exact: true }).fill('not my password at all')
  await page.getByRole('button', { name: 'Delete account' }).click()
  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription('This is not your password.')
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Delete account' }).click()
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  await page.goto(`/projects/${slug}/keys`)
  await expect(page).toHaveURL(/\/sign-in/)
  // The address is free again.
  await askForAccount(page, person)
  const links = () => mailServer.to(person.email).filter(({ subject }) => subject === 'Verify your address')
  await expect.poll(() => links().length, { timeout: 30_000 }).toBe(2)
})
