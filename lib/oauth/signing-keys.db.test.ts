import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { db } from '@/db'
import { oauthSigningKeys } from '@/db/schema'
import { auditOf, cli } from '@/db/testing'
import { rotateSigningKeys, signingKeys } from './signing-keys'

const kids = async () => (await signingKeys()).map(({ kid }) => kid)
const age = (kid: string, interval: string) =>
  db()
    .update(oauthSigningKeys)
    .set({ createdAt: sql`now() - ${interval}::interval` })
    .where(eq(oauthSigningKeys.kid, kid))

test('from the first key to the third: published first, then signing, then retired', async () => {
  // Many instances that start at once make one key.
  const starts = await Promise.all(Array.from({ length: 4 }, kids))
  const [[first = ''] = []] = starts
  expect(starts).toEqual(Array(4).fill([first]))
  expect(await auditOf(first)).toMatchObject([{ action: 'site.signing_key_made', actorKind: 'system' }])
  await age(first, '40 days')

  const second = await rotateSigningKeys(cli())
  expect(await kids()).toEqual([first, second])
  expect(await auditOf(second)).toHaveLength(1)
  await age(second, '11 minutes')
  expect(await kids()).toEqual([second, first])

  // Soon again: what the first has signed may still be shown to somebody.
  const third = await rotateSigningKeys(cli())
  expect(await kids()).toEqual([second, first, third])
  await age(second, '25 hours')
  await age(third, '11 minutes')
  const fourth = await rotateSigningKeys(cli())
  expect(await kids()).toEqual([third, second, fourth])
})

test('the private half is not there to be read', async () => {
  const [key] = await signingKeys()
  const rows = JSON.stringify(await db().select().from(oauthSigningKeys))
  expect(key?.d).toBeDefined()
  expect(rows).not.toContain(key?.d)
  expect(rows).not.toContain(key?.p)
})
