import { expectAccessible } from './accessible'
import { newPerson, signUp } from './people'
import { expect, test } from './test'

test('adds a third party, marks it, and edits it', async ({ page }) => {
  const slug = await signUp(page, newPerson())
  await page.getByRole('link', { name: 'Third parties' }).click()
  await expect(page).toHaveURL(`/projects/${slug}/third-parties`)
  await expect(page.getByRole('heading', { name: 'No third parties yet' })).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Add third party' }).click()
  const add = page.getByRole('dialog', { name: 'Add third party' })
  await expect(add.getByLabel('Name')).toBeFocused()
  await add.getByLabel('Website').fill('javascript:alert(1)')
  await add.getByRole('button', { name: 'Add third party' }).click()
  await expect(add.getByLabel('Name')).toHaveAccessibleDescription('Name is empty. Enter some text.')
  await expect(add.getByLabel('Website')).toHaveAccessibleDescription(/must be a full address/)
  await expect(add.getByLabel('Name')).toBeFocused()
  await expectAccessible(page)

  await add.getByLabel('Name').fill('Zapier')
  await add.getByLabel('Website').fill('https://zapier.com')
  await add.getByLabel('Contact').fill('mara@zapier.example')
  await add.getByLabel('Purpose').fill('Copies invoices into the ledger')
  await add.getByRole('button', { name: 'Add third party' }).click()
  await expect(page.getByText('Zapier was added.')).toBeVisible()
  // While it goes, its own button of that name is there too.
  await expect(add).toBeHidden()
  await expect(page.getByRole('button', { name: 'Add third party' })).toBeFocused()
  const row = page.getByRole('row', { name: /^Zapier/ })
  for (const text of ['mara@zapier.example', 'Copies invoices into the ledger', 'None', 'Never used']) {
    await expect(row).toContainText(text)
  }
  const website = row.getByRole('link', { name: 'zapier.com' })
  await expect(website).toHaveAttribute('href', 'https://zapier.com/')
  await expect(website).toHaveAttribute('rel', 'noreferrer noopener')
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Actions for Zapier' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  const edit = page.getByRole('dialog', { name: 'Edit third party' })
  await expect(edit.getByLabel('Purpose')).toHaveValue('Copies invoices into the ledger')
  await edit.getByLabel('Name').fill('Zapier Inc.')
  await edit.getByLabel('Website').fill('')
  await edit.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByText('Zapier Inc. was changed.')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('button', { name: 'Actions for Zapier Inc.' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'zapier.com' })).toHaveCount(0)
})

test('has one third party of a name', async ({ page }) => {
  const slug = await signUp(page, newPerson())
  await page.goto(`/projects/${slug}/third-parties`)
  const dialog = page.getByRole('dialog', { name: 'Add third party' })
  for (const name of ['Zapier', 'ZAPIER']) {
    await page.getByRole('button', { name: 'Add third party' }).click()
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByRole('button', { name: 'Add third party' }).click()
    if (name === 'Zapier') await expect(dialog).toBeHidden()
  }
  await expect(dialog.getByLabel('Name')).toHaveAccessibleDescription('Is taken in this project.')
})

test('shows names as text', async ({ page }) => {
  const slug = await signUp(page, newPerson())
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    return dialog.dismiss()
  })
  await page.goto(`/projects/${slug}/third-parties`)
  const name = '<img src=x onerror=alert(1)><script>alert(2)</script>'
  await page.getByRole('button', { name: 'Add third party' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill(name)
  await page.getByRole('dialog').getByRole('button', { name: 'Add third party' }).click()
  await expect(page.getByText(`${name} was added.`)).toBeVisible()
  await page.reload()
  await expect(page.getByRole('button', { name: `Actions for ${name}` })).toBeVisible()
  expect(dialogs).toEqual([])
})

test('does not lose what was typed by a slip', async ({ page }) => {
  const slug = await signUp(page, newPerson())
  await page.goto(`/projects/${slug}/third-parties`)
  const opener = page.getByRole('button', { name: 'Add third party' })
  await opener.click()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(opener).toBeFocused()

  await opener.click()
  await page.keyboard.type('Zapier')
  await page.keyboard.press('Escape')
  const ask = page.getByRole('alertdialog', { name: 'Discard what you typed?' })
  await ask.getByRole('button', { name: 'Keep editing' }).click()
  await expect(page.getByRole('dialog').getByLabel('Name')).toHaveValue('Zapier')
  await page.keyboard.press('Escape')
  await ask.getByRole('button', { name: 'Discard' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('counts the keys of each, and leads to them', async ({ page, latchkey }) => {
  const slug = await signUp(page, newPerson())
  const headers = { origin: latchkey.url }
  for (const label of ['One', 'Two']) {
    const data = { label, thirdParty: { name: 'Zapier' } }
    expect((await page.request.post(`/api/v1/keys?project=${slug}`, { headers, data })).status()).toBe(201)
  }
  await page.goto(`/projects/${slug}/third-parties`)
  await page.getByRole('link', { name: '2 keys of Zapier' }).click()
  await expect(page).toHaveURL(/\/keys\?thirdParty=\w+$/)
})

test('belongs to its project alone', async ({ page, browser }) => {
  const slug = await signUp(page, newPerson())
  const stranger = await browser.newContext()
  const strange = await stranger.newPage()
  await signUp(strange, newPerson('Eve Moneypenny'))
  for (const path of [`/projects/${slug}/third-parties`, '/projects/there-is-none/third-parties']) {
    const answer = await strange.goto(path)
    expect(answer?.status()).toBe(404)
    await expect(strange.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
  }
  await stranger.close()
})
