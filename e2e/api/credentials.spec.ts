import type { OutgoingHttpHeaders } from 'node:http'
import { expect, type Site, test } from './site'

const me = (site: Site, headers: OutgoingHttpHeaders, path = '/me') => site.call('GET', path, { headers })

test('a key says who it is, by each of the three headers', async ({ site }) => {
  const key = await site.newKey({ label: 'Shop', scopes: ['orders:read'], thirdParty: { name: 'Acme' } })
  for (const headers of [
    { Authorization: `Api-Key ${key.secret}` },
    { Authorization: `api-key   ${key.secret}` },
    { Authorization: `Bearer ${key.secret}` },
    { 'x-api-key': key.secret },
  ]) {
    const { status, body } = await me(site, headers)
    expect(status).toBe(200)
    expect(body).toEqual({
      kind: 'api_key',
      credential: { id: key.id, label: 'Shop', hint: key.hint, expiresAt: null },
      thirdParty: { id: expect.any(String), name: 'Acme' },
      project: { ...site.ada.project, name: expect.any(String) },
      user: null,
      scopes: ['orders:read'],
    })
  }
})

test('every answer carries its own request id and the standing headers, and sets no cookie', async ({ site }) => {
  const headers = { 'X-Request-Id': 'mine', Origin: 'https://evil.example' }
  for (const key of [site.ada.key, undefined, 'nonsense']) {
    const answer = await site.call('GET', '/me', { key, headers })
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expect(answer.headers).not.toHaveProperty('location')
    expect(answer.headers).not.toHaveProperty('x-powered-by')
    if (answer.status !== 200) {
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(answer.body).toMatchObject({
        status: 401,
        type: expect.any(String),
        title: expect.any(String),
        detail: expect.any(String),
      })
      expect(answer.body.requestId).toBe(answer.headers['x-request-id'])
    }
  }
})

test('threat 18: an answer with a secret names no page to which a browser would tell the address', async ({ site }) => {
  const { headers, text, status } = await site.call('POST', '/keys', { key: site.ada.key, body: { label: 'x' } })
  expect(status).toBe(201)
  expect(headers['referrer-policy']).toBe('no-referrer')
  expect(headers.location).not.toContain(JSON.parse(text).secret.slice(3, 15))
})

test('threat 1: a credential that is misspelt, empty, quoted, joined, latin-1 or 8 kB long', async ({ site }) => {
  const k = site.ada.key
  const wrong = [
    '',
    ' ',
    'Api-Key',
    'Api-Key ',
    'Bearer',
    `Api-Key "${k}"`,
    `Api-Key ${k},${k}`,
    `Api-Key ${k}, Bearer ${k}`,
    `Token ${k}`,
    `Basic ${btoa(`${k}:`)}`,
    `Api-Key ${k}x`,
    `Api-Key ${k.slice(0, -1)}`,
    `Api-Key ${k.toLowerCase()}`,
    `Api-Key ${k} ${k}`,
    `ApiKey ${k}`,
    k,
    `Api-Key\t${k}`,
    `Api-Key=${k}`,
    `Api-Key \u00e9\u00ff`,
    `Api-Key ${'a'.repeat(8000)}`,
    `Api-Key lk_${'%00'.repeat(4)}_${'0'.repeat(49)}`,
    `Api-Key ${k.replace('lk_', 'lka_')}`,
  ]
  for (const Authorization of wrong) {
    const start = performance.now()
    const answer = await me(site, { Authorization })
    expect([Authorization, answer.status]).toEqual([Authorization, 401])
    expect(['malformed_credentials', 'missing_credentials']).toContain(answer.body.code)
    expect(answer.headers['www-authenticate']).toMatch(/^Api-Key .*, Bearer /)
    expect(performance.now() - start).toBeLessThan(1_000)
  }
  for (const value of ['x', `${k},${k}`, `"${k}"`, 'é'.repeat(100)]) {
    expect((await me(site, { 'X-Api-Key': Buffer.from(value).toString('latin1') })).status).toBe(401)
  }
})

test('threat 2: more than one credential, and each one is judged', async ({ site }) => {
  const k = site.ada.key
  const cookie = await site.signIn(site.ada)
  for (let round = 0; round < 3; round++) {
    const both = await me(site, { Authorization: `Api-Key ${k}`, 'X-Api-Key': k })
    expect([both.status, both.body.code]).toEqual([400, 'multiple_credentials'])
    expect([400, 401]).toContain((await me(site, { 'X-Api-Key': [k, k] })).status)
    expect([400, 401]).toContain((await me(site, { 'X-Api-Key': ['x', k] })).status)
    expect((await me(site, { Authorization: 'Api-Key x', Cookie: cookie })).status).toBe(401)
    expect((await me(site, { Authorization: `Api-Key ${k}`, Cookie: 'latchkey.session=x' })).status).toBe(401)
    const two = await me(site, { Cookie: `${cookie}; latchkey.session=x` })
    expect([two.status, two.body.code]).toEqual([400, 'multiple_credentials'])
  }
  const beside = await me(site, { Authorization: `Api-Key ${k}`, Cookie: cookie })
  expect([beside.status, beside.body.kind]).toEqual([200, 'api_key'])
})

test('threat 3: a key in the query, a cookie or the body is no credential', async ({ site }) => {
  const k = site.ada.key
  for (const name of ['api_key', 'apikey', 'key', 'access_token', 'token', 'X-Api-Key', 'authorization']) {
    const query = await me(site, {}, `/me?${name}=${k}`)
    expect([name, query.status, query.body.code]).toEqual([name, 401, 'missing_credentials'])
    const cookie = await me(site, { Cookie: `${name}=${k}` })
    expect([name, cookie.status, cookie.body.code]).toEqual([name, 401, 'missing_credentials'])
    const body = await site.call('POST', '/keys', { body: { label: 'x', [name]: k } })
    expect([name, body.status, body.body.code]).toEqual([name, 401, 'missing_credentials'])
  }
  const asSession = await me(site, { Cookie: `latchkey.session=${k}` })
  expect(asSession.status).toBe(401)
})

test('threat 5: a body that names a user or a project is no credential', async ({ site }) => {
  const { ada } = site
  for (const fields of [
    { userId: 'x' },
    { project: ada.project.slug },
    { projectId: ada.project.id },
    { actor: { kind: 'system' } },
  ]) {
    expect((await site.call('POST', '/keys', { body: { label: 'x', ...fields } })).status).toBe(401)
    expect(
      (await site.call('POST', `/keys?project=${ada.project.slug}`, { body: { label: 'x', ...fields } })).status,
    ).toBe(401)
  }
})

test('threat 8: an unknown id and a wrong secret are told apart by nothing', async ({ site }) => {
  const { secret } = await site.newKey()
  const other = (await site.newKey()).secret
  const wrong = checked(secret.slice(0, 16) + other.slice(16, 59))
  const unknown = checked(`lk_${'unknownId000'}_${other.slice(16, 59)}`)
  const answers = []
  for (const key of [wrong, unknown]) {
    const { status, headers, body } = await site.call('GET', '/me', { key })
    delete body.requestId
    answers.push({ status, body, names: Object.keys(headers).sort(), challenge: headers['www-authenticate'] })
  }
  expect(answers[0]).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
  expect(answers[1]).toEqual(answers[0])
})

test('threat 4: no header and no spelling of the path gets around the guard', async ({ site }) => {
  const headers = {
    'x-middleware-subrequest': 'middleware:middleware:middleware',
    'x-middleware-prefetch': '1',
    RSC: '1',
    'Next-Router-Prefetch': '1',
    'Next-Router-Segment-Prefetch': '/_tree',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'localhost',
    'x-original-url': '/api/v1/me',
    'x-rewrite-url': '/api/v1/me',
    'x-invoke-path': '/api/v1/me',
    'x-latchkey-credential': 'x',
  }
  const paths = [
    '/me',
    '/keys',
    '//api/v1//keys',
    '///api/v1/keys',
    '//api/v1/./keys',
    '//api/v1/x/../keys',
    '//api/v1/%6beys',
    '//%61pi/v1/keys',
    '//api%2fv1%2fkeys',
    '//API/V1/KEYS',
    '//api/v1/keys/',
    '//api/v1/keys.rsc',
    '//api/v1/keys.json',
    '//api/v1/keys;x=1',
    '//api/v1/keys%00',
    '//api/v1/keys%3f',
    '//api/v1/keys%2f',
    '//_next/data/x/api/v1/keys.json',
    '//en/api/v1/keys',
    '//api/v1/keys/..%2f..%2fme',
    '//api\\v1\\keys',
  ]
  for (const path of paths) {
    const answer = await site.call('GET', path, { headers })
    expect([path, answer.status >= 300 && answer.status < 500]).toEqual([path, true])
    expect(answer.text).not.toContain(site.ada.keyId)
  }
})

test('threat 49: no other origin may read an answer', async ({ site }) => {
  for (const Origin of ['https://evil.example', 'null', site.url]) {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await site.call(method, '/me', {
        key: site.ada.key,
        headers: { Origin, 'Access-Control-Request-Method': 'GET' },
      })
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  }
})

test.describe('a session', () => {
  test('says who it is, reads its project, and changes it from this site only', async ({ site }) => {
    const Cookie = await site.signIn(site.ada)
    const mine = await me(site, { Cookie })
    expect(mine.status).toBe(200)
    expect(mine.body).toMatchObject({
      kind: 'session',
      project: null,
      user: { name: 'Ada' },
      credential: { label: null, hint: null },
    })
    expect(Date.parse(mine.body.credential.expiresAt)).toBeGreaterThan(Date.now())

    expect((await me(site, { Cookie }, '/keys')).status).toBe(422)
    expect((await me(site, { Cookie }, `/keys?project=${site.ada.project.slug}`)).status).toBe(200)
    expect((await me(site, { Cookie }, `/keys?project=${site.bob.project.slug}`)).status).toBe(404)
    expect((await me(site, { Cookie }, '/keys?project=nothing')).status).toBe(404)
    expect((await me(site, { Cookie }, '/keys?project=%00')).status).toBeLessThan(500)

    const path = `/keys?project=${site.ada.project.slug}`
    const made = await site.call('POST', path, {
      headers: { Cookie, Origin: site.url },
      body: { label: 'By session', scopes: ['keys:write'] },
    })
    expect([made.status, made.body.scopes]).toEqual([201, ['keys:write']])
    const gone = await site.call('DELETE', `/keys/${made.body.id}`, { headers: { Cookie, Origin: site.url } })
    expect(gone.status).toBe(204)
  })

  test('threat 44: from another site it changes nothing, whatever the form of the body', async ({ site }) => {
    const Cookie = await site.signIn(site.ada)
    const path = `/keys?project=${site.ada.project.slug}`
    const count = async () => (await site.sql`select id from api_keys`).length
    const before = await count()
    const body = JSON.stringify({ label: 'forged' })
    const origins = [
      undefined,
      'null',
      'https://evil.example',
      `${site.url}.evil.example`,
      site.url.replace('http', 'https'),
      `${site.url}/`,
      '',
    ]
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      for (const Origin of origins) {
        const headers = {
          Cookie,
          'Content-Type': type,
          ...(Origin !== undefined && { Origin }),
          'X-Forwarded-Host': 'evil.example',
          Referer: `${site.url}/`,
        }
        const answer = await site.call('POST', path, { headers, body })
        expect([type, Origin, answer.status, answer.body.code]).toEqual([type, Origin, 403, 'cross_site'])
      }
      if (type === 'application/json') continue
      const own = await site.call('POST', path, { headers: { Cookie, 'Content-Type': type, Origin: site.url }, body })
      expect([type, own.status]).toEqual([type, 415])
    }
    const others = [
      ['PATCH', `/keys/${site.ada.keyId}`],
      ['DELETE', `/keys/${site.ada.keyId}`],
      ['POST', `/keys/${site.ada.keyId}/regenerate`],
      ['POST', `/third-parties?project=${site.ada.project.slug}`],
    ] as const
    for (const [method, path] of others) {
      const answer = await site.call(method, path, { headers: { Cookie }, body: {} })
      expect([method, path, answer.body.code]).toEqual([method, path, 'cross_site'])
    }
    expect(await count()).toBe(before)
  })

  test('threat 56: ended on the server, its cookie is refused', async ({ site }) => {
    const Cookie = await site.signIn(site.bob)
    expect((await me(site, { Cookie })).status).toBe(200)
    await site.sql`update sessions set ended_at = now()`
    const answer = await me(site, { Cookie })
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_credentials'])
  })
})

/** The credential whose body this is, with its checksum: only the database can tell that it is none. */
function checked(body: string): string {
  let crc = ~0
  for (const byte of Buffer.from(body)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let text = ''
  for (let rest = ~crc >>> 0; text.length < 6; rest = Math.floor(rest / 62)) text = digits[rest % 62] + text
  return body + text
}
