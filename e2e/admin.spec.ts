import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { expectAccessible } from './accessible'
import { goodPassword, newPerson, signIn, signUp } from './people'
import type { Latchkey } from './server'
import { expect, test } from './test'

const paths = ['/admin', '/admin/keys', '/admin/users', '/admin/apps', '/admin/audit', '/admin/policy']
const downloads = [
  '/admin/keys/export',
  '/admin/policy/breaches',
  '/admin/audit/export?format=csv',
  '/admin/audit/export?format=jsonl',
]

test('threat 42: for who is no admin there is no admin view', async ({ page, browser, latchkey }) => {
  const root = newAdmin(latchkey)
  const stranger = await browser.newContext({ baseURL: latchkey.url })
  const signedOut = await stranger.newPage()
  await signUp(page, newPerson('Mallory Stone'))
  await page.getByRole('button', { name: 'Account menu' }).click()
  await expect(page.getByRole('menuitem', { name: 'Account' })).toBeVisible()
  await expect(page.getByRole('menuitem', { name: 'Admin' })).toHaveCount(0)
  for (const each of [page, signedOut]) {
    const nowhere = await each.goto('/admin/nothing-here')
    expect(nowhere?.status()).toBe(404)
    const title = await each.title()
    for (const path of paths) {
      const answer = await each.goto(path)
      expect([path, answer?.status()]).toEqual([path, 404])
      await expect(each.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
      expect([path, await each.title()]).toEqual([path, title])
      expect(await answer?.text()).not.toContain(root.email)
    }
    for (const path of downloads) expect([path, (await each.request.get(path)).status()]).toEqual([path, 404])
    const headers = { origin: latchkey.url, 'content-type': 'application/json' }
    const data = { filter: { status: 'all' }, reason: null }
    expect((await each.request.post('/admin/keys/revoke', { headers, data })).status()).toBe(404)
  }

  // Each action, as an admin's page would call it.
  const admin = await (await browser.newContext({ baseURL: latchkey.url })).newPage()
  await signIn(admin, root)
  const actions = await actionsOf(admin)
  expect(actions.size).toBe(15)
  for (const each of [page, signedOut]) {
    for (const [action, path] of actions) {
      const headers = { origin: latchkey.url, 'next-action': action, 'content-type': 'text/plain;charset=UTF-8' }
      const data = JSON.stringify([{ userId: 'x', keyId: 'x', clientId: 'x', key: 'x' }])
      const answer = await each.request.post(path, { headers, data })
      expect([action, answer.status()]).toEqual([action, 404])
    }
  }
  // An id that nobody can have is the sender's mistake, and no error of ours.
  for (const [action, path] of actions) {
    const headers = { origin: latchkey.url, 'next-action': action, 'content-type': 'text/plain;charset=UTF-8' }
    const data = JSON.stringify([{ userId: '\0', keyId: '\0', clientId: '\0', key: '\0', slug: '\0' }])
    const answer = await admin.request.post(path, { headers, data })
    expect([action, answer.status(), (await answer.text()).includes('internal_error')]).toEqual([action, 200, false])
  }
  await admin.goto('/admin/audit?action=request.made')
  const events = admin.getByRole('list', { name: 'Events' }).getByRole('listitem')
  // Each of them, and the route that revokes many.
  await expect(events).toHaveCount(actions.size + 1)
  await expect(events.first()).toContainText('Mallory Stone sent the request: POST /admin (tried, and was refused)')
})

test('users: made and unmade admin, signed out, disabled and enabled', async ({ page, browser, latchkey }) => {
  test.slow()
  const root = newAdmin(latchkey)
  const person = newPerson('Greta Fischer')
  const theirs = await (await browser.newContext({ baseURL: latchkey.url })).newPage()
  await signUp(theirs, person)

  await signIn(page, root)
  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('menuitem', { name: 'Admin' }).click()
  await page.waitForURL(/\/admin$/)
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' }).click()
  await page.getByLabel('Search users').fill('greta fi')
  await expect(page.getByRole('row')).toHaveCount(2)
  const row = page.getByRole('row').filter({ hasText: person.email })
  await expect(row).toContainText('Active')
  await expectAccessible(page)
  await look(page, 'users')

  await act(page, person.name, 'Make admin')
  await expect(row).toContainText('Admin')
  expect((await theirs.goto('/admin/users'))?.status()).toBe(200)
  await act(page, person.name, 'Remove admin')
  await expect(row).not.toContainText('Admin')
  expect((await theirs.goto('/admin/users'))?.status()).toBe(404)

  await act(page, person.name, 'Sign out everywhere')
  await theirs.goto('/account')
  await theirs.waitForURL(/sign-in/)
  await act(page, person.name, 'Disable', 'Disable account')
  await expect(row).toContainText('Disabled')
  await page.getByRole('button', { name: `Actions for ${person.name}` }).click()
  await page.getByRole('menuitem', { name: 'Enable' }).click()
  await expect(row).toContainText('Active')

  await page.getByLabel('Search users').fill('nobody at all')
  await expect(page.getByText('Nobody matches “nobody at all”')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(row).toBeVisible()
})

test('keys: whose is it, revoke one, revoke many, export', async ({ page, latchkey }) => {
  test.slow()
  const root = newAdmin(latchkey)
  const slug = cli(latchkey, 'users', 'create', ...account(newPerson('Kira Blum'))).project.slug
  const make = (label: string) =>
    cli(latchkey, 'keys', 'create', '--project', slug, '--label', label, '--third-party', 'Zapier')
  const [leaked] = [make('Leaked key'), make('Bulk one'), make('Bulk two'), make('=1+1')]
  await signIn(page, root)
  await page.goto('/admin/keys')
  await expect(page.getByRole('row').filter({ hasText: 'Leaked key' })).toContainText('Kira Blum')
  await look(page, 'keys')

  const sent: string[] = []
  page.on('request', (request) => sent.push(request.url()))
  await page.getByLabel('Search keys').fill(leaked.secret)
  await expect(page.getByText('The key that you pasted is this one')).toBeVisible()
  await expect(page.getByRole('row')).toHaveCount(2)
  expect([...sent, page.url(), await page.content()].join()).not.toContain(leaked.secret.slice(16))
  expect(latchkey.output()).not.toContain(leaked.secret.slice(16))

  await page.getByRole('button', { name: 'Actions for Leaked key' }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  const dialog = page.getByRole('dialog', { name: 'Revoke key' })
  await dialog.getByLabel('Reason').fill('Found in a public place')
  await dialog.getByRole('button', { name: 'Revoke key' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('row').filter({ hasText: 'Leaked key' })).toContainText('Revoked')
  expect((await me(latchkey, leaked.secret)).status).toBe(401)

  await page.goto('/admin/keys?q=bulk')
  await page.getByRole('checkbox', { name: 'Select Bulk one' }).check()
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
  await expect(page.getByText('2 keys selected')).toBeVisible()
  await expectAccessible(page)
  await look(page, 'keys-selected')
  await page.getByRole('button', { name: 'Revoke selected' }).click()
  const many = page.getByRole('dialog', { name: 'Revoke keys' })
  await many.getByLabel('Reason').fill('Clean-up')
  await expectAccessible(page)
  await many.getByRole('button', { name: 'Revoke 2 keys' }).click()
  await expect(page.getByText('2 keys were revoked.')).toBeVisible()
  await expect(page.getByText('No key matches “bulk”')).toBeVisible()

  await page.goto('/admin/keys?status=all&q=kira')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export CSV' }).click()
  const csv = readFileSync(await (await download).path(), 'utf8')
  expect(csv.split('\r\n')).toHaveLength(6)
  expect(csv).toContain("'=1+1")
  expect(csv).toContain('Found in a public place')
  expect(csv).not.toContain(leaked.secret.slice(16))
})

test('the board, the apps and the log', async ({ page, latchkey }) => {
  test.slow()
  const root = newAdmin(latchkey)
  const { slug } = cli(latchkey, 'users', 'create', ...account(newPerson('Nadia Roth'))).project
  const uri = ['--redirect-uri', 'https://app.example.com/callback']
  const { clientId } = cli(latchkey, 'apps', 'register', '--project', slug, '--name', 'Ledger sync', ...uri)
  const key = cli(latchkey, 'keys', 'create', '--project', slug, '--label', 'Nightly', '--third-party', 'Acme')
  await signIn(page, root)

  await page.goto('/admin')
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await expectAccessible(page)
  await look(page, 'overview')
  const unused = page.getByRole('link', { name: /Never used/ })
  const count = Number(((await unused.textContent()) ?? '').replace(/\D.*$/, ''))
  await unused.click()
  await page.waitForURL(/status=never_used/)
  await expect(page.getByRole('row')).toHaveCount(count + 1)
  await page.goto('/admin')
  await page.getByRole('link', { name: /Apps not verified/ }).click()
  await page.waitForURL(/admin\/apps\?show=unverified/)

  await page.goto('/admin/apps')
  const app = page.getByRole('row').filter({ hasText: clientId })
  await expect(app).toContainText('Not verified')
  await expectAccessible(page)
  await look(page, 'apps')
  await act(page, 'Ledger sync', 'Verify', 'Verify app')
  await expect(app).not.toContainText('Not verified')
  await act(page, 'Ledger sync', 'Mark as first-party')
  await expect(app).toContainText('First-party')
  await act(page, 'Ledger sync', 'Disable', 'Disable app')
  await expect(app).toContainText('Disabled by an admin')
  for (const item of ['Enable', 'Remove first-party mark', 'Remove verification']) {
    await page.getByRole('button', { name: 'Actions for Ledger sync' }).click()
    await page.getByRole('menuitem', { name: item }).click()
    await expect(page.getByText(/Ledger sync (was enabled|is no longer)/).last()).toBeVisible()
    await page.waitForTimeout(300)
  }
  await expect(app).toContainText('Not verified')
  await expect(app).not.toContainText('First-party')

  await page.getByRole('button', { name: 'Actions for Ledger sync' }).click()
  await page.getByRole('menuitem', { name: 'View history' }).click()
  await page.waitForURL(/admin\/audit\?target=/)
  const events = page.getByRole('list', { name: 'Events' }).getByRole('listitem')
  await expect(events).toHaveCount(7)
  await expect(events.first()).toContainText('Root Keeper took the verified mark away: Ledger sync')
  await events.first().locator('summary').click()
  await expect(events.first()).toContainText('app.unverified')
  await expectAccessible(page)
  await look(page, 'audit')
  await events.first().getByRole('link', { name: 'open' }).click()
  await page.waitForURL(/admin\/apps\?q=/)
  await expect(app).toBeVisible()

  await page.goto('/admin/audit')
  await expect(page.getByText(/^Sealed up to number/)).toBeVisible()
  await page.getByLabel('Target', { exact: true }).fill(key.id)
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(/target=/)
  await expect(events).toHaveCount(1)
  await expect(events.first()).toContainText('The command line created the key: Nightly')
  await page.getByLabel('Actor', { exact: true }).fill(root.email)
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(page.getByText('No event matches these filters')).toBeVisible()
  await page.getByLabel('Target', { exact: true }).fill('')
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(events).toHaveCount(7)
  await page.goto(`/admin/audit?target=${key.id}`)
  for (const [name, begins] of [
    ['Export CSV', 'Number,Id,Time'],
    ['Export JSON Lines', '{"number":'],
  ] as const) {
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name }).click()
    const text = readFileSync(await (await download).path(), 'utf8')
    expect(text).toContain(key.id)
    expect(text.slice(0, begins.length)).toBe(begins)
    expect(text).not.toContain(key.secret.slice(16))
  }
  await page.goto('/admin/audit?action=nothing')
  await expect(page.getByText('No event matches these filters')).toBeVisible()
})

test('policy: a longest lifetime, what it finds wrong, and what the forms then offer', async ({ page, latchkey }) => {
  test.slow()
  const root = newAdmin(latchkey)
  const project = cli(latchkey, 'users', 'create', ...account(newPerson('Ines Kraus'))).project.slug
  cli(latchkey, 'keys', 'create', '--project', project, '--label', 'Endless key')
  await signIn(page, root)
  await page.goto('/admin/policy')
  await expect(page.getByRole('heading', { name: 'Policy' })).toBeVisible()
  await expectAccessible(page)
  await look(page, 'policy')
  const save = page.getByRole('button', { name: 'Change policy' })
  await expect(save).toBeDisabled()

  await page.getByLabel('Longest lifetime').fill('soon')
  await save.click()
  await expect(page.getByText('Is not a whole number.')).toBeVisible()
  await page.getByLabel('Longest lifetime').fill('30')
  await page.getByRole('checkbox', { name: /Says which third party holds it/ }).check()
  await page.getByRole('checkbox', { name: /orders:write/ }).uncheck()
  await save.click()
  const review = page.getByRole('dialog', { name: 'Change policy' })
  await expect(review).toContainText('without expiry')
  await expect(review).toContainText('Endless key')
  await expectAccessible(page)
  await look(page, 'policy-review')
  await review.getByRole('button', { name: 'Change policy' }).click()
  await expect(page.getByText('The policy was changed.')).toBeVisible()
  await expect(page.getByLabel('Longest lifetime')).toHaveValue('30')

  await page.goto('/')
  await page.getByRole('button', { name: 'Create key' }).first().click()
  const create = page.getByRole('dialog', { name: 'Create API key' })
  const expires = create.getByRole('group', { name: 'Expires' })
  await expect(expires.getByRole('radio', { name: '30 days' })).toBeChecked()
  await expect(expires.getByRole('radio', { name: /90 days|1 year|Never/ })).toHaveCount(0)
  await create.getByLabel('Label').fill('For nobody')
  await create.getByRole('button', { name: 'Create key' }).click()
  await expect(create.getByText('This site asks that every key says who holds it.')).toBeVisible()
  await look(page, 'policy-create')

  await page.goto('/admin/policy')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Keys that break it' }).click()
  expect(readFileSync(await (await download).path(), 'utf8')).toMatch(/Endless key,.*,expiry thirdParty/)
  // The site is shared with the other tests of this file.
  await page.getByLabel('Longest lifetime').fill('')
  await page.getByRole('checkbox', { name: /Says which third party holds it/ }).uncheck()
  await page.getByRole('checkbox', { name: /orders:write/ }).check()
  await save.click()
  await review.getByRole('button', { name: 'Change policy' }).click()
  await expect(page.getByText('The policy was changed.')).toBeVisible()
})

const cli = (latchkey: Latchkey, ...args: string[]) =>
  JSON.parse(
    execFileSync(process.execPath, ['scripts/latchkey.mjs', ...args, '--json'], {
      env: { ...process.env, DATA_DIR: latchkey.dataDir },
      encoding: 'utf8',
    }),
  )

const account = ({ name, email, password }: ReturnType<typeof newPerson>) => [
  ...['--name', name, '--email', email, '--password', password],
]

function newAdmin(latchkey: Latchkey) {
  const person = { ...newPerson('Root Keeper'), password: goodPassword }
  cli(latchkey, 'users', 'create', ...account(person), '--admin')
  return person
}

const me = (latchkey: Latchkey, secret: string) =>
  fetch(`${latchkey.url}/api/v1/me`, { headers: { authorization: `Api-Key ${secret}` } })

/** Opens the menu of a row, and does what it offers. */
async function act(page: Page, name: string, item: string, confirm = item): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
  await page.getByRole('dialog').getByRole('button', { name: confirm }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
}

/** The server actions of the admin's pages, each with its page; those of the shell left out, which is all the overview has. */
async function actionsOf(page: Page): Promise<Map<string, string>> {
  const idsOn = async (path: string) => {
    const html = (await (await page.goto(path))?.text()) ?? ''
    return [...html.matchAll(/\b[0-9a-f]{42}\b/g)].map(([id]) => id)
  }
  const shell = await idsOn('/admin')
  const actions = new Map<string, string>()
  for (const path of paths) {
    for (const id of await idsOn(path)) if (!shell.includes(id)) actions.set(id, path)
  }
  return actions
}

/** Photographs a page, wide and on a phone, where somebody asked for that; on a phone nothing is cut off. */
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
  const before = page.viewportSize()
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  if (folder) await page.screenshot({ path: `${folder}/${name}-phone.png`, fullPage: true })
  if (before) await page.setViewportSize(before)
}
