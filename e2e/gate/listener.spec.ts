import { connect } from 'node:net'
import { expect, type GateSite, test } from './site'

const standing = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

test('every path names the methods it takes', async ({ site }) => {
  for (const [path, allow] of [
    ['/verify', 'POST'],
    ['/forward-auth', 'GET, HEAD'],
    ['/healthz', 'GET, HEAD'],
    ['/readyz', 'GET, HEAD'],
    ['/metrics', 'GET, HEAD'],
  ] as const) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      if (allow.includes(method)) continue
      const answer = await site.ask(method, path, { key: site.verifier })
      expect(answer, `${method} ${path}`).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
      expect(answer.headers).toMatchObject({ allow, ...standing })
    }
  }
})

test('there is nothing at other paths, however they are spelt', async ({ site }) => {
  for (const path of [
    '/',
    '/verify/',
    '//verify',
    '/VERIFY',
    '/x/../verify',
    '/%76erify',
    '/api/v1/me',
    '/constructor',
  ]) {
    const answer = await site.ask('POST', path, { key: site.verifier, body: { credential: 'x' } })
    expect(answer, path).toMatchObject({ status: 404, body: { code: 'not_found' }, headers: standing })
  }
})

test('every answer has its own request id, is not to be stored, and sets no cookie', async ({ site }) => {
  const seen = new Set<unknown>()
  for (const [method, path] of [
    ['POST', '/verify'],
    ['GET', '/verify'],
    ['GET', '/forward-auth'],
    ['HEAD', '/forward-auth'],
    ['GET', '/healthz'],
    ['GET', '/readyz'],
    ['GET', '/metrics'],
    ['GET', '/nowhere'],
  ] as const) {
    for (const key of [undefined, 'nonsense', site.verifier]) {
      const body = path === '/verify' ? { credential: 'x' } : undefined
      const { headers } = await site.ask(method, path, { key, body, headers: { 'X-Request-Id': 'mine' } })
      expect(headers, `${method} ${path}`).toMatchObject({
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
      for (const name of ['set-cookie', 'location', 'etag', 'x-powered-by', 'access-control-allow-origin']) {
        expect(headers, path).not.toHaveProperty(name)
      }
      seen.add(headers['x-request-id'])
    }
  }
  expect(seen.size).toBe(24)
})

test('what is no well-formed request gets a problem too', async ({ site }) => {
  for (const [text, status, code] of [
    ['GET /healthz HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n', 400, 'invalid_request'],
    ['BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'not_implemented'],
    [`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['GET /forward-auth HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
    ['GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
  ] as const) {
    const answer = await exchange(site.gatePort, text)
    expect(answer, text.slice(0, 40)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain(`"code":"${code}"`)
  }
})

test('health, readiness', async ({ site }) => {
  expect(await site.ask('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' }, headers: standing })
  expect(await site.ask('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' }, headers: standing })
  expect(await site.ask('HEAD', '/readyz')).toMatchObject({ status: 200, text: '' })
})

test('metrics are well-formed, and count every verdict by its outcome', async ({ site }) => {
  const { secret } = await site.newKey({ scopes: ['orders:read'], rateLimitPerMinute: 8 })
  const before = await metrics(site)
  for (let i = 0; i < 7; i++) await site.ask('GET', '/forward-auth', { key: secret })
  await site.ask('GET', '/forward-auth?scope=orders:write', { key: secret })
  await site.ask('GET', '/forward-auth', { key: secret })
  await site.ask('GET', '/forward-auth', { key: 'nonsense' })
  const after = await metrics(site)
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
  const outcome = (name: string) => grown(`latchkey_verdicts_total{outcome="${name}"}`)
  expect(outcome('accepted')).toBe(7)
  expect(outcome('insufficient_scope')).toBe(1)
  expect(outcome('rate_limited')).toBe(1)
  expect(outcome('malformed_credentials')).toBe(1)
  expect(grown('latchkey_verification_seconds_count')).toBe(10)
  expect(grown('latchkey_verification_seconds_bucket{le="+Inf"}')).toBe(10)
  expect(grown('latchkey_lease_hits_total') + grown('latchkey_lease_reads_total')).toBe(9)
  // The judged credential is counted, and so is the caller's.
  await site.verdict('nonsense')
  const last = await metrics(site)
  const name = 'latchkey_verdicts_total{outcome="malformed_credentials"}'
  expect(last.get(name)).toBe((after.get(name) ?? 0) + 1)
})

/** Every sample by name and labels. Fails for text that Prometheus would not take. */
async function metrics(site: GateSite): Promise<Map<string, number>> {
  const { status, headers, text } = await site.ask('GET', '/metrics')
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(text.endsWith('\n')).toBe(true)
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, named, rest = ''] = /^# (HELP|TYPE) ([a-z_][a-z0-9_]*) (.+)$/.exec(line) ?? []
    if (kind === 'TYPE') types.set(named ?? '', rest)
    if (kind) continue
    const [, name = '', labels = '', value = ''] =
      /^([a-z_][a-z0-9_]*)(\{[a-z_]+="[^"\\]*"(?:,[a-z_]+="[^"\\]*")*\})? (-?[0-9.e+-]+|NaN|\+Inf)$/.exec(line) ?? []
    expect(name, line).not.toBe('')
    const type = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, ''))
    expect(type, line).toMatch(/^(counter|gauge|histogram|summary)$/)
    if (type === 'counter' && name.startsWith('latchkey_')) expect(name).toMatch(/_total$/)
    expect(samples.has(name + labels), `${name}${labels} twice`).toBe(false)
    samples.set(name + labels, Number(value))
  }
  expect(samples.size).toBeGreaterThan(20)
  return samples
}

function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', (chunk) => (answer += chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}
