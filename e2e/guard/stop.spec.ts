import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask'
import { type Cluster, expect, type Portal, test } from './cluster'

// How a portal ends: asked to, and killed.

test('threat 92: asked to stop under load, it answers what is under way, resets nobody and exits with 0', async ({
  cluster,
}) => {
  const portal = await cluster.startPortal()
  const key = await cluster.newKey()
  const results = { answered: 0, odd: [] as string[], refused: 0 }
  const places = [`${portal.url}/api/v1/me`, `${portal.gateUrl}/forward-auth`, `${portal.url}/sign-in`]
  // Each over a connection that is kept alive, until the server takes no new one.
  const clients = Array.from({ length: 12 }, async (_, client) => {
    const url = places[client % places.length] as string
    for (;;) {
      try {
        const { status } = await ask(url, { key: url.endsWith('/sign-in') ? undefined : key.secret })
        if (status === 200 || status === 204) results.answered++
        else results.odd.push(`${status}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') results.odd.push(String(error))
        else results.refused++
        return
      }
    }
  })
  await sleep(1_000)
  // Under way when it is told: it waits its 1,050 ms and must be answered.
  const doomed = await cluster.newKey()
  const revocation = ask(`${portal.url}/api/v1/keys/${doomed.id}`, { method: 'DELETE', key: cluster.owner.key })
  await sleep(200)
  const told = performance.now()
  const code = await portal.stop()
  const took = performance.now() - told
  await Promise.all(clients)
  expect([code, (await revocation).status, results.odd]).toEqual([0, 204, []])
  expect(results.refused).toBe(12)
  expect(took).toBeLessThan(15_000)
  test.info().annotations.push({ type: 'figures', description: `${results.answered} answers, ${Math.round(took)} ms` })
  // What was counted was written before the end.
  expect(await counted(cluster, key.id)).toBeGreaterThan(0)
})

test('killed, it loses the counts of the last seconds and nothing else', async ({ cluster }) => {
  const portal = await cluster.startPortal()
  const key = await cluster.newKey()
  const use = async (times: number) => {
    for (let i = 0; i < times; i++) expect((await ask(`${portal.url}/api/v1/me`, { key: key.secret })).status).toBe(200)
  }
  await use(50)
  await expect.poll(() => counted(cluster, key.id), { timeout: 15_000 }).toBe(50)
  await use(7)
  const last = await makeAndRevoke(portal, cluster)
  process.kill(portal.pid, 'SIGKILL')
  await portal.stop()

  const after = await counted(cluster, key.id)
  expect([after >= 50, after <= 57]).toEqual([true, true])
  const me = (secret: string) => ask(`${cluster.a.url}/api/v1/me`, { key: secret })
  expect((await me(last.made)).status).toBe(200)
  expect((await me(last.revoked)).body.code).toBe('revoked_credentials')
  const [row] = await cluster.sql`select used_at from api_key_uses where key_id = ${key.id}`
  expect(row?.used_at).not.toBeNull()
})

async function makeAndRevoke(portal: Portal, { owner }: Cluster) {
  const create = async () =>
    (await ask(`${portal.url}/api/v1/keys`, { method: 'POST', key: owner.key, body: { label: 'Last' } })).body
  const [made, revoked] = [await create(), await create()]
  const answer = await ask(`${portal.url}/api/v1/keys/${revoked.id}`, { method: 'DELETE', key: owner.key })
  expect(answer.status).toBe(204)
  return { made: made.secret as string, revoked: revoked.secret as string }
}

/** Requests of a key that are in the database. */
async function counted({ sql }: Cluster, keyId: string): Promise<number> {
  const [row] = await sql`select coalesce(sum(requests), 0)::int as requests from api_key_usage where key_id = ${keyId}`
  return row?.requests
}
