import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { expectAccessible } from './accessible'
import { newPerson, signUp, signUpVerified } from './people'
import type { Latchkey } from './server'
import { expect, test } from './test'

const guides = [
  'Quick start',
  'Guard your own route',
  'Rotate without downtime',
  'Work as a team',
  'Ask people for access',
  'Gateways',
  'Errors',
]

test.describe('the docs', () => {
  test('are open to all, from the front page', async ({ page }) => {
    await page.goto('/')
    await page.getByRole('link', { name: 'Docs' }).click()
    await expect(page).toHaveURL('/docs')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('API reference')
    await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
    const list = page.getByRole('region', { name: 'List keys' })
    await expect(list).toContainText(
      'Needs a key or access token with keys:read (see the API keys and third parties of this project)',
    )
    await expect(list.getByText('A key of yours')).toHaveCount(0)
    for (const title of guides) {
      await page.getByRole('navigation', { name: 'Docs' }).getByRole('link', { name: title }).click()
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(title)
      await expect(page).toHaveTitle(`${title} · Latchkey`)
    }
    expect((await page.goto('/docs/no-such-guide'))?.status()).toBe(404)
  })

  for (const path of [
    '/docs',
    '/docs/quick-start',
    '/docs/work-as-a-team',
    '/docs/ask-people',
    '/docs/gateways',
    '/docs/errors',
  ]) {
    test(`${path} can be read by all`, async ({ page }) => {
      // The reference is long.
      test.slow()
      await page.goto(path)
      await expectAccessible(page)
    })
  }

  test('lead from a refusal to what it means, and from an answer to its object', async ({ page }) => {
    await page.goto('/docs')
    await page
      .getByRole('region', { name: 'Regenerate a key' })
      .getByRole('link', { name: 'conflict', exact: true })
      .click()
    await expect(page).toHaveURL('/docs/errors#conflict')
    await expect(page.getByRole('heading', { name: 'conflict · 409', exact: true })).toBeInViewport()
    await page.goto('/docs')
    await page.getByRole('region', { name: 'Read a key' }).getByRole('link', { name: 'Key', exact: true }).click()
    await expect(page.getByRole('heading', { name: 'Key', exact: true })).toBeInViewport()
  })

  test('bring the configurations of gateways along', async ({ page }) => {
    await page.goto('/docs/gateways')
    await page.getByRole('link', { name: 'nginx.conf' }).click()
    await expect(page.getByRole('heading', { name: 'nginx.conf' })).toBeInViewport()
    await expect(page.getByRole('figure', { name: 'nginx.conf' })).toContainText('auth_request /_latchkey;')
  })

  test('keep the language that was chosen, by keyboard too', async ({ page }) => {
    await page.goto('/docs')
    const first = page.getByRole('region', { name: 'Say who is calling' })
    await first.getByRole('tab', { name: 'curl' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await expect(first.getByRole('tab', { name: 'JavaScript' })).toHaveAttribute('aria-selected', 'true')
    await expect(page).toHaveURL('/docs?lang=javascript')
    const other = page.getByRole('region', { name: 'List third parties' })
    await expect(other.getByRole('figure')).toContainText('await fetch(')
    await page.reload()
    await expect(other.getByRole('figure')).toContainText('await fetch(')
  })

  test('fit a phone, with the contents folded', async ({ page }) => {
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 800 })
      for (const path of ['/docs', '/docs/errors', '/docs/gateways', '/docs/work-as-a-team', '/docs/ask-people']) {
        await page.goto(path)
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
      }
    }
    await page.getByText('Contents').click()
    await page.getByRole('navigation', { name: 'Docs' }).getByRole('link', { name: 'Quick start' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Quick start')
    await expect(page.getByRole('link', { name: 'List keys' })).toBeHidden()
  })

  test('name a key of the reader’s own that may make the call', async ({ page, latchkey }) => {
    const slug = await signUp(page, newPerson())
    await page.getByRole('link', { name: 'Docs' }).click()
    await expect(page.getByRole('button', { name: 'Account menu' })).toBeVisible()
    const read = page.getByRole('region', { name: 'Read a key' })
    await expect(read).toContainText('No key of yours may do this.')
    const key = newKey(latchkey, slug, ['keys:read'])
    await page.reload()
    await expect(read).toContainText(`A key of yours that may do this: ${key.hint} (Reads keys)`)
    await expect(read.getByRole('figure')).toContainText(`${latchkey.url}/api/v1/keys/${key.id}`)
    await expect(page.getByRole('region', { name: 'Create a key' })).toContainText('No key of yours may do this.')
    // Pasted as it stands, it must not end a key that somebody relies on.
    const revoke = page.getByRole('region', { name: 'Revoke a key' }).getByRole('figure')
    await expect(revoke).toContainText('/api/v1/keys/$KEY_ID')
    await expect(page.locator('body')).not.toContainText(key.secret)
  })
})

test('the document is served to all', async ({ request, latchkey }) => {
  const answer = await request.get('/api/v1/openapi.json')
  expect(answer.headers()['content-type']).toBe('application/json; charset=utf-8')
  expect(await answer.json()).toMatchObject({ openapi: '3.1.0', servers: [{ url: `${latchkey.url}/api/v1` }] })
})

const programs = {
  curl: { tab: 'curl', command: 'curl', run: ['sh', '-c'] },
  javascript: { tab: 'JavaScript', command: 'node', run: [process.execPath, '--input-type=module', '-e'] },
  python: { tab: 'Python', command: 'python3', run: ['python3', '-c'] },
}

for (const [language, { tab, command, run }] of Object.entries(programs)) {
  test(`the snippets for ${tab} run as they stand`, async ({ page, latchkey }) => {
    const missing = spawnSync(command, ['--version']).status !== 0
    test.skip(missing, `there is no ${command} on this machine`)
    const slug = await signUpVerified(page, latchkey, newPerson())
    const managing = ['keys:read', 'keys:write', 'apps:read', 'apps:write']
    const scopes = [...managing, 'usage:read', 'orders:read', 'credentials:verify']
    const root = newKey(latchkey, slug, scopes, ['--third-party', 'Acme', '--allow-key-management'])
    const subject = newKey(latchkey, slug, ['orders:read'])
    const { clientId } = newApp(latchkey, slug)
    const env = {
      ...process.env,
      LATCHKEY_API_KEY: root.secret,
      KEY_ID: subject.id,
      THIRD_PARTY_ID: root.thirdParty?.id,
      APP_ID: clientId,
    }
    await page.goto(`/docs?lang=${language}`)
    for (const [operation, answer] of [
      ['Say who is calling', root.id],
      ['List keys', subject.id],
      ['Read a key', 'createdBy'],
      ['Read how a key is used', 'sources'],
      ['List third parties', 'Acme'],
      ['Read a third party', 'Acme'],
      ['Read this document', 'openapi'],
      ['Judge a credential', 'malformed_credentials'],
      ['Judge a request', '204'],
      ['Create a key', 'secret'],
      ['Change a key', 'invoices only'],
      ['Regenerate a key', 'overlap'],
      ['End an overlap', 'overlap'],
      ['Change a third party', 'zapier.com'],
      ['Revoke a key', '204'],
      ['List apps', clientId],
      ['Read an app', 'redirectUris'],
      ['Register an app', 'clientSecret'],
      ['Change an app', 'into the ledger'],
      ['Rotate a client secret', 'clientSecret'],
      ['End the overlap of a client secret', 'secrets'],
      ['Disable an app', 'disabled'],
      ['Enable an app', 'active'],
    ] as const) {
      const code = await snippet(page, operation, tab)
      const [program = '', ...options] = run
      const output = await promisify(execFile)(program, [...options, code], { env }).then(
        ({ stdout }) => stdout,
        (error: { stdout: string; stderr: string }) => `${operation} failed: ${error.stdout}${error.stderr}\n${code}`,
      )
      expect(output, operation).not.toContain('failed:')
      expect(output, operation).toContain(answer)
    }
  })
}

async function snippet(page: Page, operation: string, tab: string): Promise<string> {
  const code = page.getByRole('figure', { name: `${operation}, ${tab}`, exact: true }).locator('code')
  return (await code.textContent()) ?? ''
}

interface NewKey {
  id: string
  hint: string
  secret: string
  thirdParty: { id: string } | null
}

const newApp = (latchkey: Latchkey, slug: string): { clientId: string } =>
  command(latchkey, ['apps', 'register', '--project', slug, '--name', 'Ledger', '--redirect-uri', 'https://a.example'])

function newKey(latchkey: Latchkey, slug: string, scopes: string[], more: string[] = []): NewKey {
  const options = ['--project', slug, '--label', 'Reads keys', '--scopes', scopes.join(','), ...more]
  return command(latchkey, ['keys', 'create', ...options])
}

function command<T>(latchkey: Latchkey, args: string[]): T {
  const output = execFileSync(process.execPath, ['scripts/latchkey.mjs', ...args, '--json'], {
    env: { ...process.env, DATA_DIR: latchkey.dataDir },
    encoding: 'utf8',
  })
  return JSON.parse(output)
}
