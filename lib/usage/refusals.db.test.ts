import { expect, test } from 'vitest'
import { db } from '@/db'
import { refusedRequests } from '@/db/schema'
import { auditOf, makePerson, origin, outcome } from '@/db/testing'
import { signIn } from '@/lib/users/sign-in'
import { flushRefusedRequests, recordRefusedRequest } from './refusals'
import { readSiteUsage } from './site'

test('refused requests of nobody are counted by where they came from, and many addresses as one', async () => {
  const root = await makePerson({ isAdmin: true })
  for (let n = 0; n < 7; n++) recordRefusedRequest(origin({ address: '203.0.113.66' }))
  await flushRefusedRequests()
  for (let n = 0; n < 3; n++) recordRefusedRequest(origin({ address: '203.0.113.66' }))
  for (let n = 0; n < 500; n++) recordRefusedRequest(origin({ address: `2001:db8:0:${n.toString(16)}::1` }))
  await flushRefusedRequests()
  const { unknown, sources } = await readSiteUsage(root.actor, 30)
  expect(unknown).toBe(510)
  expect(sources[0]).toEqual({ address: 'others', refused: 451 })
  expect(sources[1]).toEqual({ address: '203.0.113.66', refused: 10 })
  expect(sources).toHaveLength(5)
  expect(await db().$count(refusedRequests)).toBe(51)
})

test('a failed sign-in leaves a row in the log, whether there is such an account or not', async () => {
  const { user } = await makePerson()
  for (const email of [user.email, 'nobody@example.com']) {
    expect(await outcome(signIn(origin(), { email, password: 'wrong' }))).toBe('invalid_credentials')
    const [row, ...more] = await auditOf(email, 'refused')
    expect(row).toMatchObject({ action: 'session.started', changes: { refusal: [null, 'invalid_credentials'] } })
    expect(more).toEqual([])
    expect(JSON.stringify(row)).not.toContain('wrong')
  }
})
