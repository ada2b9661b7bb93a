import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port'
import { type Answer, send } from '../api/site'
import { type DebianProgram, debianProgram } from './debian'
import { type Program, startProgram } from './program'
import { expect, type Gate, root, startGate, test } from './site'

interface Ports {
  front: number
  gate: number
  api: number
}

/** The very files of docs/gateways, with other addresses. */
const gateways = [
  {
    name: 'nginx',
    start(program: DebianProgram, folder: string, ports: Ports): Program {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
        .join('\n')
      const text = moved('nginx.conf', `listen 80;`, `listen 127.0.0.1:${ports.front};`, ports)
      const file = join(folder, 'nginx.conf')
      writeFileSync(
        file,
        text.replace('http {', `http {\n${temporary}`).replace('worker_processes auto', 'worker_processes 1'),
      )
      const globals = `daemon off; pid ${folder}/nginx.pid; error_log stderr;`
      return startProgram(program.file, ['-p', folder, '-e', 'stderr', '-c', file, '-g', globals], { env: program.env })
    },
  },
  {
    name: 'caddy',
    start(program: DebianProgram, folder: string, ports: Ports): Program {
      const text = moved('Caddyfile', '\n:80 {', `\nhttp://127.0.0.1:${ports.front} {\n\tbind 127.0.0.1`, ports)
      const file = join(folder, 'Caddyfile')
      writeFileSync(file, `{\n\tadmin off\n}\n${text}`)
      const env = { ...program.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
      return startProgram(program.file, ['run', '--config', file, '--adapter', 'caddyfile'], { env })
    },
  },
] as const

const identity = ['credential', 'project', 'user', 'third-party', 'scopes'].map((name) => `x-latchkey-${name}`)

for (const gateway of gateways) {
  test.describe(gateway.name, () => {
    let program: DebianProgram
    let folder: string
    let upstream: Server
    let ports: Ports
    let running: Program

    test.beforeAll(async ({ site }, info) => {
      info.setTimeout(180_000)
      const found = debianProgram(gateway.name)
      test.skip(typeof found === 'string', typeof found === 'string' ? found : undefined)
      program = found as DebianProgram
      folder = mkdtempSync(join(tmpdir(), 'latchkey-gateway-'))
      chmodSync(folder, 0o755)
      upstream = await startUpstream()
      ports = { front: await freePort(), gate: site.gatePort, api: (upstream.address() as AddressInfo).port }
      running = gateway.start(program, folder, ports)
      await running.listening(ports.front)
    })

    test.afterAll(async () => {
      await running?.stop()
      upstream?.close()
      if (folder) rmSync(folder, { recursive: true, force: true })
    })

    const ask = (path: string, key?: string, options: Parameters<typeof send>[3] = {}, method = 'GET') =>
      send(ports.front, method, path, { ...options, key })

    test('a good credential reaches the API, which learns whose it is and not what it is', async ({ site }) => {
      const key = await site.newKey({ scopes: ['orders:read'], thirdParty: { name: 'Acme' } })
      const me = (await site.api('GET', '/me', { key: key.secret })).body
      for (const headers of [{ Authorization: `Bearer ${key.secret}` }, { 'X-Api-Key': key.secret }]) {
        const answer = await ask('/orders/7?a=b', undefined, { headers })
        expect(answer.status).toBe(200)
        expect(seen(answer)).toEqual({
          'x-latchkey-credential': [key.id],
          'x-latchkey-project': [me.project.id],
          'x-latchkey-user': ['-'],
          'x-latchkey-third-party': [me.thirdParty.id],
          'x-latchkey-scopes': ['orders:read'],
        })
        expect(answer.body.url).toBe('/orders/7?a=b')
        expect(answer.text).not.toContain(key.secret)
      }
    })

    test('no credential, a bad one, and one without the scope are refused with a problem', async ({ site }) => {
      const key = await site.newKey({ scopes: ['orders:read'] })
      for (const [credential, status, code, method = 'GET'] of [
        [undefined, 401, 'missing_credentials'],
        ['nonsense', 401, 'malformed_credentials'],
        [`lk_${'0'.repeat(61)}`, 401, 'malformed_credentials'],
        [key.secret, 403, 'insufficient_scope', 'POST'],
        [key.secret, 403, 'insufficient_scope', 'DELETE'],
      ] as const) {
        const answer = await ask('/orders', credential, {}, method)
        expectProblem(answer, status, code)
        expect(answer.headers['www-authenticate']).toMatch(/^Api-Key realm="latchkey".*Bearer realm="latchkey"/)
        if (status === 403) expect(answer.headers['www-authenticate']).toContain('scope="orders:write"')
        expect(challenges(answer)).toBe(1)
      }
      const two = await ask('/orders', key.secret, { headers: { 'X-Api-Key': key.secret } })
      expectProblem(two, 400, 'multiple_credentials')
    })

    test('a revoked key is refused by the first request after the answer', async ({ site }) => {
      const key = await site.newKey()
      expect((await ask('/', key.secret)).status).toBe(200)
      expect((await site.api('DELETE', `/keys/${key.id}`, { key: site.manager })).status).toBe(204)
      expectProblem(await ask('/', key.secret), 401, 'revoked_credentials')
    })

    test('a key past its limit gets 429 and is told when to come back', async ({ site }) => {
      const key = await site.newKey({ rateLimitPerMinute: 3 })
      const statuses = []
      for (let i = 0; i < 3; i++) statuses.push((await ask('/', key.secret)).status)
      expect(statuses).toEqual([200, 200, 200])
      const answer = await ask('/', key.secret)
      expectProblem(answer, 429, 'rate_limited')
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      expect(answer.headers.ratelimit).toMatch(/^"default";r=0;t=\d+$/)
    })

    test('what a client says of itself does not reach the API', async ({ site }) => {
      const key = await site.newKey({ scopes: ['orders:read'] })
      const forged = forgeries('mallory')
      const answer = await ask('/orders', key.secret, { headers: forged })
      expect(answer.status).toBe(200)
      expect(answer.text).not.toContain('mallory')
      const told = seen(answer)
      expect(Object.keys(told).sort()).toEqual([...identity].sort())
      for (const name of identity) expect(told[name], name).toHaveLength(1)
      expect(told['x-latchkey-user']).toEqual(['-'])
      // Nor where nobody is judged.
      const open = await ask('/status', undefined, { headers: forged })
      expect(open.status).toBe(200)
      expect(seen(open)).toEqual({})
      expect(open.text).not.toContain('mallory')
    })

    test("the client's own address is judged, whatever it says of it", async ({ site }) => {
      const here = await site.newKey({ allowedAddresses: ['127.0.0.1'] })
      const elsewhere = await site.newKey({ allowedAddresses: ['203.0.113.7'] })
      const headers = { 'X-Forwarded-For': '203.0.113.7', Forwarded: 'for=203.0.113.7', 'X-Real-IP': '203.0.113.7' }
      expect((await ask('/', here.secret, { headers })).status).toBe(200)
      expectProblem(await ask('/', elsewhere.secret, { headers }), 403, 'address_not_allowed')
    })

    test('a body reaches the API whole', async ({ site }) => {
      const key = await site.newKey({ scopes: ['orders:write'] })
      const body = 'x'.repeat(300_000)
      for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }, { Expect: '100-continue' }]) {
        const answer = await ask('/orders', key.secret, { headers, body }, 'POST')
        expect(answer.status, JSON.stringify(headers)).toBe(200)
        expect(answer.body).toMatchObject({ method: 'POST', size: 300_000 })
      }
    })

    test('the gate is told the headers alone: no body, no cookie, and the address that the gateway saw', async () => {
      const told: { method?: string; size: number; headers: IncomingHttpHeaders }[] = []
      const stub = await listen(await freePort(), async (request, response) => {
        let size = 0
        for await (const chunk of request) size += (chunk as Buffer).length
        told.push({ method: request.method, size, headers: request.headers })
        response.writeHead(403).end()
      })
      const own = { ...ports, gate: (stub.address() as AddressInfo).port, front: await freePort() }
      const mine = gateway.start(program, folder, own)
      try {
        await mine.listening(own.front)
        const forged = { Cookie: 'latchkey.session=x', 'X-Forwarded-For': '203.0.113.7', 'X-Api-Key': 'k' }
        for (const headers of [forged, { ...forged, 'Transfer-Encoding': 'chunked' }]) {
          await send(own.front, 'POST', '/orders', { headers, body: 'x'.repeat(1_000) })
        }
        expect(told).toHaveLength(2)
        for (const { method, size, headers } of told) {
          expect([method, size, headers['x-api-key']]).toEqual(['GET', 0, 'k'])
          expect(headers['x-forwarded-for']).toBe('127.0.0.1')
          expect(Number(headers['content-length'] ?? 0)).toBe(0)
          for (const name of ['cookie', 'transfer-encoding']) expect(headers, name).not.toHaveProperty(name)
        }
      } finally {
        await mine.stop()
        await close(stub)
      }
    })

    test('verdicts are not cached, and spend exactly one request each', async ({ site }) => {
      const key = await site.newKey({ rateLimitPerMinute: 100 })
      for (let i = 0; i < 10; i++) expect((await ask('/', key.secret)).status).toBe(200)
      const direct = await site.ask('GET', '/forward-auth', { key: key.secret })
      expect(direct.headers.ratelimit).toMatch(/;r=89;/)
    })

    test("the API's own errors and headers stay as they are", async ({ site }) => {
      const key = await site.newKey()
      for (const status of [401, 403, 404, 429, 500, 503]) {
        const answer = await ask(`/answer/${status}`, key.secret)
        expect(answer.status).toBe(status)
        expect(answer.body.url).toBe(`/answer/${status}`)
      }
    })

    test('a gate that is away or stumbles lets nobody through, and one that is back does', async ({ site }) => {
      const key = await site.newKey()
      const folder = mkdtempSync(join(tmpdir(), 'latchkey-gateway-'))
      chmodSync(folder, 0o755)
      const gate = await freePort()
      const front = await freePort()
      const mine = gateway.start(program, folder, { ...ports, gate, front })
      let stub: Server | undefined
      let real: Gate | undefined
      try {
        await mine.listening(front)
        const through = () => send(front, 'GET', '/', { key: key.secret })
        const refused = async (what: string) => {
          const answer = await through()
          expect(answer.status, what).toBeGreaterThanOrEqual(500)
          expect(answer.body, what).toMatchObject({ code: 'unavailable' })
          expect(answer.text, what).not.toContain('headers')
        }
        await refused('nobody listens')
        for (const [what, respond] of [
          ['500', (_, answer) => answer.writeHead(500).end()],
          ['cut off', (asked) => asked.socket.destroy()],
        ] satisfies [string, RequestListener][]) {
          stub = await listen(gate, respond)
          const answer = await through()
          expect(answer.status, what).toBeGreaterThanOrEqual(500)
          expect(answer.text, what).not.toContain('headers')
          await close(stub)
        }
        real = await startGate(site, { GATE_PORT: String(gate) })
        await expect.poll(async () => (await through()).status, { timeout: 15_000 }).toBe(200)
        await real.stop()
        await refused('it has ended')
      } finally {
        await real?.stop()
        await mine.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    })
  })
}

function moved(file: string, listen: string, own: string, { gate, api }: Ports): string {
  const text = readFileSync(join(root, 'docs/gateways', file), 'utf8')
  for (const each of [listen, '127.0.0.1:3001', '127.0.0.1:8080']) {
    if (!text.includes(each)) throw new Error(`${file} does not say ${each}`)
  }
  return text
    .replace(listen, own)
    .replaceAll('127.0.0.1:3001', `127.0.0.1:${gate}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${api}`)
}

/** An API that answers what it was asked. */
const startUpstream = async (): Promise<Server> =>
  listen(await freePort(), async (request, response) => {
    let size = 0
    for await (const chunk of request) size += (chunk as Buffer).length
    const { url = '', method, rawHeaders: headers } = request
    const status = Number(/^\/answer\/(\d+)$/.exec(url)?.[1] ?? 200)
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ url, method, size, headers }))
  })

async function listen(port: number, respond: RequestListener): Promise<Server> {
  const server = createServer(respond)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** Every header the API saw that anybody could take for one of ours, in lower case with hyphens, and its values. */
function seen({ body }: Answer): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (let i = 0; i < body.headers.length; i += 2) {
    const name = body.headers[i].toLowerCase().replaceAll('_', '-')
    if (!name.includes('latchkey')) continue
    found[name] ??= []
    found[name].push(body.headers[i + 1])
  }
  return found
}

/** The five headers as a client may spell them, each twice. */
function forgeries(value: string): Record<string, string[]> {
  const spellings = identity.flatMap((name) => [
    name,
    name.replaceAll('-', '_'),
    name.toUpperCase().replaceAll('-', '_'),
    name.replace('x-', 'X_').replace('latchkey', 'Latchkey'),
    name.replace('latchkey-', 'LatchKey_'),
  ])
  return Object.fromEntries([...spellings, 'X-Latchkey-Code'].map((name) => [name, [value, `${value}2`]]))
}

function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.body?.code]).toEqual([status, code])
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body).toMatchObject({ type: `urn:latchkey:problem:${code}`, status, title: expect.any(String) })
  expect(answer.body.requestId).toBe(answer.headers['x-request-id'])
  for (const name of identity) expect(answer.headers).not.toHaveProperty(name)
}

const challenges = ({ headers }: Answer) => String(headers['www-authenticate']).split('Api-Key').length - 1
