import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, type Site, send, test } from './site'

// What only the front can do: Next answers some of this with 500 or not at all, and for the rest it never gets to see
// what was on the wire. docs/architecture.md lists it.

test('405 names in Allow what a path answers, for every method that HTTP knows', async ({ site }) => {
  const { key, keyId } = site.ada
  for (const method of ['TRACE', 'OPTIONS', 'PUT', 'PROPFIND', 'SEARCH', 'DELETE']) {
    const answer = await site.call(method, '/me', { key })
    expect([method, answer.status, answer.headers.allow, answer.body.code]).toEqual([
      method,
      405,
      'GET, HEAD',
      'method_not_allowed',
    ])
  }
  expect((await site.call('PUT', `/keys/${keyId}`, { key })).headers.allow?.split(', ').sort()).toEqual([
    'DELETE',
    'GET',
    'HEAD',
    'PATCH',
  ])
  expect((await site.call('TRACE', '//account')).status).toBe(405)
})

test('paths that do not exist, cannot be decoded or are spelt otherwise are problems too', async ({ site }) => {
  for (const [path, status, code] of [
    ['//api/v1', 404, 'not_found'],
    ['/', 404, 'not_found'],
    ['/nothing', 404, 'not_found'],
    ['/keys/', 404, 'not_found'],
    ['//api/v1//keys', 404, 'not_found'],
    ['/%6beys', 404, 'not_found'],
    ['/keys/%ff', 400, 'invalid_request'],
    ['/keys/%', 400, 'invalid_request'],
    ['/keys/%00', 400, 'invalid_request'],
    ['/keys/%0d%0aX-Injected:1', 400, 'invalid_request'],
    ['/keys\\x', 400, 'invalid_request'],
    [`/keys?q=${'a'.repeat(9000)}`, 414, 'uri_too_long'],
  ] as const) {
    const answer = await site.call('GET', path, { key: site.ada.key })
    expect([path.slice(0, 40), answer.status, answer.body?.code]).toEqual([path.slice(0, 40), status, code])
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-request-id': expect.any(String) })
    expect(answer.headers).not.toHaveProperty('x-injected')
  }
})

test('threat 2: of two Authorization fields neither is taken', async ({ site }) => {
  const { key } = site.ada
  for (const fields of [
    [key, key],
    [key, 'x'],
    ['x', key],
  ]) {
    const lines = fields.map((each) => `Authorization: Api-Key ${each}`).join('\r\n')
    const [answer] = await talk(site, `GET /api/v1/me HTTP/1.1\r\nHost: x\r\n${lines}\r\nConnection: close\r\n\r\n`)
    expect([answer?.status, answer?.body.code]).toEqual([400, 'multiple_credentials'])
  }
})

test('threats 1, 81: what the parser refuses is answered as a problem, and the connection ends', async ({ site }) => {
  const auth = `Host: x\r\nAuthorization: Api-Key ${site.ada.key}`
  for (const [request, status] of [
    ['GARBAGE\r\n\r\n', [400, 501]],
    [`FROBNICATE /api/v1/me HTTP/1.1\r\n${auth}\r\n\r\n`, [501]],
    [`CONNECT x:443 HTTP/1.1\r\n${auth}\r\n\r\n`, [501]],
    ['GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key a\0b\r\n\r\n', [400]],
    [`GET /api/v1/me HTTP/1.1\r\n${auth}\r\nBroken Header: x\r\n\r\n`, [400]],
    ['GET /api/v1/me HTTP/1.1\r\nBroken\r\n\r\n', [400]],
    [`GET /api/v1/me HTTP/9.9\r\n${auth}\r\n\r\n`, [400, 505]],
    [
      `GET /api/v1/me HTTP/1.1\r\n${auth}\r\n${Array.from({ length: 3000 }, (_, n) => `X-${n}: y`).join('\r\n')}\r\n\r\n`,
      [431],
    ],
    [`GET /api/v1/me HTTP/1.1\r\n${auth}\r\nCookie: ${'c'.repeat(20_000)}\r\n\r\n`, [431]],
    [`GET /api/v1/me?${'q'.repeat(100_000)} HTTP/1.1\r\n${auth}\r\n\r\n`, [414, 431]],
    [
      `POST /api/v1/keys HTTP/1.1\r\n${auth}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
    ],
    [`POST /api/v1/keys HTTP/1.1\r\n${auth}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}`, [400]],
    [`POST /api/v1/keys HTTP/1.1\r\n${auth}\r\nContent-Length: -1\r\n\r\n{}`, [400]],
    [`POST /api/v1/keys HTTP/1.1\r\n${auth}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, [400]],
  ] as const) {
    const answers = await talk(site, request)
    expect([request.slice(0, 60), answers.length, status.includes(answers[0]?.status as never)]).toEqual([
      request.slice(0, 60),
      1,
      true,
    ])
    expect(answers[0]?.head).toMatch(/content-type: application\/problem\+json/i)
    expect(answers[0]?.head).toMatch(/connection: close/i)
  }
  expect((await site.call('GET', '/me', { key: site.ada.key })).status).toBe(200)
})

test('threat 7: pipelined requests are judged one by one, in order', async ({ site }) => {
  const get = (credential: string) =>
    `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key ${credential}\r\n\r\n`
  const last = 'GET /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
  const answers = await talk(site, get(site.ada.key) + get('x') + get(site.bob.key) + last)
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 401])
  expect(answers[0]?.body.project.id).toBe(site.ada.project.id)
  expect(answers[2]?.body.project.id).toBe(site.bob.project.id)
})

test('threat 7: what follows in the pipe and is broken does not take the answer of what came before', async ({
  site,
}) => {
  const body = JSON.stringify({ label: 'Piped' })
  const post = `POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key ${site.ada.key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const answers = await talk(site, `${post}BROKEN\r\n\r\n`)
  expect(answers.map(({ status }) => status)).toEqual([201, 501])
})

test('threat 7: a body is no second request, and a broken chunk ends the connection', async ({ site }) => {
  const inner = `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key ${site.ada.key}\r\n\r\n`
  const smuggled = await talk(
    site,
    `POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\nConnection: close\r\n\r\n${inner}`,
  )
  expect(smuggled.map(({ status }) => status)).toEqual([401])
  const chunks = `POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key ${site.ada.key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
  const broken = await talk(site, `${chunks}zz\r\n{}\r\n0\r\n\r\n${inner}`)
  expect(broken.map(({ status }) => status)).toEqual([400])
  const fine = await talk(
    site,
    `${chunks.replace('Host', 'Connection: close\r\nHost')}7\r\n{"label\r\n8\r\n":"Chk"}\r\n0\r\n\r\n`,
  )
  expect(fine.map(({ status }) => status)).toEqual([201])
})

test('HTTP/1.1 needs one Host', async ({ site }) => {
  for (const hosts of ['', 'Host: x\r\nHost: y\r\n']) {
    const answers = await talk(site, `GET /api/v1/me HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([[400, 'invalid_request']])
  }
})

test('threat 7: HTTP/1.0, absolute targets and odd hosts', async ({ site }) => {
  const auth = `Authorization: Api-Key ${site.ada.key}`
  for (const request of [
    `GET /api/v1/me HTTP/1.0\r\n${auth}\r\n\r\n`,
    `GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: x\r\n${auth}\r\nConnection: close\r\n\r\n`,
    `GET /api/v1/me HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n${auth}\r\nConnection: close\r\n\r\n`,
  ]) {
    const answers = await talk(site, request)
    expect([request.slice(0, 30), ...answers.map(({ status }) => status)]).toEqual([request.slice(0, 30), 200])
    expect(answers[0]?.head).not.toContain('evil.example')
  }
  for (const target of ['*', 'api/v1/me', 'ftp://x/api/v1/me']) {
    const [answer] = await talk(site, `GET ${target} HTTP/1.1\r\nHost: x\r\n${auth}\r\nConnection: close\r\n\r\n`)
    expect([target, answer?.status]).toEqual([target, 400])
  }
})

test.describe('413', () => {
  const post = (site: Site, headers: Record<string, string>) =>
    `POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key ${site.ada.key}\r\nContent-Type: application/json\r\n${Object.entries(
      headers,
    )
      .map(([name, value]) => `${name}: ${value}`)
      .join('\r\n')}\r\n\r\n`

  test('threat 81: who sends 12 MB gets to see it, also when it is all sent before anything is read', async ({
    site,
  }) => {
    const size = 12 * 1024 * 1024
    const answer = await send(site.port, 'POST', '/api/v1/keys', {
      key: site.ada.key,
      body: Buffer.alloc(size),
      headers: { 'Content-Type': 'application/json' },
    })
    expect([answer.status, answer.body.code]).toEqual([413, 'payload_too_large'])
    const moderate = await talk(
      site,
      Buffer.concat([Buffer.from(post(site, { 'Content-Length': '900000' })), Buffer.alloc(900_000)]),
      { readAfter: 300 },
    )
    expect(moderate.map(({ status }) => status)).toEqual([413])
    expect((await site.call('GET', '/me', { key: site.ada.key })).status).toBe(200)
  })

  test('with chunks, whose size nobody said', async ({ site }) => {
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
    const answers = await talk(site, post(site, { 'Transfer-Encoding': 'chunked' }) + chunk.repeat(20))
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([[413, 'payload_too_large']])
  })

  test('before the body, with Expect: 100-continue; and a small one is asked for', async ({ site }) => {
    const large = await talk(site, post(site, { 'Content-Length': '12000000', Expect: '100-continue' }))
    expect(large.map(({ status }) => status)).toEqual([413])
    const body = JSON.stringify({ label: 'Expected' })
    const small = await talk(
      site,
      post(site, { 'Content-Length': String(body.length), Expect: '100-continue', Connection: 'close' }),
      { afterwards: body },
    )
    expect(small.map(({ status }) => status)).toEqual([100, 201])
    const refused = await talk(
      site,
      post(site, { 'Content-Length': '20', Expect: '100-continue', Connection: 'close' }).replace('lk_', 'xx_'),
    )
    expect(refused.map(({ status }) => status)).toEqual([401])
  })

  test('a page refuses it too', async ({ site }) => {
    const answer = await send(site.port, 'POST', '/sign-in', { body: Buffer.alloc(100_000) })
    expect([403, 413]).toContain(answer.status)
  })
})

test('threat 82: half-open and half-sent connections keep nobody waiting, and are cut off in time', async ({
  site,
}) => {
  const sockets = await Promise.all(Array.from({ length: 60 }, () => open(site)))
  for (const [index, socket] of sockets.entries()) {
    if (index % 3 === 1) socket.write('GET /api/v1/me HT')
    if (index % 3 === 2)
      socket.write(
        `POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key ${site.ada.key}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"la`,
      )
  }
  for (const socket of await Promise.all(Array.from({ length: 40 }, () => open(site)))) socket.destroy()
  const start = performance.now()
  expect((await site.call('GET', '/me', { key: site.ada.key })).status).toBe(200)
  expect(performance.now() - start).toBeLessThan(2_000)
  const half = sockets.filter((_, index) => index % 3 === 1)
  await expect.poll(() => half.every((socket) => socket.destroyed), { timeout: 16_000 }).toBe(true)
  for (const socket of sockets) socket.destroy()
})

test('threat 50: line breaks and control characters reach neither a header nor the log unescaped', async ({ site }) => {
  for (const sent of [
    'User-Agent: \u001b[31mred',
    'User-Agent: a\rb',
    'X-Request-Id: a\u2028b',
    'User-Agent: \u0085"\\',
  ]) {
    await talk(site, `GET /api/v1/me HTTP/1.1\r\nHost: x\r\n${sent}\r\nConnection: close\r\n\r\n`)
  }
  const made = await site.newKey({ label: '{"level":60}' })
  await site.sql`alter table api_key_uses rename to uses_gone`
  const failed = await site.call('PATCH', `/keys/${made.id}`, {
    key: site.ada.key,
    body: { label: '"},{"msg":"forged' },
    headers: { 'User-Agent': 'x"\u0085' },
  })
  await site.sql`alter table uses_gone rename to api_key_uses`
  expect(failed.status).toBe(500)
  await sleep(50)
  const lines = site
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty('level')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(site.output()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u2028\u2029]/)
})

test('an allowlist looks at the address of the connection, never at what a client says of itself', async ({ site }) => {
  const elsewhere = (await site.newKey({ allowedAddresses: ['198.51.100.0/24'] })).secret
  for (const headers of [
    {},
    { 'X-Forwarded-For': '198.51.100.1' },
    { 'X-Real-Ip': '198.51.100.1' },
    { Forwarded: 'for=198.51.100.1' },
  ]) {
    const answer = await site.call('GET', '/me', { key: elsewhere, headers })
    expect([answer.status, answer.body.code]).toEqual([403, 'address_not_allowed'])
  }
  const here = await site.newKey({ allowedAddresses: ['127.0.0.0/8'] })
  expect((await site.call('GET', '/me', { key: here.secret })).status).toBe(200)
  await expect
    .poll(async () => (await site.call('GET', `/keys/${here.id}`, { key: site.ada.key })).body.lastUsed?.address)
    .toBe('127.0.0.1')
})

interface Spoken {
  status: number
  head: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

/** Writes raw bytes and reads every answer until the server closes, or for three seconds. */
async function talk(site: Site, bytes: string | Buffer, { afterwards = '', readAfter = 0 } = {}): Promise<Spoken[]> {
  const socket = await open(site)
  if (readAfter > 0) socket.pause()
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => {
    if (chunks.length === 0 && afterwards) socket.write(afterwards)
    chunks.push(chunk)
  })
  if (readAfter > 0) socket.pause()
  socket.write(bytes)
  if (readAfter > 0) {
    await sleep(readAfter)
    socket.resume()
  }
  await Promise.race([ended, sleep(3_000)])
  socket.destroy()
  return answersIn(Buffer.concat(chunks).toString())
}

async function open(site: Site): Promise<Socket> {
  const socket = connect({ port: site.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  // Whoever reads nothing does not learn that the other side has closed.
  socket.once('end', () => socket.end())
  socket.resume()
  return socket
}

function answersIn(text: string): Spoken[] {
  const answers: Spoken[] = []
  for (let rest = text; rest.startsWith('HTTP/'); ) {
    const split = rest.indexOf('\r\n\r\n')
    if (split < 0) break
    const head = rest.slice(0, split)
    const status = Number(head.split(' ')[1])
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    const bytes = Buffer.from(rest.slice(split + 4))
    const body = bytes.subarray(0, length).toString()
    answers.push({ status, head, body: body ? JSON.parse(body) : undefined })
    rest = bytes.subarray(length).toString()
  }
  return answers
}
