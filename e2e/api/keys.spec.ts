import { type Answer, expect, type Site, test } from './site'

const codeOf = ({ status, body }: { status: number; body: { code?: string } | undefined }) => [status, body?.code]
const days = (n: number) => new Date(Date.now() + n * 24 * 3600_000).toISOString()

const keyShape = {
  id: expect.stringMatching(/^[0-9A-Za-z]{16,}$/),
  label: 'Shop',
  hint: expect.stringMatching(/^lk_[0-9A-Za-z]{12}_…$/),
  status: 'active',
  thirdParty: null,
  scopes: [],
  note: null,
  createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  createdBy: { id: expect.any(String), name: 'Ada' },
  expiresAt: null,
  lastUsedAt: null,
  lastUsed: null,
  overlap: null,
  revokedAt: null,
  revokedBy: null,
  revokeReason: null,
  allowedAddresses: [],
  rateLimitPerMinute: null,
}

test('a key is made, read, changed, listed and revoked, and its secret is in one answer alone', async ({ site }) => {
  const { key } = site.ada
  const made = await site.call('POST', '/keys', { key, body: { label: 'Shop' } })
  const { secret, ...rest } = made.body
  expect([made.status, made.headers.location]).toEqual([201, `/api/v1/keys/${rest.id}`])
  expect(rest).toMatchObject(keyShape)
  expect(secret).toMatch(/^lk_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/)
  const path = `/keys/${rest.id}`

  const read = await site.call('GET', path, { key })
  expect([read.status, read.body]).toEqual([200, rest])
  const list = await site.call('GET', '/keys?limit=1', { key })
  expect(list.body).toEqual({ data: [rest], nextCursor: expect.any(String) })
  const changed = await site.call('PATCH', path, {
    key,
    body: { label: 'Shop 2', note: 'n', thirdParty: { name: 'Acme' }, rateLimitPerMinute: 9 },
  })
  expect([changed.status, changed.body]).toEqual([
    200,
    {
      ...rest,
      label: 'Shop 2',
      note: 'n',
      rateLimitPerMinute: 9,
      thirdParty: { id: expect.any(String), name: 'Acme', website: null },
    },
  ])
  const gone = await site.call('DELETE', path, { key, body: { reason: 'done' } })
  expect([gone.status, gone.text]).toEqual([204, ''])
  const after = await site.call('GET', path, { key })
  expect(after.body).toMatchObject({ status: 'revoked', revokeReason: 'done' })
  for (const answer of [read, list, changed, gone, after]) expect(answer.text).not.toContain(secret.slice(16, 32))
  expect(codeOf(await site.call('GET', '/me', { key: secret }))).toEqual([401, 'revoked_credentials'])
  expect([404, 409]).toContain((await site.call('DELETE', path, { key })).status)
})

test('last used: when, from where, by what and for what, once the answer is out', async ({ site }) => {
  const { id, secret } = await site.newKey()
  await site.call('GET', '/me', { key: secret, headers: { 'User-Agent': 'shop/1.0' } })
  const read = async () => (await site.call('GET', `/keys/${id}`, { key: site.ada.key })).body
  await expect.poll(async () => (await read()).lastUsedAt).not.toBeNull()
  expect((await read()).lastUsed).toMatchObject({ userAgent: expect.stringContaining('shop'), route: 'GET /api/v1/me' })
})

test('scopes decide, and a refusal names the one that was missing', async ({ site }) => {
  const none = (await site.newKey()).secret
  const reader = (await site.newKey({ scopes: ['keys:read'] })).secret
  const asks: [string, string, string, unknown?][] = [
    ['GET', '/keys', 'keys:read'],
    ['GET', `/keys/${site.ada.keyId}`, 'keys:read'],
    ['GET', '/third-parties', 'keys:read'],
    ['POST', '/keys', 'keys:write', { label: 'x' }],
    ['PATCH', `/keys/${site.ada.keyId}`, 'keys:write', { label: 'x' }],
    ['POST', `/keys/${site.ada.keyId}/regenerate`, 'keys:write', {}],
    ['DELETE', `/keys/${site.ada.keyId}`, 'keys:write'],
    ['POST', '/third-parties', 'keys:write', { name: 'x' }],
  ]
  for (const [method, path, scope, body] of asks) {
    const answer = await site.call(method, path, { key: scope === 'keys:read' ? none : reader, body })
    expect([method, path, ...codeOf(answer)]).toEqual([method, path, 403, 'insufficient_scope'])
    expect(answer.headers['www-authenticate']).toContain(`scope="${scope}"`)
    expect(answer.body.detail).toContain(scope)
  }
  expect((await site.call('GET', '/me', { key: none })).body.scopes).toEqual([])
})

test('threat 27: scopes beyond its own, by create, change and regenerate', async ({ site }) => {
  const { key } = site.ada
  const weak = (await site.newKey({ scopes: ['orders:read'] })).id
  const manager = await site.call('POST', `/keys?project=${site.ada.project.slug}`, {
    headers: { Cookie: await site.signIn(site.ada), Origin: site.url },
    body: { label: 'Manager', scopes: ['keys:write', 'keys:read'] },
  })
  const own = manager.body.secret
  expect(codeOf(await site.call('POST', '/keys', { key: own, body: { label: 'x', scopes: ['orders:read'] } }))).toEqual(
    [403, 'insufficient_scope'],
  )
  expect((await site.call('POST', '/keys', { key, body: { label: 'x', scopes: ['keys:write'] } })).status).toBe(403)
  expect((await site.call('POST', '/keys', { key, body: { label: 'x', scopes: ['credentials:verify'] } })).status).toBe(
    403,
  )
  for (const scopes of [['keys:admin'], ['*'], ['keys:read', ''], 'keys:read', [1], null]) {
    expect(codeOf(await site.call('POST', '/keys', { key, body: { label: 'x', scopes } }))).toEqual([
      422,
      'validation_failed',
    ])
  }
  expect(
    (await site.call('PATCH', `/keys/${weak}`, { key, body: { scopes: ['orders:read', 'keys:read'] } })).status,
  ).toBe(422)
  expect(codeOf(await site.call('POST', `/keys/${weak}/regenerate`, { key: own }))).toEqual([403, 'insufficient_scope'])
})

test('threat 35: what is not yours answers as what never was, and stays as it is', async ({ site }) => {
  const { id, secret } = await site.newKey()
  const party = await site.call('POST', '/third-parties', { key: site.ada.key, body: { name: `Hers ${id}` } })
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PATCH', '', { label: 'His' }],
    ['DELETE', '', undefined],
    ['POST', '/regenerate', {}],
    ['POST', '/end-overlap', undefined],
  ] as const) {
    const [foreign, unknown] = [
      await site.call(method, `/keys/${id}${path}`, { key: site.bob.key, body }),
      await site.call(method, `/keys/neverThere${path}`, { key: site.bob.key, body }),
    ]
    for (const each of [foreign, unknown]) delete each.body.requestId
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body])
    expect(Object.keys(foreign.headers).sort()).toEqual(Object.keys(unknown.headers).sort())
  }
  const his = [
    await site.call('GET', `/third-parties/${party.body.id}`, { key: site.bob.key }),
    await site.call('PATCH', `/third-parties/${party.body.id}`, { key: site.bob.key, body: { name: 'His' } }),
  ]
  expect(his.map(({ status }) => status)).toEqual([404, 404])
  expect(
    (await site.call('POST', '/keys', { key: site.bob.key, body: { label: 'x', thirdParty: party.body.id } })).status,
  ).toBe(422)
  expect((await site.call('GET', `/keys?project=${site.ada.project.slug}`, { key: site.bob.key })).status).toBe(404)
  expect((await site.call('GET', '/me', { key: secret })).status).toBe(200)
})

test('threat 28: members that are nobody’s to set, or that nobody knows, are refused', async ({ site }) => {
  const { key, keyId } = site.ada
  const names = [
    'id',
    'projectId',
    'project',
    'createdBy',
    'responsibleId',
    'hint',
    'secret',
    'secretHash',
    'publicId',
    'role',
    'revokedAt',
    'status',
    'Label',
    'toString',
    'constructor',
    '__proto__',
  ]
  for (const name of names) {
    const extra = `"${name}": "x"`
    for (const [method, path, rest] of [
      ['POST', '/keys', '"label": "x",'],
      ['PATCH', `/keys/${keyId}`, ''],
      ['POST', `/keys/${keyId}/regenerate`, ''],
      ['DELETE', `/keys/${keyId}`, ''],
      ['POST', '/third-parties', '"name": "x",'],
    ] as const) {
      const answer = await site.call(method, path, {
        key,
        body: `{${rest}${extra}}`,
        headers: { 'Content-Type': 'application/json' },
      })
      expect([method, path, name, ...codeOf(answer)]).toEqual([method, path, name, 422, 'validation_failed'])
      expect(Object.keys(answer.body.errors)).toContain(name)
    }
  }
  const nested = await site.call('POST', '/keys', { key, body: { label: 'x', thirdParty: { name: 'y', id: 'z' } } })
  expect(nested.status).toBe(422)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('bodies: JSON objects in UTF-8 of at most 64 KiB', async ({ site }) => {
  const { key } = site.ada
  const post = (body: string | Buffer, type: string | undefined = 'application/json') =>
    site.call('POST', '/keys', { key, body: body as string, headers: type ? { 'Content-Type': type } : {} })
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json; charset=latin1',
    'application/jsonp',
    'json',
    '',
  ]) {
    expect([type, ...codeOf(await post('{"label":"x"}', type))]).toEqual([type, 415, 'unsupported_media_type'])
  }
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '1',
    '{"label":"x"}}',
    "{'label':'x'}",
    Buffer.from('{"label":"\xff"}', 'latin1'),
    '\ufeff{"label":"x"}',
  ]) {
    expect([String(body), ...codeOf(await post(body))]).toEqual([String(body), 400, 'invalid_request'])
  }
  expect((await post('{"label":"x"}', 'Application/JSON; Charset="UTF-8"')).status).toBe(201)
  const sized = (bytes: number) => `{"label":"x"${' '.repeat(bytes - 13)}}`
  expect((await post(sized(64 * 1024))).status).toBe(201)
  expect(codeOf(await post(sized(64 * 1024 + 1)))).toEqual([413, 'payload_too_large'])
})

test('threat 81: nesting bombs and hundreds of members are refused at once', async ({ site }) => {
  const { key } = site.ada
  const start = performance.now()
  for (const body of [
    `{"label":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
    `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    `{${Array.from({ length: 5000 }, (_, n) => `"m${n}":1`).join()}}`,
    `{"label":"x","scopes":[${'"keys:read",'.repeat(5000)}"keys:read"]}`,
    `{"label":"x","allowedAddresses":[${'"10.0.0.0/8",'.repeat(4000)}"10.0.0.0/8"]}`,
    `{"label":"${'e\u0301'.repeat(10_000)}"}`,
    '{"label":"x","rateLimitPerMinute":1e400}',
  ]) {
    expect(
      (await site.call('POST', '/keys', { key, body, headers: { 'Content-Type': 'application/json' } })).status,
    ).toBe(422)
  }
  expect(performance.now() - start).toBeLessThan(5_000)
})

test('threat 81: no header makes one method another', async ({ site }) => {
  const { id, secret } = await site.newKey()
  for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method']) {
    const answer = await site.call('GET', `/keys/${id}?_method=DELETE`, {
      key: site.ada.key,
      headers: { [name]: 'DELETE' },
    })
    expect(answer.body.status).toBe('active')
  }
  expect((await site.call('GET', '/me', { key: secret })).status).toBe(200)
})

test('threat 79: text is kept exactly or refused, in labels, notes, names and reasons', async ({ site }) => {
  const { key } = site.ada
  const fine = [
    '😀'.repeat(100),
    '<script>alert(1)</script>',
    '"; drop table api_keys; --',
    '{{7*7}}',
    'naïve Ü',
    '中文',
    '👩‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    '=cmd|x',
    '\\u0000 %00',
  ]
  for (const label of fine) {
    const made = await site.call('POST', '/keys', { key, body: { label, note: label, thirdParty: { name: label } } })
    expect([made.status, made.body.label, made.body.note, made.body.thirdParty?.name]).toEqual([
      201,
      label,
      label,
      label,
    ])
    const found = await site.call('GET', `/keys?q=${encodeURIComponent(label)}`, { key })
    expect([label, found.status]).toEqual([label, 200])
  }
  const wrong = [
    '',
    ' ',
    'a\0b',
    'a\nb',
    'a\u202eb',
    'a\u200bb',
    'a\u2028b',
    '\ud800',
    'a\u001b[31m',
    '😀'.repeat(101),
    `a${'\u0301'.repeat(50)}`,
    '\u{e0041}x',
    5,
    null,
    {},
    [],
  ]
  for (const label of wrong) {
    const json = JSON.stringify({ label })
    expect([json, ...codeOf(await site.call('POST', '/keys', { key, body: { label } }))]).toEqual([
      json,
      422,
      'validation_failed',
    ])
    expect([json, (await site.call('POST', '/third-parties', { key, body: { name: label } })).status]).toEqual([
      json,
      422,
    ])
  }
  const { id } = await site.newKey()
  for (const text of ['a\0b', '\ud800', 'x'.repeat(1001)]) {
    expect((await site.call('PATCH', `/keys/${id}`, { key, body: { note: text } })).status).toBe(422)
    expect((await site.call('DELETE', `/keys/${id}`, { key, body: { reason: text } })).status).toBe(422)
  }
})

test('threat 80: SQL in ids, searches, sorts, cursors and bodies does nothing', async ({ site }) => {
  const { key } = site.ada
  const start = performance.now()
  for (const text of [
    "'; select pg_sleep(5); --",
    "' or '1'='1",
    '1; drop table api_keys',
    "\\'; --",
    '%',
    '_',
    '\u0000',
    '../..',
    '$1',
    '{}',
    'a'.repeat(3000),
  ]) {
    const encoded = encodeURIComponent(text)
    const answers = [
      await site.call('GET', `/keys/${encoded}`, { key }),
      await site.call('GET', `/third-parties/${encoded}`, { key }),
      ...(await Promise.all(
        ['q', 'sort', 'cursor', 'status', 'limit', 'thirdParty', 'project'].map((name) =>
          site.call('GET', `/keys?${name}=${encoded}`, { key }),
        ),
      )),
      await site.call('POST', '/keys', { key, body: { label: 'x', thirdParty: text } }),
      await site.call('POST', '/keys', { key, body: { label: 'x', allowedAddresses: [text] } }),
      await site.call('POST', '/keys', { key, body: { label: 'x' }, headers: { 'Idempotency-Key': encoded } }),
    ]
    for (const { status } of answers) expect([text, status < 500]).toEqual([text, true])
  }
  expect(performance.now() - start).toBeLessThan(8_000)
  expect((await site.call('GET', '/me', { key })).status).toBe(200)
})

test('lists: every order there and page by page, filters, and 422 for anything else', async ({ site }) => {
  const made = await site.call('POST', `/keys?project=${site.ada.project.slug}`, {
    key: site.ada.key,
    body: { label: 'zeta', thirdParty: { name: 'Globex' }, expiresAt: days(3) },
  })
  for (const label of ['Alpha', 'beta', 'gamma']) await site.newKey({ label })
  const get = (query: string) => site.call('GET', `/keys${query}`, { key: site.ada.key })
  for (const sort of ['createdAt', 'lastUsedAt', 'expiresAt', 'label'].flatMap((field) => [field, `-${field}`])) {
    const whole = (await get(`?sort=${sort}&limit=100`)).body
    const pages: { id: string }[] = []
    for (let cursor: string | null = ''; cursor !== null && pages.length < 60; ) {
      const { body }: Answer = await get(`?sort=${sort}&limit=20${cursor && `&cursor=${cursor}`}`)
      pages.push(...body.data)
      cursor = body.nextCursor
    }
    expect(pages.map(({ id }) => id)).toEqual(whole.data.slice(0, pages.length).map(({ id }: { id: string }) => id))
  }
  expect((await get('?status=expiring')).body.data.map(({ label }: { label: string }) => label)).toContain('zeta')
  expect((await get(`?thirdParty=${made.body.thirdParty.id}`)).body.data).toHaveLength(1)
  expect((await get('?q=lph')).body.data[0].label).toBe('Alpha')
  for (const query of [
    'sort=name',
    'sort=',
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=1e1',
    'status=all',
    'cursor=x',
    'page=2',
    'q=a&q=b',
    'limit=1&limit=2',
  ]) {
    expect([query, ...codeOf(await get(`?${query}`))]).toEqual([query, 422, 'validation_failed'])
  }
})

test('the end: 422 when it is past or no time, refused from the instant on', async ({ site }) => {
  const { key } = site.ada
  for (const expiresAt of [
    '2020-01-01T00:00:00Z',
    'tomorrow',
    '2030-02-31T00:00:00Z',
    '2030-01-01',
    '99999-01-01T00:00:00Z',
    1893456000,
    '',
    'infinity',
  ]) {
    expect([expiresAt, ...codeOf(await site.call('POST', '/keys', { key, body: { label: 'x', expiresAt } }))]).toEqual([
      expiresAt,
      422,
      'validation_failed',
    ])
  }
  const made = await site.newKey({ expiresAt: '2031-01-31T12:00:00+02:00' })
  expect((await site.call('GET', `/keys/${made.id}`, { key })).body.expiresAt).toBe('2031-01-31T10:00:00.000Z')
  const brief = await site.newKey({ expiresAt: new Date(Date.now() + 1_200).toISOString() })
  expect((await site.call('GET', '/me', { key: brief.secret })).status).toBe(200)
  await expect
    .poll(async () => codeOf(await site.call('GET', '/me', { key: brief.secret })), { intervals: [50] })
    .toEqual([401, 'expired_credentials'])
  expect((await site.call('POST', `/keys/${brief.id}/regenerate`, { key })).status).toBe(409)
})

test('regenerate: overlap, its bounds, its end, and never a third secret', async ({ site }) => {
  const { key } = site.ada
  const { id, secret } = await site.newKey()
  const regenerate = (body?: unknown, headers = {}) =>
    site.call('POST', `/keys/${id}/regenerate`, { key, body, headers })
  for (const overlapSeconds of [-1, 604_801, 1.5, '60', null])
    expect((await regenerate({ overlapSeconds })).status).toBe(422)
  const second = await regenerate({ overlapSeconds: 3600 })
  expect([second.status, second.body.overlap.hint]).toEqual([200, `${secret.slice(0, 16)}…`])
  const works = async (...secrets: string[]) =>
    Promise.all(secrets.map(async (each) => (await site.call('GET', '/me', { key: each })).status))
  expect(await works(secret, second.body.secret)).toEqual([200, 200])
  expect((await regenerate()).status).toBe(409)
  const ended = await site.call('POST', `/keys/${id}/end-overlap`, { key })
  expect([ended.status, ended.body.overlap]).toEqual([200, null])
  expect(await works(secret, second.body.secret)).toEqual([401, 200])
  const third = await regenerate()
  expect([third.status, third.body.overlap]).toEqual([200, null])
  expect(await works(second.body.secret, third.body.secret)).toEqual([401, 200])
  expect(codeOf(await site.call('GET', '/me', { key: secret }))).toEqual([401, 'revoked_credentials'])
})

test('threat 29: one Idempotency-Key, one act; threat 30: and nobody else learns of it', async ({ site }) => {
  const { key } = site.ada
  const headers = { 'Idempotency-Key': `order-${Date.now()}` }
  const post = (body: unknown, by = key) => site.call('POST', '/keys', { key: by, headers, body })
  const all = await Promise.all(Array.from({ length: 5 }, () => post({ label: 'once' })))
  expect(all.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409])
  const made = all.find(({ status }) => status === 201)
  const again = await post({ label: 'once' })
  expect([again.status, again.body.code, again.body.keyId]).toEqual([409, 'idempotency_conflict', made?.body.id])
  expect(again.text).not.toContain('lk_')
  expect(codeOf(await post({ label: 'other' }))).toEqual([422, 'idempotency_conflict'])
  const his = await post({ label: 'once' }, site.bob.key)
  expect([his.status, his.body.id === made?.body.id]).toEqual([201, false])

  const regenerate = (body: unknown) =>
    site.call('POST', `/keys/${made?.body.id}/regenerate`, {
      key,
      headers: { 'Idempotency-Key': `${headers['Idempotency-Key']}-r` },
      body,
    })
  expect((await regenerate({ overlapSeconds: 60 })).status).toBe(200)
  expect(codeOf(await regenerate({ overlapSeconds: 60 }))).toEqual([409, 'idempotency_conflict'])
  expect(codeOf(await regenerate({ overlapSeconds: 61 }))).toEqual([422, 'idempotency_conflict'])
  for (const bad of ['', ' ', 'a b', 'é', 'x'.repeat(256)]) {
    const answer = await site.call('POST', '/keys', {
      key,
      body: { label: 'x' },
      headers: { 'Idempotency-Key': Buffer.from(bad).toString('latin1') },
    })
    expect([bad, answer.status]).toEqual([bad, 422])
  }
})

test('a key may end itself and nothing else, and is then refused as revoked', async ({ site }) => {
  const [own, other] = [await site.newKey(), await site.newKey()]
  expect(codeOf(await site.call('DELETE', `/keys/${other.id}`, { key: own.secret }))).toEqual([
    403,
    'insufficient_scope',
  ])
  expect((await site.call('DELETE', `/keys/${own.id}`, { key: own.secret })).status).toBe(204)
  expect(codeOf(await site.call('DELETE', `/keys/${own.id}`, { key: own.secret }))).toEqual([
    401,
    'revoked_credentials',
  ])
})

test('threat 20: no request that began after the answer to DELETE passes', async ({ site }) => {
  const { id, secret } = await site.newKey()
  let answered = Number.POSITIVE_INFINITY
  const late: number[] = []
  let before = 0
  const stop = performance.now() + 6_000
  const hammer = Array.from({ length: 8 }, async () => {
    while (performance.now() < Math.min(stop, answered + 500)) {
      const began = performance.now()
      const { status } = await site.call('GET', '/me', { key: secret })
      if (status === 200 && began > answered) late.push(began - answered)
      if (status === 200 && began < answered) before++
    }
  })
  await expect.poll(() => before).toBeGreaterThan(20)
  expect((await site.call('DELETE', `/keys/${id}`, { key: site.ada.key })).status).toBe(204)
  answered = performance.now()
  await Promise.all(hammer)
  expect(late).toEqual([])
})

test('methods that a path lacks', async ({ site }) => {
  for (const [method, path] of [
    ['PUT', '/keys'],
    ['DELETE', '/keys'],
    ['POST', '/me'],
    ['PUT', `/keys/${site.ada.keyId}`],
    ['GET', `/keys/${site.ada.keyId}/regenerate`],
    ['DELETE', '/third-parties'],
  ] as const) {
    expect([method, path, (await site.call(method, path, { key: site.ada.key })).status]).toEqual([method, path, 405])
  }
  const head = await site.call('HEAD', '/me', { key: site.ada.key })
  expect([head.status, head.text]).toEqual([200, ''])
})

test('third parties', async ({ site }) => {
  const { key } = site.ada
  const name = `Party ${Date.now()}`
  const made = await site.call('POST', '/third-parties', {
    key,
    body: { name, website: 'https://acme.example', contact: 'ops' },
  })
  expect([made.status, made.headers.location]).toEqual([201, `/api/v1/third-parties/${made.body.id}`])
  expect(made.body).toEqual({
    id: expect.any(String),
    name,
    website: 'https://acme.example/',
    contact: 'ops',
    purpose: null,
    app: null,
    createdAt: expect.any(String),
  })
  expect(codeOf(await site.call('POST', '/third-parties', { key, body: { name: name.toUpperCase() } }))).toEqual([
    409,
    'conflict',
  ])
  const changed = await site.call('PATCH', `/third-parties/${made.body.id}`, { key, body: { purpose: 'Ships' } })
  expect(changed.body).toEqual({ ...made.body, purpose: 'Ships' })
  expect((await site.call('GET', `/third-parties/${made.body.id}`, { key })).body).toEqual(changed.body)
  const list = await site.call('GET', '/third-parties', { key })
  expect(list.body.data.find(({ id }: { id: string }) => id === made.body.id)).toMatchObject(changed.body)
  for (const website of ['javascript:alert(1)', 'data:text/html,x', '//x', 'https://u:p@x.example']) {
    expect((await site.call('POST', '/third-parties', { key, body: { name: 'x', website } })).status).toBe(422)
  }
})

test('threats 10, 15: neither a dump of the database nor the log holds 16 characters of a secret', async ({ site }) => {
  const secrets = [site.ada.key, site.bob.key, ...(await useAndLose(site))]
  const tables = await site.sql`select table_name from information_schema.tables where table_schema = 'public'`
  let dump = ''
  for (const { table_name } of tables) dump += JSON.stringify(await site.sql`select * from ${site.sql(table_name)}`)
  expect(dump).toContain('key.created')
  const text = dump + site.output()
  for (const secret of secrets) {
    for (let at = 13; at + 16 <= secret.length; at++) expect(text.includes(secret.slice(at, at + 16))).toBe(false)
  }
})

/** Secrets that were used well, wrongly and where an error follows. */
async function useAndLose(site: Site): Promise<string[]> {
  const { id, secret } = await site.newKey()
  await site.call('GET', '/me', { key: secret })
  await site.call('GET', `/me?key=${secret}`, { headers: { 'User-Agent': `curl ${secret}`.slice(0, 5) } })
  await site.call('GET', '/me', { key: `${secret}x` })
  const { body } = await site.call('POST', `/keys/${id}/regenerate`, {
    key: site.ada.key,
    headers: { 'Idempotency-Key': 'dump' },
  })
  await site.sql`alter table api_key_uses rename to uses_gone`
  const failed = await site.call('POST', '/keys', { key: site.ada.key, body: { label: 'lost' } })
  await site.sql`alter table uses_gone rename to api_key_uses`
  expect([failed.status, failed.text.includes('uses')]).toEqual([500, false])
  expect(site.output()).toContain('api_key_uses')
  return [secret, body.secret]
}
