import { expect, test } from './test'

test('serves a page that a browser renders', async ({ page }) => {
  await page.goto('/')
  await expect(page).toHaveTitle(/Latchkey/)
})

test('refuses an API request without credentials', async ({ request }) => {
  const answer = await request.get('/api/v1/me')
  expect(answer.status()).toBe(401)
  expect(await answer.json()).toMatchObject({ code: 'missing_credentials' })
})
