import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { db } from '@/db'
import { apiKeys } from '@/db/schema'
import { addMember, keyActor, makeKey, makePerson, outcome, type Person } from '@/db/testing'
import { getKey } from './get'
import { listKeysSchema } from './input'
import { hasKeys, type KeyPage, type ListKeysInput, listKeys } from './list'
import { sortFields } from './listing'
import { revokeKey } from './revoke'

let ada: Person
let bob: Person
const ids = new Map<string, string>()
const hints = new Map<string, string>()

beforeAll(async () => {
  ada = await makePerson()
  bob = await makePerson({ name: 'Bob' })
  const later = (days: number) => new Date(Date.now() + days * 24 * 3600_000).toISOString()
  const made: [string, Record<string, unknown>][] = [
    ['Ärger', { thirdParty: { name: 'Acme' } }],
    ['beta', { expiresAt: later(3) }],
    ['Alpha', { expiresAt: later(30), thirdParty: { name: 'acme' } }],
    ['100 % wool', {}],
    ['gamma_1', { thirdParty: { name: 'Globex' } }],
    ['beta', {}],
    ['expired', { expiresAt: later(1) }],
    ['revoked', {}],
  ]
  for (const [index, [label, fields]] of made.entries()) {
    const { key } = await makeKey(ada, { label, ...fields })
    ids.set(`${label}${ids.has(label) ? ' 2' : ''}`, key.id)
    hints.set(label, key.hint)
    await db()
      .update(apiKeys)
      .set({ createdAt: new Date(Date.UTC(2026, 0, 1 + index)) })
      .where(eq(apiKeys.id, key.id))
    if (index % 3 === 0) {
      await db().execute(
        sql`update api_key_uses set used_at = now() - make_interval(mins => ${index}) where key_id = ${key.id}`,
      )
    }
  }
  await db()
    .update(apiKeys)
    .set({ expiresAt: new Date(0) })
    .where(eq(apiKeys.id, String(ids.get('expired'))))
  await revokeKey(ada.actor, String(ids.get('revoked')))
  await makeKey(bob, { label: 'beta of another', thirdParty: { name: 'Acme' } })
})

const list = (fields: Partial<ListKeysInput> = {}, actor: Parameters<typeof listKeys>[0] = ada.actor) =>
  listKeys(actor, { projectId: ada.projectId, sort: '-createdAt', limit: 50, ...fields })

const labels = ({ data }: KeyPage) => data.map((key) => key.label)

test('threat 35: strangers see nothing, neither in the list nor by id', async () => {
  expect((await list({}, bob.actor)).data).toEqual([])
  expect(await hasKeys(bob.actor, ada.projectId)).toBe(false)
  expect(await hasKeys(ada.actor, ada.projectId)).toBe(true)
  const id = String(ids.get('beta'))
  const foreign = await getKey(bob.actor, id).catch((error: unknown) => error)
  const unknown = await getKey(bob.actor, 'nothing').catch((error: unknown) => error)
  expect(foreign).toMatchObject({ code: 'not_found', message: (unknown as Error).message })
  const his = await keyActor((await makeKey(bob, { scopes: ['keys:read'] })).secret)
  expect(await outcome(getKey(his, id))).toBe('not_found')
  expect((await list({}, his)).data).toEqual([])
})

test('a viewer sees them', async () => {
  const viewer = await makePerson()
  await addMember(ada.projectId, viewer, 'viewer')
  expect((await list({}, viewer.actor)).data).toHaveLength(8)
  expect((await getKey(viewer.actor, String(ids.get('beta')))).label).toBe('beta')
})

describe.each(sortFields.flatMap((field) => [field, `-${field}`] as const))('sorted by %s', (sort) => {
  test('in order, and page by page there and back the same', async () => {
    const whole = (await list({ sort })).data
    expect(whole).toHaveLength(8)
    const value = (key: (typeof whole)[number]) => {
      if (sort.endsWith('label')) return key.label.toLowerCase()
      if (sort.endsWith('expiresAt')) return key.expiresAt ?? '9999'
      return sort.endsWith('createdAt') ? key.createdAt : (key.lastUsedAt ?? '')
    }
    const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    const sorted = whole.map(value).sort(bytes)
    expect(whole.map(value)).toEqual(sort.startsWith('-') ? sorted.reverse() : sorted)

    const there: KeyPage[] = [await list({ sort, limit: 3 })]
    for (let cursor = there[0]?.nextCursor; cursor; cursor = there.at(-1)?.nextCursor) {
      there.push(await list({ sort, limit: 3, cursor }))
    }
    expect(there.flatMap(({ data }) => data)).toEqual(whole)
    expect(there.map(({ data }) => data.length)).toEqual([3, 3, 2])
    const middle = await list({ sort, limit: 3, cursor: String(there[2]?.previousCursor) })
    expect(middle.data).toEqual(there[1]?.data)
    const first = await list({ sort, limit: 3, cursor: String(middle.previousCursor) })
    expect(first.data).toEqual(there[0]?.data)
    expect([there[0]?.previousCursor, first.previousCursor, there[2]?.nextCursor]).toEqual([null, null, null])
  })
})

test.each([
  ['active', ['beta', 'gamma_1', '100 % wool', 'Alpha', 'beta', 'Ärger']],
  ['expiring', ['beta']],
  ['expired', ['expired']],
  ['revoked', ['revoked']],
] as const)('status %s', async (status, expected) => {
  expect(labels(await list({ status }))).toEqual(expected)
})

test.each([
  ['beta', ['beta', 'beta']],
  ['BET', ['beta', 'beta']],
  ['be', ['beta', 'beta']],
  ['et', []],
  ['ärg', ['Ärger']],
  ['a\u0308rger', ['Ärger']],
  ['%', []],
  ['00 % w', []],
  ['100 %', ['100 % wool']],
  ['mma_1', ['gamma_1']],
  ['l_h', []],
  ['acme', ['Alpha', 'Ärger']],
  ['ac', ['Alpha', 'Ärger']],
  ['  globex ', ['gamma_1']],
  ["'; drop table api_keys; --", []],
  ['\\', []],
])('search for %s', async (q, expected) => {
  expect(labels(await list({ q }))).toEqual(expected)
})

test('search for a hint, or for a whole credential that somebody pasted', async () => {
  const hint = String(hints.get('gamma_1'))
  expect(labels(await list({ q: hint }))).toEqual(['gamma_1'])
  expect(labels(await list({ q: hint.replace('…', 'abc') }))).toEqual(['gamma_1'])
})

test('by third party, and those given to nobody', async () => {
  const [acme] = (await list({ q: 'Alpha' })).data
  expect(labels(await list({ thirdParty: acme?.thirdParty?.id }))).toEqual(['Alpha', 'Ärger'])
  expect(labels(await list({ thirdParty: 'none' }))).toEqual(['revoked', 'expired', 'beta', '100 % wool', 'beta'])
  expect((await list({ thirdParty: 'nothing' })).data).toEqual([])
})

test('threat 80: a cursor that is none of this list is refused, whatever it holds', async () => {
  const { nextCursor } = await list({ limit: 1 })
  const parts = JSON.parse(Buffer.from(String(nextCursor), 'base64url').toString()) as unknown[]
  const write = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const values = [
    '',
    '1',
    'now',
    'infinity',
    '2026-02-31 00:00:00+00',
    '0000-01-01 00:00:00+00',
    'Tue Mar 01 2022 GMT+0100 (CET)',
    '+275760-09-13T00:00:00.000Z',
    "2026-01-01 00:00:00+00'; --",
    '2026-01-01 25:00:00+00',
    '2026-01-01 00:00:00+99',
  ]
  const cursors = [
    '',
    'x',
    '%00',
    write(null),
    write({}),
    write('text'),
    write([]),
    write([...parts.slice(0, 2), 5, 'next']),
    write(['label', ...parts.slice(1)]),
    write([...parts.slice(0, 3), 'up']),
    write([...parts.slice(0, 2), 'a\0', 'next']),
    ...values.map((value) => write([parts[0], value, parts[2], parts[3]])),
  ]
  for (const cursor of cursors) expect([cursor, await outcome(list({ cursor }))]).toEqual([cursor, 'validation_failed'])
  expect(await outcome(list({ cursor: String(nextCursor) }))).toBe('done')
  const label = write(['label', "\u2028'; --\ud800", 'x', 'next'])
  expect(await outcome(list({ sort: 'label', cursor: label }))).toBe('done')
})

test.each([
  { sort: 'name' },
  { sort: 'createdAt,label' },
  { sort: '--label' },
  { sort: '' },
  { limit: '0' },
  { limit: '101' },
  { limit: '' },
  { limit: '1.5' },
  { limit: '1e1' },
  { limit: '0x10' },
  { limit: ' 5' },
  { limit: '-1' },
  { status: 'all' },
  { status: 'ACTIVE' },
  { page: '2' },
  { q: 'a\0b' },
  { q: 'x'.repeat(201) },
  { thirdParty: '' },
  { thirdParty: 'a\0' },
])('threat 80: the query %j is refused', (query) => {
  expect(listKeysSchema.safeParse(query).success).toBe(false)
})
