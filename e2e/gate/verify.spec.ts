import { checksum } from '../../lib/credentials/checksum'
import { expect, type GateSite, slowLaneReads, startGate, test, unknownKey } from './site'

const verify = (site: GateSite, body: unknown, key: string | undefined = site.verifier) =>
  site.ask('POST', '/verify', { key, body })

test('only a credential that holds credentials:verify may ask', async ({ site }) => {
  const { secret } = await site.newKey({ scopes: ['orders:read'] })
  const nobody = await site.ask('POST', '/verify', { body: { credential: secret } })
  expect(nobody).toMatchObject({ status: 401, body: { code: 'missing_credentials' } })
  const wrong = await verify(site, { credential: secret }, `${site.verifier}x`)
  expect(wrong).toMatchObject({ status: 401, body: { code: 'malformed_credentials' } })
  const other = await verify(site, { credential: secret }, secret)
  expect(other).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
  expect(other.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(other.headers['www-authenticate']).toContain('scope="credentials:verify"')
})

test('a good credential is described as /me describes it', async ({ site }) => {
  const key = await site.newKey({ scopes: ['orders:read'], thirdParty: { name: 'Acme' }, rateLimitPerMinute: 50 })
  const me = await site.api('GET', '/me', { key: key.secret })
  expect(me.status).toBe(200)
  const { status, body, headers } = await verify(site, { credential: key.secret, scopes: ['orders:read'] })
  expect(status).toBe(200)
  expect(body).toEqual({ valid: true, ...me.body })
  // The quota in the answer's headers is the caller's.
  expect(headers['ratelimit-policy']).toBe('"default";q=600;w=60')
})

test('keys of every project are judged', async ({ site }) => {
  const body = await site.verdict(site.foreign)
  expect(body).toMatchObject({ valid: true, credential: { label: 'Elsewhere' } })
})

test('a bad credential gets the verdict that it would get as a caller', async ({ site }) => {
  const [expired, revoked, renewed, good] = await Promise.all([
    site.newKey(),
    site.newKey(),
    site.newKey(),
    site.newKey(),
  ])
  await site.sql`update api_keys set expires_at = now() - interval '1 second' where id = ${expired.id}`
  expect((await site.api('DELETE', `/keys/${revoked.id}`, { key: site.manager })).status).toBe(204)
  const regenerated = await site.api('POST', `/keys/${renewed.id}/regenerate`, { key: site.manager, body: {} })
  expect(regenerated.status).toBe(200)
  const unknown = `lk_${'0'.repeat(12)}_${'0'.repeat(43)}`
  const wrong = `${good.secret.slice(0, 16)}${'0'.repeat(43)}`

  for (const [credential, code] of [
    ['', 'malformed_credentials'],
    ['nonsense', 'malformed_credentials'],
    [`${good.secret} `, 'malformed_credentials'],
    [`Bearer ${good.secret}`, 'malformed_credentials'],
    ['\u0000', 'malformed_credentials'],
    [good.secret.replace(/.$/, (last) => (last === '0' ? '1' : '0')), 'malformed_credentials'],
    [unknown + checksum(unknown), 'invalid_credentials'],
    [wrong + checksum(wrong), 'invalid_credentials'],
    [expired.secret, 'expired_credentials'],
    [revoked.secret, 'revoked_credentials'],
    [renewed.secret, 'revoked_credentials'],
  ] as const) {
    expect(await site.verdict(credential), credential).toEqual({ valid: false, code })
  }
  expect(await site.verdict(regenerated.body.secret)).toMatchObject({ valid: true })
})

test('a revoked key is refused by the first verdict after the answer', async ({ site }) => {
  const key = await site.newKey()
  const gate = await startGate(site)
  try {
    for (const each of [site, gate]) expect((await site.verdict(key.secret, {}, each)).valid).toBe(true)
    await site.api('DELETE', `/keys/${key.id}`, { key: site.manager })
    for (const each of [site, gate]) {
      expect(await site.verdict(key.secret, {}, each)).toEqual({ valid: false, code: 'revoked_credentials' })
    }
  } finally {
    await gate.stop()
  }
})

test("an allowlist is judged by the client's address, and without one nobody is on it", async ({ site }) => {
  const { secret } = await site.newKey({ allowedAddresses: ['203.0.113.0/24', '2001:db8:5::/48'] })
  for (const address of ['203.0.113.7', '::ffff:203.0.113.7', '::ffff:cb00:7107', '2001:DB8:5:0::1']) {
    expect(await site.verdict(secret, { address }), address).toMatchObject({ valid: true })
  }
  // The caller's own address is none of the client's.
  for (const fields of [{}, { address: '203.0.114.7' }, { address: '2001:db8:6::1' }, { address: '127.0.0.1' }]) {
    expect(await site.verdict(secret, fields)).toEqual({ valid: false, code: 'address_not_allowed' })
  }
})

test('scopes that are asked for and missing are named', async ({ site }) => {
  const { secret } = await site.newKey({ scopes: ['orders:read'] })
  expect(await site.verdict(secret, { scopes: ['orders:read', 'orders:write'] })).toEqual({
    valid: false,
    code: 'insufficient_scope',
    scope: 'orders:write',
  })
})

test("verdicts spend the judged key's own quota, by exactly one each", async ({ site }) => {
  const { secret } = await site.newKey({ rateLimitPerMinute: 20 })
  const verdicts = await Promise.all(Array.from({ length: 12 }, () => site.verdict(secret)))
  expect(verdicts.every(({ valid }) => valid)).toBe(true)
  const left = await site.ask('GET', '/forward-auth', { key: secret })
  expect(left.headers.ratelimit).toMatch(/^"default";r=7;t=\d+$/)
  const rest = await Promise.all(Array.from({ length: 15 }, () => site.verdict(secret)))
  expect(rest.filter(({ valid }) => valid)).toHaveLength(7)
  const refused = rest.find(({ valid }) => !valid)
  expect(refused).toEqual({ valid: false, code: 'rate_limited', retryAfter: expect.any(Number) })
  expect(refused.retryAfter).toBeGreaterThan(0)
  expect(refused.retryAfter).toBeLessThanOrEqual(60)
})

test('failures count against the address that was given, and never against the caller', async ({ site }) => {
  const gate = await startGate(site, { FAILED_AUTH_PER_MINUTE: '5' })
  const good = await site.newKey()
  const cold = await site.newKey()
  const bad = (address?: string) => site.verdict(unknownKey(), address ? { address } : {}, gate)
  const invalid = { valid: false, code: 'invalid_credentials' }
  /** How many of some reads waited in the slow lane. */
  const slow = async (reads: () => Promise<unknown>) => {
    const before = await slowLaneReads(gate)
    await reads()
    return (await slowLaneReads(gate)) - before
  }
  try {
    const from = '198.51.100.9'
    expect(await site.verdict(good.secret, { address: from }, gate)).toMatchObject({ valid: true })
    for (let i = 0; i < 5; i++) expect(await slow(async () => expect(await bad(from)).toEqual(invalid))).toBe(0)
    // However the address is spelt.
    for (const address of [from, `::ffff:${from}`, '::ffff:c633:6409']) {
      expect(await slow(async () => expect(await bad(address)).toEqual(invalid)), address).toBe(1)
    }
    const isGood = (key: { secret: string }, address: string) => async () =>
      expect(await site.verdict(key.secret, { address }, gate)).toMatchObject({ valid: true })
    // Never seen: it waits for its turn. Held as good a moment ago, or from elsewhere: it does not.
    expect(await slow(isGood(cold, from))).toBe(1)
    expect(await slow(isGood(good, from))).toBe(0)
    expect(await slow(isGood(await site.newKey(), '198.51.100.10'))).toBe(0)
    // A whole /64 is one customer's.
    for (let i = 1; i <= 5; i++) expect(await slow(() => bad(`2001:db8::${i}`))).toBe(0)
    expect(await slow(() => bad('2001:db8:0:0:ffff::1'))).toBe(1)
    expect(await slow(() => bad('2001:db8:0:1::1'))).toBe(0)
    // Nobody to count against: neither the caller nor everybody else at once.
    for (let i = 0; i < 8; i++) expect(await slow(() => bad())).toBe(0)
    expect(await slow(() => bad('127.0.0.1'))).toBe(0)
    // One string counts once, however often it is sent.
    for (let i = 0; i < 20; i++) await site.verdict('nonsense', { address: '198.51.100.11' }, gate)
    expect(await slow(() => bad('198.51.100.11'))).toBe(0)
  } finally {
    await gate.stop()
  }
})

test('a body that says anything else is refused, by field', async ({ site }) => {
  const credential = 'nonsense'
  for (const [body, field] of [
    [{ credential, project: 'x' }, 'project'],
    [{}, 'credential'],
    [{ credential: 1 }, 'credential'],
    [{ credential: 'x'.repeat(10_001) }, 'credential'],
    [{ credential, scopes: ['orders:eat'] }, 'scopes'],
    [{ credential, scopes: 'orders:read' }, 'scopes'],
    [{ credential, address: 'localhost' }, 'address'],
    [{ credential, address: '10.0.0.0/8' }, 'address'],
    [{ credential, address: null }, 'address'],
  ] as const) {
    const answer = await verify(site, body)
    expect(answer, JSON.stringify(body).slice(0, 80)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    })
    expect(Object.keys(answer.body.errors).map((name) => name.split('.')[0])).toContain(field)
  }
})

test('a body must be JSON of at most 64 KiB', async ({ site }) => {
  const ask = (body: string, headers = {}) => site.ask('POST', '/verify', { key: site.verifier, body, headers })
  const json = { 'Content-Type': 'application/json' }
  expect(await ask('{', json)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(await ask('[]', json)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(await ask('{}')).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
  const large = JSON.stringify({ credential: 'x', padding: 'y'.repeat(70_000) })
  for (const headers of [json, { ...json, 'Transfer-Encoding': 'chunked' }]) {
    expect(await ask(large, headers)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } })
  }
  const fits = JSON.stringify({ credential: 'x' }).padEnd(64 * 1024)
  expect(await ask(fits, json)).toMatchObject({ status: 200, body: { code: 'malformed_credentials' } })
})
