import { randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { checksum } from '../../lib/credentials/checksum'
import { type Answer, ask } from './ask'
import { type Cluster, expect, type NewKey, test } from './cluster'

// Threats 83, 84: a crowd. No verdict is wrong, and what cannot be judged is told so and when to come back.

// Clients are told apart by what the gateway says of them, so that only bad ones use up their address's failures.
test.use({ serverEnv: { FAILED_AUTH_PER_MINUTE: '20', TRUST_PROXY: '1' } })

const CROWD = 10_000

interface Sent {
  kind: string
  key: string
  address: string
}

/** Which answers are right for which credential; 503 always is. */
const right: Record<string, readonly string[]> = {
  good: ['200', '204'],
  revoked: ['401 revoked_credentials'],
  unknown: ['401 invalid_credentials', '429 rate_limited'],
  wrong: ['401 invalid_credentials', '429 rate_limited'],
}

test('10,000 requests at once: no wrong verdict, no error but 503, and all as usual within five seconds', async ({
  cluster,
}) => {
  test.setTimeout(120_000)
  const good = await newKeys(cluster, 100)
  const revoked = await newKeys(cluster, 5)
  for (const { id } of revoked) {
    await ask(`${cluster.a.url}/api/v1/keys/${id}`, { method: 'DELETE', key: cluster.owner.key })
  }
  const keys: Record<string, (index: number) => string> = {
    good: (index) => good[index % good.length]?.secret ?? '',
    revoked: (index) => revoked[index % revoked.length]?.secret ?? '',
    unknown: () => checked(`lk_${text(12)}_${text(43)}`),
    wrong: (index) => checked(`${good[index % good.length]?.secret.slice(0, 16)}${text(43)}`),
  }
  const turns = ['good', 'revoked', 'good', 'unknown', 'good', 'wrong']
  const crowd = Array.from({ length: CROWD }, (_, index): Sent => {
    const kind = turns[index % turns.length] as string
    // Good ones come from one address, and bad ones from a few hundred.
    const address = kind === 'good' ? '192.0.2.1' : `198.51.${index % 2}.${index % 251}`
    return { kind, key: keys[kind]?.(index) ?? '', address }
  })
  const places = [`${cluster.b.url}/api/v1/me`, `${cluster.b.gateUrl}/forward-auth`]
  const agent = new Agent({ keepAlive: false })
  const began = performance.now()
  const outcomes = await Promise.all(
    crowd.map(async ({ kind, key, address }, index) => {
      const headers = { 'X-Forwarded-For': address }
      // A connection that the kernel could not take in is tried again, as clients do.
      for (let attempt = 0; ; attempt++) {
        try {
          return { kind, answer: await ask(places[Math.floor(index / 6) % 2] as string, { key, headers, agent }) }
        } catch (error) {
          if (attempt === 5) throw error
          await sleep(200)
        }
      }
    }),
  )
  const took = performance.now() - began
  const counts: Record<string, number> = {}
  for (const { kind, answer } of outcomes) {
    const what = `${kind}: ${codeOf(answer)}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  test.info().annotations.push({ type: 'figures', description: `${Math.round(took)} ms; ${JSON.stringify(counts)}` })
  const odd = outcomes.filter(({ kind, answer }) => {
    if (answer.status === 503) return answer.headers['retry-after'] === undefined
    return !right[kind]?.includes(codeOf(answer))
  })
  expect(odd.map(({ kind, answer }) => `${kind}: ${codeOf(answer)}`)).toEqual([])
  // The crowd was judged, and not merely sent away.
  expect(counts['good: 200']).toBeGreaterThan(0)
  expect(counts['good: 204']).toBeGreaterThan(0)

  await expect(async () => {
    for (const place of places) {
      for (const { secret } of good.slice(0, 20)) {
        const started = performance.now()
        const { status } = await ask(place, { key: secret, headers: { 'X-Forwarded-For': '192.0.2.1' } })
        expect([200, 204]).toContain(status)
        expect(performance.now() - started).toBeLessThan(500)
      }
    }
  }).toPass({ timeout: 5_000 })
})

test('good keys that nobody has seen yet, thousands at once from one address, are no failures', async ({ cluster }) => {
  test.setTimeout(60_000)
  const keys = await newKeys(cluster, 200)
  const headers = { 'X-Forwarded-For': '192.0.2.77' }
  const answers = await Promise.all(
    Array.from({ length: 2_000 }, (_, index) =>
      ask(`${cluster.b.url}/api/v1/me`, { key: keys[index % keys.length]?.secret, headers }),
    ),
  )
  const others = answers.map(codeOf).filter((code) => code !== '200' && code !== '503 unavailable')
  expect(others).toEqual([])
})

/** Asks `count` times in a second, evenly, whatever comes back when. */
async function atRate(count: number, seconds: number, work: (index: number) => Promise<unknown>): Promise<void> {
  const asked: Promise<unknown>[] = []
  const began = performance.now()
  for (let index = 0; index < count * seconds; ) {
    const due = ((performance.now() - began) / 1000) * count
    while (index < due && index < count * seconds) asked.push(work(index++))
    await sleep(5)
  }
  await Promise.all(asked)
}

test('threat 100: 1,000 different unknown credentials a second from one address stop nobody there', async ({
  cluster,
}) => {
  test.setTimeout(60_000)
  const [fresh, neighbour] = (await newKeys(cluster, 2)) as [NewKey, NewKey]
  const flooded = { 'X-Forwarded-For': '192.0.2.99' }
  const agent = new Agent({ keepAlive: true, maxSockets: 400 })
  const me = (key: string, headers: Record<string, string>) =>
    ask(`${cluster.b.url}/api/v1/me`, { key, headers, agent }).then(codeOf)
  const metric = async (name: string) => {
    const { text } = await ask(`${cluster.b.gateUrl}/metrics`)
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
  }
  const statements = () => metric('latchkey_slow_lane_statements_total')
  const codes = new Set<string>()
  const [before, floodBegan] = [await statements(), performance.now()]
  const flood = atRate(1_000, 6, async () => {
    codes.add(await me(checked(`lk_${text(12)}_${text(43)}`), flooded))
  })
  await sleep(2_000)
  const began = performance.now()
  expect(await me(fresh.secret, flooded)).toBe('200')
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(await me(neighbour.secret, { 'X-Forwarded-For': '192.0.2.98' })).toBe('200')
  // Sessions and the token endpoint do not count what keys get wrong.
  const session = await cluster.signIn(cluster.owner)
  expect(codeOf(await ask(`${cluster.b.url}/api/v1/me`, { headers: { ...flooded, Cookie: session } }))).toBe('200')
  const form = { ...flooded, 'Content-Type': 'application/x-www-form-urlencoded' }
  const body = 'grant_type=client_credentials&client_id=unknown&client_secret=x'
  expect((await ask(`${cluster.b.url}/oauth/token`, { method: 'POST', headers: form, body })).status).toBe(401)
  await flood
  expect([...codes]).toEqual(['401 invalid_credentials'])
  const seconds = (performance.now() - floodBegan) / 1000
  expect((await statements()) - before).toBeLessThanOrEqual(5 * seconds)
})

test('threat 100: 1,000 requests a second with one revoked key cost no reads', async ({ cluster }) => {
  test.setTimeout(60_000)
  const [revoked, fresh] = (await newKeys(cluster, 2)) as [NewKey, NewKey]
  await ask(`${cluster.a.url}/api/v1/keys/${revoked.id}`, { method: 'DELETE', key: cluster.owner.key })
  const headers = { 'X-Forwarded-For': '192.0.2.97' }
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  const me = (key: string) => ask(`${cluster.b.url}/api/v1/me`, { key, headers, agent }).then(codeOf)
  const reads = async () => {
    const { text } = await ask(`${cluster.b.gateUrl}/metrics`)
    return Number(/^latchkey_lease_reads_total (\d+)$/m.exec(text)?.[1])
  }
  expect(await me(revoked.secret)).toBe('401 revoked_credentials')
  const before = await reads()
  const codes = new Set<string>()
  await atRate(1_000, 3, async () => {
    codes.add(await me(revoked.secret))
  })
  expect([...codes]).toEqual(['401 revoked_credentials'])
  expect((await reads()) - before).toBe(0)
  expect(await me(fresh.secret)).toBe('200')
})

test('who is held as good is served while others at the address have used up its failures', async ({ cluster }) => {
  const [held] = (await newKeys(cluster, 1)) as [NewKey]
  const headers = { 'X-Forwarded-For': '192.0.2.88' }
  const me = (key: string) => ask(`${cluster.b.url}/api/v1/me`, { key, headers })
  expect((await me(held.secret)).status).toBe(200)
  const codes = new Set<string>()
  for (let i = 0; i < 30; i++) codes.add(codeOf(await me(checked(`lk_${text(12)}_${text(43)}`))))
  expect([...codes]).toEqual(['401 invalid_credentials'])
  for (let i = 0; i < 20; i++) {
    expect((await me(held.secret)).status).toBe(200)
    // Past the lease, and past a write of somebody else's.
    if (i % 5 === 4) await sleep(400)
    if (i % 7 === 6)
      await ask(`${cluster.a.url}/api/v1/keys`, { method: 'POST', key: cluster.owner.key, body: { label: 'Other' } })
  }
})

/** One after the other: acts of one key wait for each other. */
async function newKeys(cluster: Cluster, count: number): Promise<NewKey[]> {
  const keys: NewKey[] = []
  while (keys.length < count) keys.push(await cluster.newKey())
  return keys
}

const codeOf = ({ status, body }: Answer) => (body?.code === undefined ? `${status}` : `${status} ${body.code}`)

const text = (length: number) => randomBytes(length).toString('hex').slice(0, length)

const checked = (body: string) => body + checksum(body)
