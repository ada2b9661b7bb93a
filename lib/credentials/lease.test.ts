import { beforeEach, describe, expect, it } from 'vitest'
import { type Lease, makeLease } from './lease'

/** A database stub: each read waits until the test answers it with what the row was when the read began. */
interface Read {
  id: string
  answer(): void
  fail(error: Error): void
}

let reads: Read[]
let row: string | undefined
let time: number
let wall: number

const fetch = (id: string) =>
  new Promise<string | undefined>((resolve, reject) => {
    const snapshot = row
    reads.push({ id, answer: () => resolve(snapshot), fail: reject })
  })

const lease = (ms = 1000, max = 100): Lease<string> =>
  makeLease(fetch, { ms, max, now: () => time, wallNow: () => wall })

const pass = (ms: number) => {
  time += ms
  wall += ms
}

/** What a request does: what is at hand, else a read; here one that is answered at once. */
async function got(from: Lease<string>, id = 'a') {
  const before = reads.length
  const result = from.held(id) ?? from.get(id)
  for (const read of reads.slice(before)) read.answer()
  return (await result).record
}

beforeEach(() => {
  reads = []
  row = 'live'
  time = 5000
  wall = 1_000_000
})

describe('what is held', () => {
  it('is used again within the lease, at once and without a read', async () => {
    const held = lease()
    await got(held)
    pass(999)
    expect(held.held('a')).toMatchObject({ record: 'live' })
    expect(reads).toHaveLength(1)
    expect(held.counts).toEqual({ hits: 1, joins: 0, reads: 1 })
  })

  it('is read anew when the lease is over, counted from before the read began', async () => {
    const held = lease()
    const first = held.get('a')
    pass(600) // The read takes this long.
    reads[0]?.answer()
    await first
    pass(399)
    expect(held.held('a')).toMatchObject({ record: 'live' })
    pass(1)
    row = 'revoked'
    expect(await got(held)).toBe('revoked')
  })

  it('is dropped when only the wall clock went on, as after a suspended machine', async () => {
    const held = lease()
    await got(held)
    wall += 1000
    row = 'revoked'
    expect(await got(held)).toBe('revoked')
  })

  it('is dropped when the wall clock was set back by more than a lease', async () => {
    const held = lease()
    await got(held)
    wall -= 3_600_000
    expect(held.held('a')).toBeUndefined()
  })

  it('never holds a miss', async () => {
    const held = lease()
    row = undefined
    expect(await got(held)).toBeUndefined()
    row = 'live'
    expect(await got(held)).toBe('live')
  })

  it('holds at most as many records as it is sized for', async () => {
    const held = lease(1000, 2)
    for (const id of ['a', 'b', 'c']) await got(held, id)
    expect(held.stale('a')).toBeUndefined()
    expect(held.stale('c')).toBe('live')
  })

  it('with a lease of 0 is never used, and reads are not joined', async () => {
    const held = lease(0)
    await got(held)
    await got(held)
    const [one, two] = [held.get('a'), held.get('a')]
    expect(reads).toHaveLength(4)
    for (const read of reads) read.answer()
    await Promise.all([one, two])
    expect(held.counts).toEqual({ hits: 0, joins: 0, reads: 4 })
  })
})

describe('a write in this process', () => {
  it('does not make anybody a stranger: whose secret was right is still known', async () => {
    const held = lease()
    await got(held)
    held.clear()
    expect(held.held('a')).toBeUndefined()
    expect(held.stale('a')).toBe('live')
  })

  it('ends what is held before it is answered', async () => {
    const held = lease()
    await got(held)
    row = 'revoked'
    held.clear()
    expect(await got(held)).toBe('revoked')
  })

  it('keeps a read that straddles it from being held', async () => {
    const held = lease()
    const before = held.get('a') // Its snapshot still says live.
    row = 'revoked'
    held.clear()
    reads[0]?.answer()
    await before
    expect(await got(held)).toBe('revoked')
  })

  it('keeps a read that straddles it from being joined', async () => {
    const held = lease()
    const before = held.get('a')
    row = 'revoked'
    held.clear()
    const after = held.get('a')
    expect(reads).toHaveLength(2)
    for (const read of reads) read.answer()
    expect((await before).record).toBe('live') // It began before the write was answered.
    expect((await after).record).toBe('revoked')
  })

  it('makes those who had joined such a read judge by a new one', async () => {
    const held = lease()
    const first = held.get('a')
    const joined = held.get('a')
    row = 'revoked'
    held.clear()
    reads[0]?.answer()
    await first
    await Promise.resolve()
    reads[1]?.answer()
    expect((await joined).record).toBe('revoked')
  })
})

describe('a slow read', () => {
  it('is joined only within the lease from its beginning', async () => {
    const held = lease()
    const first = held.get('a')
    pass(999)
    const joiner = held.get('a')
    expect(reads).toHaveLength(1)
    pass(1)
    row = 'revoked'
    const late = held.get('a')
    expect(reads).toHaveLength(2)
    for (const read of reads) read.answer()
    await first
    expect((await late).record).toBe('revoked')
    reads[2]?.answer() // The joiner's own: the read it had joined came back too late for it.
    expect((await joiner).record).toBe('revoked')
  })

  it('that came back too late costs those who had joined it one more read, not one each', async () => {
    const held = lease()
    const first = held.get('a')
    const joiners = Array.from({ length: 100 }, () => held.get('a'))
    pass(1500)
    row = 'revoked'
    reads[0]?.answer()
    await first
    await Promise.resolve()
    pass(1500) // However long it takes: it began after they did.
    reads[1]?.answer()
    for (const joiner of joiners) expect((await joiner).record).toBe('revoked')
    expect(reads).toHaveLength(2)
  })

  it('answered after its lease is neither held nor used by those who joined it', async () => {
    const held = lease()
    const first = held.get('a')
    const joined = held.get('a')
    pass(1050) // As long as a revocation elsewhere waits before it is answered.
    row = 'revoked'
    reads[0]?.answer()
    await first
    await Promise.resolve()
    reads[1]?.answer()
    expect((await joined).record).toBe('revoked')
    expect(await got(held)).toBe('revoked')
  })

  it('that fails fails all who joined it, and the next one reads again', async () => {
    const held = lease()
    const [first, joined] = [held.get('a'), held.get('a')]
    reads[0]?.fail(new Error('database away'))
    await expect(first).rejects.toThrow('database away')
    await expect(joined).rejects.toThrow('database away')
    expect(await got(held)).toBe('live')
  })
})

it('a process with a lease of 0 beside one with 1000: neither accepts what was revoked a wait ago', async () => {
  const [none, long] = [lease(0), lease(1000)]
  await got(none)
  await got(long)
  row = 'revoked' // By a third process, whose answer waits 1,050 ms.
  expect(await got(none)).toBe('revoked')
  pass(1050)
  expect(await got(none)).toBe('revoked')
  expect(await got(long)).toBe('revoked')
})

describe('many records in one read', () => {
  let answer: () => void = () => {}
  const many = () =>
    makeLease(fetch, {
      ms: 1000,
      max: 100,
      now: () => time,
      wallNow: () => wall,
      fetchMany: (ids) =>
        new Promise((resolve) => {
          answer = () => resolve(new Map(ids.filter((id) => id !== 'unknown').map((id) => [id, 'live'])))
        }),
    })

  it('are held from before it began, and unknown ones are not', async () => {
    const held = many()
    const read = held.readMany(['a', 'unknown'])
    pass(600)
    answer()
    expect([...(await read)].map(([id, { record }]) => [id, record])).toEqual([
      ['a', 'live'],
      ['unknown', undefined],
    ])
    pass(399)
    expect(held.held('a')).toBeDefined()
    pass(1)
    expect([held.held('a'), held.held('unknown')]).toEqual([undefined, undefined])
  })

  it('are not held if a write came meanwhile', async () => {
    const held = many()
    const read = held.readMany(['a'])
    held.clear()
    answer()
    expect((await read).get('a')?.record).toBe('live')
    expect(held.held('a')).toBeUndefined()
  })
})
