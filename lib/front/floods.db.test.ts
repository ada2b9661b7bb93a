import { once } from 'node:events'
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { env } from '@/lib/env'
import { encodeSession, sessionCookieName } from '@/lib/session'
import { makeRouteTable } from './route-table'
import { createFront } from './server'

/** Stands for Next: holds what comes until it is told to answer, and notes what it was sent. */
const held: { request: IncomingMessage; response: ServerResponse }[] = []
let most = 0
let hold = false
const bodies: string[] = []

const front = createFront({
  routes: () => makeRouteTable({}),
  dev: false,
  pages: async (request, response) => {
    held.push({ request, response })
    most = Math.max(most, held.length)
    // As Next reads it for a route handler, which takes no stream that was read before.
    const whole = { method: 'POST', body: request, duplex: 'half' } as unknown as RequestInit
    const body = request.method === 'POST' ? await new Request('http://localhost', whole).text() : ''
    if (body !== '') bodies.push(body)
    if (!hold) answerAll()
  },
})
const answerAll = () => {
  for (const { response } of held.splice(0)) response.end('page')
}

let port = 0
beforeAll(async () => {
  // Every client here is behind the proxy, which says who it is.
  env().TRUST_PROXY = 1
  await front.listen(0, '127.0.0.1')
  port = (front.server.address() as AddressInfo).port
})
afterAll(() => front.stop(true))

const agent = new Agent({ keepAlive: false })

function get(
  path: string,
  { address = '203.0.113.1', headers = {}, body }: { address?: string; headers?: object; body?: string } = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        path,
        agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          'x-forwarded-for': address,
          ...(body !== undefined && { origin: env().APP_URL, 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      async (answer) => {
        let text = ''
        for await (const chunk of answer) text += chunk
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

const statusesOf = async (answers: Promise<{ status: number }>[]) => {
  const counts: Record<number, number> = {}
  for (const { status } of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

test('a flood of pages from one address ends at 120 a minute, as a page for browsers and text for others', async () => {
  const flood = Array.from({ length: 130 }, (_, index) => index)
  const counts: Record<number, number> = {}
  for (const _ of flood) {
    const { status } = await get('/sign-in', { address: '203.0.113.2' })
    counts[status] = (counts[status] ?? 0) + 1
  }
  expect(counts).toEqual({ 200: 120, 429: 10 })
  const page = await get('/', { address: '203.0.113.2', headers: { accept: 'text/html,*/*' } })
  expect(page).toMatchObject({ status: 429, headers: { 'content-type': 'text/html; charset=utf-8' } })
  expect(Number(page.headers['retry-after'])).toBeGreaterThan(0)
  expect(page.text).toContain('Too many requests')
  expect((await get('/', { address: '203.0.113.2' })).headers['content-type']).toMatch('text/plain')
  expect((await get('/', { address: '203.0.113.3' })).status).toBe(200)
  // Another way to write the address of the same customer.
  expect((await get('/api/auth/csrf', { address: '203.0.113.2' })).status).toBe(429)
})

test('a forged session cookie does not lift the limit, and a real one does', async () => {
  const address = '203.0.113.4'
  for (let one = 0; one < 120; one++) await get('/sign-up', { address })
  const cookie = (value: string) => ({ address, headers: { cookie: `${sessionCookieName()}=${value}` } })
  const real = await encodeSession('a-session', 'a-user')
  for (const forged of ['x', 'a.b.c.d.e', `${real.slice(0, -4)}AAAA`]) {
    expect((await get('/', cookie(forged))).status).toBe(429)
  }
  expect((await get('/', cookie(real))).status).toBe(200)
})

test('static files do not count as pages, and no other path passes for one', async () => {
  const address = '203.0.113.5'
  for (let one = 0; one < 120; one++) await get('/', { address })
  for (const path of ['/_next/static/chunks/a.js', '/favicon.ico', '/robots.txt']) {
    expect([path, (await get(path, { address })).status]).toEqual([path, 200])
  }
  for (const path of ['/_next/static/../../sign-in', '/_next/static/%2e%2e/x', '/_next/image?url=x']) {
    expect([path, (await get(path, { address })).status]).toEqual([path, 429])
  }
})

test('at most 8 pages are inside at once, others wait, and past the share of an address they get 503', async () => {
  hold = true
  most = 0
  let refusals = 0
  const answers = Array.from({ length: 40 }, async () => {
    const answer = await get('/', { address: '203.0.113.6' })
    if (answer.status === 503) refusals++
    return answer
  })
  // 8 inside, 16 waiting: what is past that is refused while the others still wait.
  await expect.poll(() => refusals).toBe(16)
  expect(held).toHaveLength(8)
  const refused = await Promise.race(answers)
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
  const elsewhere = get('/', { address: '203.0.113.7' })
  hold = false
  answerAll()
  expect((await elsewhere).status).toBe(200)
  expect(await statusesOf(answers)).toEqual({ 200: 24, 503: 16 })
  expect(most).toBe(8)
})

test('an answer that has begun and a body that does not arrive hold no place', async () => {
  hold = true
  const slow = connect(port, '127.0.0.1')
  slow.write(`POST / HTTP/1.1\r\nHost: x\r\nOrigin: ${env().APP_URL}\r\nContent-Length: 10\r\n\r\n123`)
  const streams = Array.from({ length: 8 }, () => get('/', { address: '203.0.113.8' }))
  await expect.poll(() => held.length).toBe(8)
  for (const { response } of held) response.write('begun')
  const next = get('/', { address: '203.0.113.8' })
  await expect.poll(() => held.length, { timeout: 5_000 }).toBe(9)
  hold = false
  answerAll()
  expect((await next).status).toBe(200)
  expect(await statusesOf(streams)).toEqual({ 200: 8 })
  slow.destroy()
})

test('a body is handed on whole, of whatever size', async () => {
  for (const size of [1, 5_000, 60_000]) {
    bodies.length = 0
    const body = 'é'.repeat(Math.ceil(size / 2))
    expect((await get('/', { address: '203.0.113.9', body })).status).toBe(200)
    expect(bodies).toEqual([body])
  }
})

test('requests that were sent ahead are worked on one at a time, and too many of them cut the connection', async () => {
  hold = true
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const one = 'GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.10\r\n\r\n'
  socket.write(one.repeat(5))
  await expect.poll(() => held.length).toBe(1)
  expect(held).toHaveLength(1)
  const closed = once(socket, 'close')
  socket.resume()
  socket.write(one.repeat(100))
  await closed
  hold = false
  answerAll()
})

test('an address has 100 connections, unless a proxy carries everybody', async () => {
  env().TRUST_PROXY = 0
  const sockets = await Promise.all(
    Array.from({ length: 103 }, async () => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      return socket
    }),
  )
  await expect.poll(() => sockets.filter(({ closed }) => closed).length).toBe(3)
  for (const socket of sockets) socket.destroy()
  await expect.poll(() => new Promise((r) => front.server.getConnections((_, count) => r(count)))).toBe(0)
  env().TRUST_PROXY = 1
})

test('a client that does not read is cut off, and one that waits for its answer is not', async () => {
  front.server.setTimeout(300)
  hold = true
  const [deaf, patient] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  for (const socket of [deaf, patient]) {
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.11\r\n\r\n')
    await expect.poll(() => held.length).toBe(socket === deaf ? 1 : 2)
  }
  // More than the kernel takes: what is left is kept in this process.
  held[0]?.response.write(Buffer.alloc(32 * 1024 * 1024))
  await expect.poll(() => held[0]?.response.closed, { timeout: 5_000 }).toBe(true)
  expect(held[1]?.response.closed).toBe(false)
  hold = false
  answerAll()
  const [answer] = await once(patient, 'data')
  expect(String(answer)).toContain('200 OK')
  deaf.destroy()
  patient.destroy()
})
