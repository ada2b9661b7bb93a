import type { OutgoingHttpHeaders } from 'node:http'
import { expect, type GateSite, slowLaneReads, startGate, test, unknownKey } from './site'

const ask = (site: GateSite, headers: OutgoingHttpHeaders, query = '') =>
  site.ask('GET', `/forward-auth${query}`, { headers })

const identity = ['credential', 'project', 'user', 'third-party', 'scopes'].map((name) => `x-latchkey-${name}`)

test('a good credential passes, and five headers say who it is', async ({ site }) => {
  const key = await site.newKey({ scopes: ['orders:read', 'orders:write'], thirdParty: { name: 'Acme' } })
  const me = (await site.api('GET', '/me', { key: key.secret })).body
  for (const headers of [
    { Authorization: `Api-Key ${key.secret}` },
    { Authorization: `bearer ${key.secret}` },
    { 'X-API-KEY': key.secret },
  ]) {
    const answer = await ask(site, headers, '?scope=orders:read')
    expect(answer.status).toBe(204)
    expect(answer.text).toBe('')
    expect(answer.headers).toMatchObject({
      'x-latchkey-credential': key.id,
      'x-latchkey-project': me.project.id,
      'x-latchkey-user': '-',
      'x-latchkey-third-party': me.thirdParty.id,
      'x-latchkey-scopes': 'orders:read orders:write',
      'cache-control': 'no-store',
    })
    expect(answer.headers.ratelimit).toMatch(/^"default";r=\d+;t=\d+$/)
  }
})

test('the five headers are there and never empty, also where there is nothing to say', async ({ site }) => {
  const { secret } = await site.newKey()
  const { headers } = await ask(site, { 'X-Api-Key': secret })
  for (const name of identity) expect(headers[name], name).toMatch(/./)
  expect(headers).toMatchObject({ 'x-latchkey-third-party': '-', 'x-latchkey-scopes': '-' })
})

test("refusals are the API's own, and name their code in a header too", async ({ site }) => {
  const revoked = await site.newKey()
  await site.api('DELETE', `/keys/${revoked.id}`, { key: site.manager })
  const { secret } = await site.newKey()
  for (const headers of [
    {},
    { Authorization: 'Api-Key nonsense' },
    { Authorization: 'Basic YTpi' },
    { Authorization: `Api-Key ${secret}`, 'X-Api-Key': secret },
    { 'X-Api-Key': [secret, secret] },
    { 'X-Api-Key': revoked.secret },
  ]) {
    const answer = await ask(site, headers)
    const own = await site.api('GET', '/me', { headers })
    expect(answer.status).toBe(own.status)
    expect(answer.body).toEqual({ ...own.body, requestId: expect.any(String) })
    expect(answer.headers['www-authenticate']).toBe(own.headers['www-authenticate'])
    expect(answer.headers['content-type']).toBe(own.headers['content-type'])
    expect(answer.headers['x-latchkey-code']).toBe(own.body.code)
    for (const name of identity) expect(answer.headers).not.toHaveProperty(name)
  }
})

test('scopes are asked for one by one or together, and the one that is missing is named', async ({ site }) => {
  const { secret } = await site.newKey({ scopes: ['orders:read'] })
  const headers = { 'X-Api-Key': secret }
  for (const query of ['', '?', '?scope=', '?scope=orders:read', '?scope=orders%3Aread&scope=orders:read']) {
    expect((await ask(site, headers, query)).status, query).toBe(204)
  }
  for (const query of [
    '?scope=orders:write',
    '?scope=orders:read,orders:write',
    '?scope=orders:read+orders:write',
    '?scope=orders:read&scope=orders:write',
  ]) {
    const answer = await ask(site, headers, query)
    expect(answer, query).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
    expect(answer.headers['www-authenticate']).toContain('scope="orders:write"')
  }
  const unknown = await ask(site, headers, '?scope=orders:eat')
  expect(unknown).toMatchObject({
    status: 422,
    body: { code: 'validation_failed', errors: { scope: [expect.any(String)] } },
  })
})

test('a key past its limit is told when to come back', async ({ site }) => {
  const { secret } = await site.newKey({ rateLimitPerMinute: 2 })
  const left = []
  for (let i = 0; i < 2; i++) left.push((await ask(site, { 'X-Api-Key': secret })).headers.ratelimit)
  expect(left).toEqual([expect.stringMatching(/;r=1;/), expect.stringMatching(/;r=0;/)])
  const { status, headers, body } = await ask(site, { 'X-Api-Key': secret })
  expect([status, body.code]).toEqual([429, 'rate_limited'])
  expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  expect(headers['ratelimit-policy']).toBe('"default";q=2;w=60')
})

test('a cookie is no credential here, and spoils none', async ({ site }) => {
  const { secret } = await site.newKey()
  const Cookie = 'latchkey.session=nonsense; latchkey.session=twice'
  expect(await ask(site, { Cookie })).toMatchObject({ status: 401, body: { code: 'missing_credentials' } })
  expect((await ask(site, { Cookie, 'X-Api-Key': secret })).status).toBe(204)
})

test('nor is what stands in the query or in a body', async ({ site }) => {
  const { secret } = await site.newKey()
  const query = `?key=${secret}&access_token=${secret}`
  const answer = await site.ask('GET', `/forward-auth${query}`, { body: { credential: secret } })
  expect(answer).toMatchObject({ status: 401, body: { code: 'missing_credentials' } })
  expect(answer.text).not.toContain(secret)
})

test('HEAD is judged like GET', async ({ site }) => {
  const { secret } = await site.newKey()
  expect(await site.ask('HEAD', '/forward-auth', { key: secret })).toMatchObject({ status: 204, text: '' })
  expect(await site.ask('HEAD', '/forward-auth')).toMatchObject({ status: 401, text: '' })
})

test("a trusted gateway says who its client is, and a client's own word for it is not believed", async ({ site }) => {
  const { secret } = await site.newKey({ allowedAddresses: ['203.0.113.7', '2001:db8::/64'] })
  const from = async (address: string | string[]) =>
    (await ask(site, { 'X-Api-Key': secret, 'X-Forwarded-For': address })).status
  expect(await from('203.0.113.7')).toBe(204)
  expect(await from(' 2001:DB8:0::7 ')).toBe(204)
  // The gateway appends; what stands to the left of an address outside came from that address.
  expect(await from('203.0.113.7, 198.51.100.1')).toBe(403)
  expect(await from(['203.0.113.7', '198.51.100.1'])).toBe(403)
  expect(await from('198.51.100.1, 203.0.113.7')).toBe(204)
  // Two gateways of ours in a row.
  expect(await from('198.51.100.1, 203.0.113.7, 127.0.0.2')).toBe(204)
  for (const odd of ['', 'unknown', '203.0.113.7, nonsense', '203.0.113.7;']) expect(await from(odd), odd).toBe(403)
  const forwarded = { 'X-Api-Key': secret, Forwarded: 'for=203.0.113.7', 'X-Real-IP': '203.0.113.7' }
  expect((await ask(site, forwarded)).status).toBe(403)
})

test('without trust in it, X-Forwarded-For changes nothing', async ({ site }) => {
  const gate = await startGate(site, { GATE_TRUSTED: '10.0.0.0/8,fd00::/8', FAILED_AUTH_PER_MINUTE: '5' })
  try {
    const inside = await site.newKey({ allowedAddresses: ['203.0.113.7'] })
    const here = await site.newKey({ allowedAddresses: ['127.0.0.1'] })
    const headers = { 'X-Forwarded-For': '203.0.113.7' }
    expect((await gate.ask('GET', '/forward-auth', { key: inside.secret, headers })).status).toBe(403)
    expect((await gate.ask('GET', '/forward-auth', { key: here.secret, headers })).status).toBe(204)
    // Nor does it renew the allowance for failures.
    for (let i = 0; i < 6; i++) {
      const address = { 'X-Forwarded-For': `198.51.100.${i}` }
      await gate.ask('GET', '/forward-auth', { key: unknownKey(), headers: address })
    }
    expect(await slowLaneReads(gate)).toBe(1)
  } finally {
    await gate.stop()
  }
})
