import { expect, test } from 'vitest'
import { GENESIS, nextLink } from './chain'

const event = {
  sequence: 7,
  id: 'event',
  at: new Date('2026-03-01T12:00:00.123Z'),
  actorKind: 'user',
  actorId: 'ada',
  actorName: 'Ada',
  action: 'key.updated',
  targetKind: 'key',
  targetId: 'key',
  targetName: 'Invoice sync',
  projectId: null,
  result: 'allowed',
  address: '203.0.113.7',
  userAgent: 'tests',
  requestId: 'request',
  changes: { label: ['old', { b: 1, a: [null] }] },
} satisfies Record<keyof Parameters<typeof nextLink>[1], unknown>

test('hashes an event today as in every release before, and with a column that came later', () => {
  const link = nextLink(GENESIS, event as never)
  expect(link).toEqual({ number: 1, hash: 'O0feRUgij_RpMNGFEks9Awbtv-kl80-9YRbBoFlB09Y' })
  expect(nextLink(GENESIS, { ...event, column: 'new' } as never)).toEqual(link)
})
