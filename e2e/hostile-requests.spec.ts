import { goodPassword } from './people'
import { startLatchkey } from './server'
import { expect, test } from './test'

test('threat 6: payloads for server actions run nothing, and the next request is answered', async ({ latchkey }) => {
  const action = '4'.repeat(42)
  const reference = (chunk: unknown) => ({ '0': JSON.stringify(chunk) })
  const thenable =
    '{"then":"$1:__proto__:then","status":"resolved_model","reason":-1,"value":"{\\"then\\":\\"$B1337\\"}"}'
  const bodies: Record<string, string>[] = [
    { '0': thenable },
    reference(['$1:constructor:constructor']),
    reference('$F1'),
    reference(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
    {
      '1_$ACTION_REF_1': '',
      '1_$ACTION_1:0': '{"id":"child_process#execSync","bound":"$@1"}',
      '1_$ACTION_1:1': '["id"]',
    },
    { [`$ACTION_ID_${action}`]: '' },
  ]
  for (const path of ['/sign-in', '/account', '/']) {
    for (const body of bodies) {
      for (const extra of [{ 'Next-Action': action }, { 'Next-Action': 'x' }, {}] as Record<string, string>[]) {
        const form = new FormData()
        for (const [name, value] of Object.entries(body)) form.append(name, value)
        const headers = { Origin: latchkey.url, RSC: '1', ...extra }
        const answer = await fetch(`${latchkey.url}${path}`, {
          method: 'POST',
          headers,
          body: form,
          redirect: 'manual',
        })
        expect(answer.status, `${path} ${JSON.stringify(body).slice(0, 60)}`).toBeLessThan(500)
      }
    }
  }
  expect((await fetch(`${latchkey.url}/api/v1/openapi.json`)).status).toBe(200)
})

test('threat 51: no image is fetched for anybody', async ({ latchkey }) => {
  for (const url of ['http://127.0.0.1:1/a.png', '/icon.svg', 'http://169.254.169.254/', '//evil.example/a.png']) {
    const answer = await fetch(`${latchkey.url}/_next/image?url=${encodeURIComponent(url)}&w=64&q=75`)
    expect([400, 404]).toContain(answer.status)
  }
})

test('threat 53: a broken address to go to, token or provider is refused or not followed', async ({ latchkey }) => {
  const addresses = ['https://evil.example', '//evil.example', '%', 'javascript:alert(1)', '\u0000', 'x'.repeat(5_000)]
  const places = ['signin', 'signin/credentials', 'signin/nobody', 'callback/credentials', 'callback/nobody', 'signout']
  for (const place of places) {
    for (const address of addresses) {
      const query = `callbackUrl=${encodeURIComponent(address)}&csrfToken=${encodeURIComponent(address.slice(0, 50))}`
      const cookie = `authjs.callback-url=${encodeURIComponent(address)}; authjs.csrf-token=x`
      for (const method of ['GET', 'POST']) {
        const answer = await fetch(`${latchkey.url}/api/auth/${place}${method === 'GET' ? `?${query}` : ''}`, {
          method,
          redirect: 'manual',
          headers: { cookie, ...(method === 'POST' && { 'Content-Type': 'application/x-www-form-urlencoded' }) },
          ...(method === 'POST' && { body: query }),
        })
        expect(answer.status, `${method} ${place} ${address.slice(0, 30)}`).toBeLessThan(500)
        const location = answer.headers.get('location')
        if (location) expect(new URL(location, latchkey.url).origin).toBe(latchkey.url)
      }
    }
  }
  for (const word of ['__proto__', 'constructor', 'toString']) {
    expect((await fetch(`${latchkey.url}/sign-in?refused=${word}&error=${word}`)).status).toBe(200)
  }
})

test('threat 58: over https the session’s cookie is bound to the host and out of reach of scripts', async () => {
  const email = 'admin@example.com'
  const https = await startLatchkey({
    env: {
      APP_URL: 'https://portal.example',
      HOST: '127.0.0.1',
      ADMIN_EMAIL: email,
      ADMIN_PASSWORD: goodPassword,
      AUTH_GITHUB_ID: 'id',
      AUTH_GITHUB_SECRET: 'secret',
    },
  })
  try {
    const ask = (path: string, init?: RequestInit) => fetch(`${https.url}${path}`, { redirect: 'manual', ...init })
    const csrf = await ask('/api/auth/csrf')
    const { csrfToken } = (await csrf.json()) as { csrfToken: string }
    const cookie = csrf.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ')
    const post = (path: string, fields: Record<string, string>) =>
      ask(path, { method: 'POST', headers: { cookie }, body: new URLSearchParams({ ...fields, csrfToken }) })
    const answer = await post('/api/auth/callback/credentials', { email, password: goodPassword })
    // What is remembered of a sign-in under way elsewhere could otherwise be set by another host of the site.
    const elsewhere = (await post('/api/auth/signin/github', {})).headers.getSetCookie()
    const states = elsewhere.filter((each) => /^__Host-latchkey\.github\.(state|pkce)=/.test(each))
    expect(states).toHaveLength(2)
    for (const each of states) expect(each).toMatch(/; Path=\/(;|$)/)
    const session = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('__Host-latchkey.session='))
    expect(session).toMatch(/; Secure/)
    expect(session).toMatch(/; HttpOnly/i)
    expect(session).toMatch(/; SameSite=Lax/i)
    expect(session).toMatch(/; Path=\/(;|$)/)
    expect(session).not.toMatch(/Domain=/i)
    for (const cookie of [...csrf.headers.getSetCookie(), ...answer.headers.getSetCookie(), ...elsewhere]) {
      expect(cookie).toMatch(/^__(Host|Secure)-.*; Secure/)
    }
    expect(answer.headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/)
  } finally {
    await https.stop()
  }
})
