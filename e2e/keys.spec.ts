import type { Page } from '@playwright/test'
import { expectAccessible, tabTo } from './accessible'
import { newPerson, signUp } from './people'
import { expect, test } from './test'

test('the story of a key: made, stored, used, regenerated, ended, revoked', async ({ page, context, latchkey }) => {
  test.slow() // Many scans for accessibility.
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signUp(page, newPerson())
  await expect(page.getByRole('heading', { name: 'One key for each third party' })).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Create key' }).click()
  const create = page.getByRole('dialog', { name: 'Create API key' })
  await expect(create.getByLabel('Label')).toBeFocused()
  await create.getByLabel('Label').fill('Invoices to Billing')
  await create.getByLabel('Third party').fill('Zapier')
  await create.getByLabel('Third party').press('Tab')
  await create.getByRole('checkbox', { name: /See orders/ }).check()
  await expect(create.getByRole('radio', { name: '90 days' })).toBeChecked()
  await expectAccessible(page)
  await create.getByRole('button', { name: 'Create key' }).click()

  const first = await storedByCopy(page)
  const row = page.getByRole('row', { name: /Invoices to Billing/ })
  await expect(row).toContainText('Zapier')
  await expect(row).toContainText('Never used')
  expect(await me(latchkey.url, first)).toMatchObject({ status: 200, label: 'Invoices to Billing' })
  await expect(async () => {
    await page.reload()
    await expect(row).toContainText('just now', { timeout: 500 })
    await expect(row).not.toContainText('Never used', { timeout: 500 })
  }).toPass()
  await expectAccessible(page)

  await act(page, 'Invoices to Billing', 'Regenerate')
  const regenerate = page.getByRole('dialog', { name: 'Regenerate key' })
  await regenerate
    .getByRole('group', { name: 'Keep the old secret working for' })
    .getByRole('radio', { name: '1 hour' })
    .check()
  await expectAccessible(page)
  await regenerate.getByRole('button', { name: 'Regenerate' }).click()
  const second = await storedByCopy(page)
  await expect(row).toContainText(/Old secret works until .*, last used just now/)
  expect(await me(latchkey.url, first)).toMatchObject({ status: 200 })
  expect(await me(latchkey.url, second)).toMatchObject({ status: 200 })

  await row.getByRole('button', { name: 'End now' }).click()
  await expect(row).not.toContainText('Old secret')
  expect(await me(latchkey.url, first)).toMatchObject({ status: 401, code: 'revoked_credentials' })
  expect(await me(latchkey.url, second)).toMatchObject({ status: 200 })

  await act(page, 'Invoices to Billing', 'Revoke')
  const revoke = page.getByRole('dialog', { name: 'Revoke key' })
  await expect(revoke.getByRole('button', { name: 'Revoke key' })).not.toBeFocused()
  await expect(revoke).toContainText('This key is in use')
  await revoke.getByLabel('Reason').fill('Moved to another tool')
  await expectAccessible(page)
  await revoke.getByRole('button', { name: 'Revoke key' }).click()
  // Stays in sight until the next page, though the filter leaves revoked keys out.
  await expect(row).toContainText('Revoked')
  expect(await me(latchkey.url, second)).toMatchObject({ status: 401, code: 'revoked_credentials' })
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Every key here is revoked' })).toBeVisible()

  await page.getByRole('button', { name: 'Show all keys' }).click()
  await row.getByRole('link', { name: 'Invoices to Billing' }).click()
  await expect(page.getByText('Moved to another tool')).toHaveCount(2)
  for (const words of ['created the key', 'regenerated the key', 'ended the old secret', 'revoked the key']) {
    await expect(page.getByText(words)).toBeVisible()
  }
  await expectAccessible(page)
})

test('a double click makes one key', async ({ page }) => {
  await openCreate(page, 'Twice')
  await page.getByRole('button', { name: 'Create key' }).dblclick()
  await store(page)
  await page.reload()
  await expect(page.getByRole('link', { name: 'Twice' })).toHaveCount(1)
})

test('a key whose answer was lost is made once, and says so', async ({ page }) => {
  await openCreate(page, 'Lost on the way')
  // The server does it, the answer never arrives.
  await page.route('**/keys', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    await route.fetch()
    await route.abort()
  })
  await page.getByRole('button', { name: 'Create key' }).click()
  await expect(page.getByRole('alert')).toContainText('The server did not answer')
  await page.unroute('**/keys')
  await expect(page.getByLabel('Label')).toHaveValue('Lost on the way')
  await page.getByRole('button', { name: 'Create key' }).click()
  await expect(page.getByText('The key was created, but its secret did not arrive')).toBeVisible()
  await page.getByRole('button', { name: 'Regenerate' }).click()
  await store(page)
  await page.reload()
  await expect(page.getByRole('link', { name: 'Lost on the way' })).toHaveCount(1)
})

test('what is refused is said beside its field, and nothing typed is lost', async ({ page }) => {
  await openCreate(page, '')
  await page.getByText('Advanced').click()
  await page.getByLabel('Allowed addresses').fill('10.0.0.1\nnowhere')
  await page.getByLabel('Rate limit per minute').fill('many')
  await page.getByRole('button', { name: 'Create key' }).click()
  await expect(page.getByLabel('Label')).toHaveAccessibleDescription(/Label is empty/)
  await expect(page.getByLabel('Label')).toBeFocused()
  await expect(page.getByLabel('Allowed addresses')).toHaveAccessibleDescription(/"nowhere" is not an address/)
  await expect(page.getByLabel('Rate limit per minute')).toHaveAccessibleDescription(/not a whole number/)
  await expect(page.getByLabel('Allowed addresses')).toHaveValue('10.0.0.1\nnowhere')
  await expectAccessible(page)
})

test('a shown secret is not lost by accident, and nothing of it is left behind', async ({ page, context }) => {
  const bodies: string[] = []
  // The browser may have let go of a streamed answer by the time its text is asked for: read the ones with secrets on their way.
  await page.route('**/*', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    const answer = await route.fetch()
    expect(answer.headers()['cache-control']).toContain('no-store')
    bodies.push(await answer.text())
    await route.fulfill({ response: answer })
  })
  page.on('response', async (response) => {
    if (response.request().method() !== 'POST') bodies.push(await response.text().catch(() => ''))
  })
  await openCreate(page, 'Careful')
  await page.getByRole('button', { name: 'Create key' }).click()
  const dialog = page.getByRole('dialog', { name: 'Save your key' })
  const secret = await dialog.getByLabel('API key', { exact: true }).inputValue()
  expect(secret).toMatch(/^lk_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
  await expect(dialog.getByText(`curl -H "Authorization: Api-Key ${secret}"`)).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Done' })).toBeDisabled()
  await expectAccessible(page)

  const ask = page.getByRole('alertdialog', { name: 'Close without storing it?' })
  const keepOpen = ask.getByRole('button', { name: 'Keep open' })
  for (const leave of [
    () => page.keyboard.press('Escape'),
    () => page.mouse.click(5, 5),
    () => page.goBack(),
    () => page.evaluate(() => history.back()),
  ]) {
    await leave()
    await expect(keepOpen).toBeFocused()
    await keepOpen.press('Enter')
    await expect(ask).toBeHidden()
    await expect(dialog.getByLabel('API key', { exact: true })).toHaveValue(secret)
  }
  // Closing the tab or reloading brings the browser's own question.
  const question = page.waitForEvent('dialog')
  const reload = page.reload({ timeout: 2000 }).catch(() => {})
  await (await question).dismiss()
  await reload
  await expect(dialog.getByLabel('API key', { exact: true })).toHaveValue(secret)

  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Download .env' }).click()
  expect((await download).suggestedFilename()).toBe('careful.env')

  await page.keyboard.press('Escape')
  await ask.getByRole('button', { name: 'Close without storing' }).click()
  await expect(dialog).toBeHidden()
  const address = page.url()
  await nothingOf(page, secret)
  await page.reload()
  await nothingOf(page, secret)
  await page.getByRole('link', { name: 'Careful' }).click()
  await page.waitForURL(/keys\/./)
  await nothingOf(page, secret)
  await page.goBack()
  await page.waitForURL(address)
  await expect(page.getByRole('link', { name: 'Careful' })).toBeVisible()
  await nothingOf(page, secret)
  expect(bodies.filter((body) => body.includes(secret))).toHaveLength(1)
  expect(JSON.stringify(await context.storageState())).not.toContain(secret.slice(16))
})

test('without a clipboard the text is selected, and the button does not say Copied', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await openCreate(page, 'No clipboard')
  await page.getByRole('button', { name: 'Create key' }).click()
  const field = page.getByLabel('API key', { exact: true })
  await page.getByRole('button', { name: 'Copy' }).click()
  await expect(page.getByText('Press Ctrl+C to copy')).toBeVisible()
  await expect(page.getByText('Copied')).toHaveCount(0)
  expect(await field.evaluate((input: HTMLInputElement) => [input.selectionStart, input.selectionEnd])).toEqual([0, 65])
})

test('of two tabs that regenerate at once, one waits for the overlap to end', async ({ page, context }) => {
  await openCreate(page, 'Shared')
  await page.getByRole('button', { name: 'Create key' }).click()
  await store(page)
  const other = await context.newPage()
  await other.goto(page.url())
  for (const tab of [page, other]) {
    await act(tab, 'Shared', 'Regenerate')
    await tab.getByRole('radio', { name: '1 hour' }).check()
  }
  await Promise.all([page, other].map((tab) => tab.getByRole('button', { name: 'Regenerate', exact: true }).click()))
  const shown = (tab: Page) => tab.getByRole('dialog', { name: 'Save your key' })
  const refused = (tab: Page) => tab.getByRole('dialog').getByText('Two secrets of this key work already').first()
  await expect(async () => {
    const shows = await Promise.all([page, other].map((tab) => shown(tab).isVisible()))
    const refuses = await Promise.all([page, other].map((tab) => refused(tab).isVisible()))
    expect([shows.filter(Boolean).length, refuses.filter(Boolean).length]).toEqual([1, 1])
  }).toPass()
  const loser = (await shown(page).isVisible()) ? other : page
  await expect(loser.getByRole('button', { name: 'End old secret' })).toBeVisible()
})

test('the list is searched, filtered, sorted and turned over in its address', async ({ page }) => {
  await openCreate(page, 'Alpha')
  await page.getByRole('button', { name: 'Create key' }).click()
  await store(page)
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByLabel('Label').fill('beta')
  await page.getByRole('button', { name: 'Create key' }).click()
  const secret = await store(page)

  const labels = page.getByRole('rowgroup').last().getByRole('link')
  await expect(labels).toHaveText(['beta', 'Alpha'])
  await page.getByRole('button', { name: 'Label' }).click()
  await expect(page).toHaveURL(/sort=label/)
  await expect(page.getByRole('columnheader', { name: 'Label' })).toHaveAttribute('aria-sort', 'ascending')
  await expect(labels).toHaveText(['Alpha', 'beta'])

  // A whole credential is found by its hint, and its secret goes nowhere.
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(request.url()))
  await page.getByLabel('Search keys').fill(` Authorization: Api-Key ${secret}`)
  await expect(page.getByLabel('Search keys')).toHaveValue(`${secret.slice(0, 15)}_…`)
  await expect(labels).toHaveText(['beta'])
  expect([page.url(), ...addresses].join(' ')).not.toContain(secret.slice(16))

  await page.getByLabel('Search keys').fill('nobody')
  await expect(page.getByRole('heading', { name: 'No key matches “nobody”' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(labels).toHaveText(['Alpha', 'beta'])
  await page.getByRole('combobox', { name: 'Status' }).click()
  await page.getByRole('option', { name: 'Expiring' }).click()
  await expect(page).toHaveURL(/status=expiring/)
  await expect(page.getByRole('heading', { name: 'No key matches these filters' })).toBeVisible()
  await page.goBack()
  await expect(labels).toHaveText(['Alpha', 'beta'])
})

test('the whole story works with the keyboard alone', async ({ page }) => {
  await signUp(page, newPerson())
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
  await page.getByRole('button', { name: 'Create key' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Label')).toBeFocused()
  await page.keyboard.type('By hand')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Acme')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await tabTo(page, page.getByRole('checkbox', { name: /See orders/ }))
  await page.keyboard.press('Space')
  await tabTo(page, page.getByRole('button', { name: 'Create key' }))
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('API key', { exact: true })).toBeFocused()
  await tabTo(page, page.getByLabel('I have stored this key'))
  await page.keyboard.press('Space')
  await tabTo(page, page.getByRole('button', { name: 'Done' }))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('link', { name: 'By hand' })).toBeFocused()
  await expect(page.getByRole('row', { name: /By hand/ })).toContainText('Acme')

  const menu = page.getByRole('button', { name: 'Actions for By hand' })
  await tabTo(page, menu)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'View details' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowUp')
  await expect(page.getByRole('menuitem', { name: 'Revoke' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Reason')).toBeFocused()
  // Enter in the reason must not end a key.
  await page.keyboard.press('Enter')
  await tabTo(page, page.getByRole('button', { name: 'Revoke key' }))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row', { name: /By hand/ })).toContainText('Revoked')
  await expect(menu).toBeFocused()
})

test('a label is text, whatever it looks like', async ({ page }) => {
  test.slow() // Many scans for accessibility.
  const labels = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '😀'.repeat(100), 'x'.repeat(100)]
  page.on('dialog', (dialog) => expect(dialog.message()).toBe('none'))
  await signUp(page, newPerson())
  for (const label of labels) {
    await page.getByRole('button', { name: 'Create key' }).click()
    await page.getByLabel('Label').fill(label)
    await page.getByRole('button', { name: 'Create key' }).click()
    await store(page)
    await expect(page.getByRole('link', { name: label, exact: true })).toBeVisible()
  }
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    await expectAccessible(page)
  }
})

/** Signs up and opens the dialog with this label typed. */
async function openCreate(page: Page, label: string) {
  await signUp(page, newPerson())
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByLabel('Label').fill(label)
}

async function act(page: Page, label: string, name: string) {
  await page.getByRole('button', { name: `Actions for ${label}` }).click()
  await page.getByRole('menuitem', { name }).click()
}

/** Closes the shown-once dialog as one should. */
async function store(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog', { name: 'Save your key' })
  const secret = await dialog.getByLabel('API key', { exact: true }).inputValue()
  await dialog.getByLabel('I have stored this key').check()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(dialog).toBeHidden()
  return secret
}

async function storedByCopy(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Copy' }).click()
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  expect(await store(page)).toBe(copied)
  return copied
}

async function me(url: string, secret: string) {
  const answer = await fetch(`${url}/api/v1/me`, { headers: { Authorization: `Api-Key ${secret}` } })
  const body = (await answer.json()) as { code?: string; credential?: { label: string } }
  return { status: answer.status, code: body.code, label: body.credential?.label }
}

/** Neither the page, nor what the browser keeps for it, holds the secret's own part. */
async function nothingOf(page: Page, secret: string) {
  const kept = await page.evaluate(() => [
    document.documentElement.outerHTML,
    location.href,
    JSON.stringify(history.state),
    JSON.stringify({ ...localStorage, ...sessionStorage }),
    [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value).join(),
  ])
  expect(kept.join('\n')).not.toContain(secret.slice(16))
}
