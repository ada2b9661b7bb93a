import { execFileSync } from 'node:child_process'
import { expectAccessible } from './accessible'
import { newPerson, signUp } from './people'
import { expect, test } from './test'

test('the page of a key says how it is used, and from where', async ({ page, latchkey }) => {
  // Counts are written every few seconds, and axe looks four times.
  test.slow()
  const slug = await signUp(page, newPerson())
  const args = ['keys', 'create', '--project', slug, '--label', 'Counted', '--scopes', 'orders:read', '--json']
  const key = JSON.parse(
    execFileSync(process.execPath, ['scripts/latchkey.mjs', ...args], {
      env: { ...process.env, DATA_DIR: latchkey.dataDir },
      encoding: 'utf8',
    }),
  )
  await page.goto(`/projects/${slug}/keys/${key.id}`)
  await expect(page.getByText('No requests with this key yet.')).toBeVisible()

  const ask = (path: string, agent: string) =>
    fetch(latchkey.url + path, { headers: { authorization: `Api-Key ${key.secret}`, 'user-agent': agent } })
  for (let count = 0; count < 3; count++) expect((await ask('/api/v1/me', 'curl/8.11.0')).status).toBe(200)
  expect((await ask('/api/v1/keys', 'python-requests/2.32')).status).toBe(403)

  // Counts are written every few seconds.
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('img', { name: /^Bars by the day: 3 requests in 30 days/ })).toBeVisible({
      timeout: 500,
    })
  }).toPass({ timeout: 20_000 })
  await expect(page.getByRole('img', { name: /^Bars by the day/ })).toHaveAccessibleName(/; 1 refused\.$/)
  await expect(page.getByText('1 refused', { exact: true })).toBeVisible()
  const sources = page.getByRole('region', { name: 'Sources' })
  await expect(sources.getByRole('listitem').filter({ hasText: 'curl' })).toContainText(/3 requests, first .+, last /)
  await expect(sources.getByRole('listitem').filter({ hasText: 'python-requests' })).toContainText('127.0.0.1')
  await expectAccessible(page)

  const row = page.getByRole('row').filter({ hasText: today() })
  await expect(row).toBeHidden()
  await page.getByText('Show as a table').click()
  await expect(row.getByRole('cell')).toHaveText(['3', '1'])
  await expect(page.getByRole('row')).toHaveCount(31)
  await page.setViewportSize({ width: 320, height: 800 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  await expectAccessible(page)
})

const today = () => {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).format(new Date())
  return `${part({ day: 'numeric' })} ${part({ month: 'short' })} ${part({ year: 'numeric' })}`
}
