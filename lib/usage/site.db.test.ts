import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeySecrets } from '@/db/schema'
import { makeKey, makePerson, outcome } from '@/db/testing'
import { revokeKey } from '@/lib/keys/revoke'
import { readSiteUsage } from './site'
import { writeUsage } from './write'

test('requests of all keys by the day, and whom and where from refusals came', async () => {
  const root = await makePerson({ name: 'Root', isAdmin: true })
  const ada = await makePerson({ name: 'Ada' })
  expect(await outcome(readSiteUsage(ada.actor, 30))).toBe('not_found')
  const hour = Math.floor(Date.now() / 3_600_000)
  for (const [label, refused] of [
    ['Calm', 0],
    ['Loud', 7],
  ] as const) {
    const { key } = await makeKey(ada, { label })
    const [secret] = await db().select().from(apiKeySecrets).where(eq(apiKeySecrets.keyId, key.id))
    const hours = new Map([[hour, { requests: 5, refused, routes: new Map([['GET /api/v1/me 2xx', 5]]) }]])
    const use = { secretId: secret?.id ?? '', keyId: key.id, projectId: ada.projectId, hours, sources: new Map() }
    await writeUsage([use])
    await writeUsage([use])
  }
  await outcome(revokeKey(ada.actor, 'nothing'))
  const usage = await readSiteUsage(root.actor, 30)
  expect(usage.days).toHaveLength(30)
  expect(usage.days.reduce((sum, { requests }) => sum + requests, 0)).toBe(20)
  expect(usage.refused).toBe(14)
  expect(usage.keys).toMatchObject([{ label: 'Loud', refused: 14 }])
  expect(usage.addresses).toEqual([{ address: '203.0.113.7', refused: 1 }])
})
