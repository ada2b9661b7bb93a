import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, ask } from './ask'
import { type Cluster, expect, test } from './cluster'

// Threat 84: the database hangs, dies or has no connection left. Everything asked is answered within five seconds, no
// credential is accepted for longer than the lease and a second, and afterwards all is well without anybody's help.

interface Sample {
  what: string
  begun: number
  ended: number
  answer: Answer
}

/** Portals and gates hold at most this many connections each; here it is one portal and one gate. */
const POOLS = 2 * 10
const ANSWERED_WITHIN_MS = 5_000
const LEASE_AND_A_SECOND_MS = 2_000
const WELL_WITHIN_MS = 8_000

const good = ({ status }: Answer) => status < 300

test('hung: every answer comes in time, none accepts past the lease, and all is well when it goes on', async ({
  cluster,
}) => {
  test.setTimeout(90_000)
  const load = await everything(cluster)
  await sleep(1_000)
  const before = { files: openFiles(cluster), connections: await cluster.connections() }
  const away = performance.now()
  cluster.signalDatabase('SIGSTOP')
  await sleep(9_000)
  const back = performance.now()
  cluster.signalDatabase('SIGCONT')
  const wellAfter = await load.well(back)
  const samples = await load.stop()
  expectAnswered(samples, away, back)
  await expectNothingLeft(cluster, before)
  expectWell(samples, away, back, wellAfter)
})

test('killed and started again: the same, and what was answered is still true', async ({ cluster }) => {
  test.setTimeout(90_000)
  const revoked = await cluster.newKey()
  const load = await everything(cluster)
  await sleep(1_000)
  const before = { files: openFiles(cluster), connections: await cluster.connections() }
  const last = await cluster.newKey()
  const revocation = await ask(`${cluster.a.url}/api/v1/keys/${revoked.id}`, {
    method: 'DELETE',
    key: cluster.owner.key,
  })
  expect([revocation.status, revocation.text]).toEqual([204, ''])
  const away = performance.now()
  cluster.signalDatabase('SIGKILL')
  await sleep(6_000)
  const back = performance.now()
  await cluster.restartDatabase()
  const wellAfter = await load.well(back)
  const samples = await load.stop()
  expectAnswered(samples, away, back)
  // Refused connections are told at once, not after a deadline.
  const refusedAfter = samples.filter(({ begun, ended }) => begun > away + 1_000 && ended < back)
  expect(median(refusedAfter.map(({ begun, ended }) => ended - begun))).toBeLessThan(1_000)
  expect((await ask(`${cluster.b.url}/api/v1/me`, { key: last.secret })).status).toBe(200)
  expect((await ask(`${cluster.b.url}/api/v1/me`, { key: revoked.secret })).body.code).toBe('revoked_credentials')
  await expectNothingLeft(cluster, before)
  expectWell(samples, away, back, wellAfter)
})

test('every connection taken by somebody who waits for a lock: the same', async ({ cluster }) => {
  test.setTimeout(90_000)
  const load = await everything(cluster)
  await sleep(1_000)
  const before = { files: openFiles(cluster), connections: await cluster.connections() }
  let [away, back] = [0, 0]
  await cluster.sql.begin(async (tx) => {
    await tx`lock table api_keys, sessions in access exclusive mode`
    away = performance.now()
    await sleep(8_000)
    back = performance.now()
  })
  const wellAfter = await load.well(back)
  const samples = await load.stop()
  // To be asked for nothing the database is well enough, whenever a connection is free.
  expectAnswered(samples, away, back, 'readiness')
  await expectNothingLeft(cluster, before)
  expectWell(samples, away, back, wellAfter)
})

/** Asks portal and gates for everything there is, without pause and from several clients each, until `stop`. */
async function everything(cluster: Cluster) {
  const { a, gate, owner } = cluster
  const held = await cluster.newKey()
  const Cookie = await cluster.signIn(owner)
  const keys = `${a.url}/api/v1/keys`
  const asking: Record<string, () => Promise<Answer>> = {
    'portal, held': () => ask(`${a.url}/api/v1/me`, { key: held.secret }),
    'gate in the portal, held': () => ask(`${a.gateUrl}/forward-auth`, { key: held.secret }),
    'gate alone, held': () => ask(`${gate.url}/forward-auth`, { key: held.secret }),
    'portal, list': () => ask(keys, { key: owner.key }),
    'portal, session': () => ask(`${a.url}/api/v1/me`, { headers: { Cookie } }),
    'portal, create': () => ask(keys, { method: 'POST', key: owner.key, body: { label: 'Under load' } }),
    'page, keys': () => ask(`${a.url}/projects/${owner.project.slug}/keys`, { headers: { Cookie } }),
    'page, key': () => ask(`${a.url}/projects/${owner.project.slug}/keys/${held.id}`, { headers: { Cookie } }),
    readiness: () => ask(`${gate.url}/readyz`),
  }
  const samples: Sample[] = []
  let stopped = false
  const clients = Object.entries(asking).flatMap(([what, work]) => [client(what, work), client(what, work)])

  async function client(what: string, work: () => Promise<Answer>): Promise<void> {
    while (!stopped) {
      const begun = performance.now()
      const answer = await work()
      samples.push({ what, begun, ended: performance.now(), answer })
      await sleep(answer.status === 503 ? 50 : 10)
    }
  }
  return {
    /** Resolves when all has been answered well for a second: with how long after `since` the last was not, in ms. */
    async well(since: number): Promise<number> {
      for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
        const lastBad = Math.max(since, ...samples.filter(({ answer }) => !good(answer)).map(({ ended }) => ended))
        const kinds = new Set(samples.filter(({ begun }) => begun > lastBad).map(({ what }) => what))
        if (performance.now() - lastBad > 1_000 && kinds.size === Object.keys(asking).length) return lastBad - since
      }
      throw new Error(`not well after 30 s: ${samples.slice(-20).map(brief)}`)
    },
    async stop() {
      stopped = true
      await Promise.all(clients)
      return samples
    },
  }
}

function expectAnswered(all: Sample[], away: number, back: number, lucky?: string): void {
  const samples = all.filter(({ what }) => what !== lucky)
  const slow = samples.filter(({ begun, ended }) => ended - begun > ANSWERED_WITHIN_MS)
  expect(slow.map(brief)).toEqual([])
  const odd = samples.filter(({ what, answer }) => !good(answer) && !isUnavailable(what, answer))
  expect(odd.map(brief)).toEqual([])
  const during = samples.filter(({ ended }) => ended > away + LEASE_AND_A_SECOND_MS && ended < back)
  expect(during.filter(({ answer }) => good(answer)).map(brief)).toEqual([])
  // All were asked, and told.
  const kinds = new Set(samples.map(({ what }) => what))
  expect(new Set(during.map(({ what }) => what))).toEqual(kinds)
}

/** A problem that says when to come back, and of a change that it may have been made; a page for people. */
function isUnavailable(what: string, { status, headers, text, body }: Answer): boolean {
  if (what.startsWith('page')) return status >= 500 && /html/.test(headers['content-type'] ?? '') && text.length > 500
  if (status !== 503 || body?.code !== 'unavailable' || headers['retry-after'] === undefined) return false
  return what !== 'portal, create' || /not known/.test(body.detail)
}

/** Nothing that was given up is still there: neither connections at the server, nor files in the processes. */
async function expectNothingLeft(cluster: Cluster, before: { files: number; connections: number }): Promise<void> {
  await expect.poll(() => cluster.connections(), { timeout: 10_000 }).toBeLessThanOrEqual(POOLS)
  await expect.poll(() => openFiles(cluster), { timeout: 10_000 }).toBeLessThan(before.files + POOLS)
}

const openFiles = ({ a, gate }: Cluster) =>
  [a.pid, gate.pid].reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0)

const brief = ({ what, begun, ended, answer }: Sample) =>
  `${what}: ${answer.status} ${answer.body?.code ?? answer.text.slice(0, 80)} after ${Math.round(ended - begun)} ms`

const median = (numbers: number[]) => numbers.sort((x, y) => x - y)[Math.floor(numbers.length / 2)]

function expectWell(samples: Sample[], away: number, back: number, wellAfter: number): void {
  const accepted = samples.filter(({ ended, answer }) => good(answer) && ended < back).map(({ ended }) => ended - away)
  expect(wellAfter).toBeLessThan(WELL_WITHIN_MS)
  const slowest = Math.max(...samples.map(({ begun, ended }) => ended - begun))
  const refused = samples.filter(({ answer }) => !good(answer)).length
  test.info().annotations.push({
    type: 'figures',
    description: `${samples.length} answers, ${refused} unavailable; last good ${Math.round(Math.max(...accepted))} ms after the database went, slowest answer ${Math.round(slowest)} ms, well ${Math.round(wellAfter)} ms after it was back`,
  })
}
