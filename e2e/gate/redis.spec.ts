import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port'
import { type DebianProgram, debianProgram } from './debian'
import { type Program, startProgram } from './program'
import { expect, type Gate, slowLaneReads, startGate, test, unknownKey } from './site'

let program: DebianProgram
let folder: string
let port: number
let redis: Program
let gates: [Gate, Gate]

test.beforeAll(async ({ site }, info) => {
  info.setTimeout(180_000)
  const found = debianProgram('redis-server')
  test.skip(typeof found === 'string', typeof found === 'string' ? found : undefined)
  program = found as DebianProgram
  folder = mkdtempSync(join(tmpdir(), 'latchkey-redis-'))
  port = await freePort()
  redis = await startRedis()
  const env = { REDIS_URL: `redis://127.0.0.1:${port}`, FAILED_AUTH_PER_MINUTE: '20' }
  gates = await Promise.all([startGate(site, env), startGate(site, env)])
})

test.afterAll(async () => {
  await Promise.all((gates ?? []).map((gate) => gate.stop()))
  await redis?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

const ask = (gate: Gate, key: string) => gate.ask('GET', '/forward-auth', { key })
const each = (i: number) => gates[i % 2] as Gate
const times = (n: number, key: string) => Promise.all(Array.from({ length: n }, (_, i) => ask(each(i), key)))
const left = async (gate: Gate, key: string) =>
  Number(/r=(\d+)/.exec(String((await ask(gate, key)).headers.ratelimit))?.[1])
const lines = (gate: Gate, text: string) =>
  gate
    .output()
    .split('\n')
    .filter((line) => line.includes(text))

test('failures of one address are shared, from the first request after a start on', async () => {
  const headers = { 'X-Forwarded-For': '198.51.100.20' }
  const failure = async (i: number) =>
    (await each(i).ask('GET', '/forward-auth', { key: unknownKey(), headers })).body.code
  // Each gate sees half of the allowance used up, and both know that it is: then reads wait in the slow lane.
  for (let i = 0; i < 20; i++) expect(await failure(i)).toBe('invalid_credentials')
  for (const gate of gates) expect(await slowLaneReads(gate)).toBe(0)
  for (let i = 0; i < 4; i++) expect(await failure(i)).toBe('invalid_credentials')
  for (const gate of gates) expect(await slowLaneReads(gate)).toBe(2)
})

test('two instances share one limit: N requests over both move it by exactly N', async ({ site }) => {
  const { secret } = await site.newKey({ rateLimitPerMinute: 200 })
  expect((await times(100, secret)).every(({ status }) => status === 204)).toBe(true)
  expect(await left(gates[0], secret)).toBe(99)
  expect(await left(gates[1], secret)).toBe(98)
  const rest = await times(150, secret)
  expect(rest.filter(({ status }) => status === 204)).toHaveLength(98)
  expect(rest.filter(({ status }) => status === 429)).toHaveLength(52)
  const wait = Number((await ask(gates[1], secret)).headers['retry-after'])
  expect(wait).toBeGreaterThan(0)
  expect(wait).toBeLessThanOrEqual(60)
})

test('Redis killed under load: requests go on, limits fall back, and it is said once; back, they are shared', async ({
  site,
}) => {
  const { secret } = await site.newKey({ rateLimitPerMinute: 1_000_000 })
  const statuses = await underLoad(secret, async () => {
    await redis.stop('SIGKILL')
  })
  expect(statuses.size, [...statuses].join()).toBe(1)
  expect(statuses.has(204)).toBe(true)
  // Each counts for itself now.
  const small = await site.newKey({ rateLimitPerMinute: 5 })
  for (const gate of gates) {
    const answers = []
    for (let i = 0; i < 7; i++) answers.push((await ask(gate, small.secret)).status)
    expect(answers).toEqual([204, 204, 204, 204, 204, 429, 429])
    expect(lines(gate, 'Redis is away')).toHaveLength(1)
  }
  redis = await startRedis()
  for (const gate of gates) {
    await expect.poll(() => lines(gate, 'Redis is back').length, { timeout: 10_000 }).toBe(1)
    expect(lines(gate, 'Redis')).toHaveLength(2)
  }
  const shared = await site.newKey({ rateLimitPerMinute: 100 })
  expect((await times(40, shared.secret)).every(({ status }) => status === 204)).toBe(true)
  expect(await left(gates[0], shared.secret)).toBe(59)
})

test('a Redis that hangs holds nobody up for long, and is given up until it answers', async ({ site }) => {
  const { secret } = await site.newKey({ rateLimitPerMinute: 1_000_000 })
  await times(2, secret)
  redis.signal('SIGSTOP')
  try {
    const began = performance.now()
    expect((await times(2, secret)).map(({ status }) => status)).toEqual([204, 204])
    expect(performance.now() - began).toBeLessThan(2_000)
    const again = performance.now()
    for (let i = 0; i < 10; i++) expect((await ask(each(i), secret)).status).toBe(204)
    expect(performance.now() - again).toBeLessThan(1_000)
  } finally {
    redis.signal('SIGCONT')
  }
  const shared = await site.newKey({ rateLimitPerMinute: 1_000 })
  await expect
    .poll(async () => (await left(gates[0], shared.secret)) - (await left(gates[1], shared.secret)), {
      timeout: 10_000,
    })
    .toBe(1)
})

test('stopping says nothing of Redis, and an instance starts without it', async ({ site }) => {
  const there = await startGate(site, { REDIS_URL: `redis://127.0.0.1:${port}` })
  expect(await there.stop()).toBe(0)
  expect(there.output()).not.toContain('Redis')
  const alone = await startGate(site, { REDIS_URL: `redis://127.0.0.1:${await freePort()}` })
  const { secret } = await site.newKey()
  expect((await ask(alone, secret)).status).toBe(204)
  expect(lines(alone, 'Redis is away')).toHaveLength(1)
  expect(await alone.stop()).toBe(0)
  expect(lines(alone, 'Redis')).toHaveLength(1)
})

async function startRedis(): Promise<Program> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = startProgram(program.file, options, { env: program.env })
  await server.printed('Ready to accept connections')
  return server
}

/** The statuses of what eight clients of both instances were answered before, while and after `happens`. */
async function underLoad(key: string, happens: () => Promise<void>): Promise<Set<number>> {
  const statuses = new Set<number>()
  let over = false
  const client = async (gate: Gate) => {
    while (!over) statuses.add((await ask(gate, key)).status)
  }
  const clients = Array.from({ length: 8 }, (_, i) => client(each(i)))
  await new Promise((resolve) => setTimeout(resolve, 300))
  await happens()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  over = true
  await Promise.all(clients)
  return statuses
}
