import { ask } from './ask'
import { type Cluster, expect, type Portal, test } from './cluster'

// How a portal ends when it is killed. How it ends when it is asked to: e2e/process.spec.ts.

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
