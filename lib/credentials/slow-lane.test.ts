import { describe, expect, test } from 'vitest'
import { isFailure } from '@/lib/errors'
import { AT_ONCE, type Batch, EVERY_MS, makeSlowLane, PATIENCE_MS } from './slow-lane'

/** A lane whose turns the test takes, on a clock of its own; the batch notes what each statement asked for. */
function lane() {
  let time = 0
  const statements: string[][] = []
  const batch: Batch<string> = {
    name: 'keys',
    readMany: async (ids) => {
      statements.push([...ids])
      return new Map(ids.map((id) => [id, `row of ${id}`]))
    },
  }
  const slow = makeSlowLane({ now: () => time, timer: false })
  return {
    batch,
    statements,
    slow,
    pass: (ms: number) => {
      time += ms
    },
    ask: (id: string, client = 'flood', credential = id) => slow.read(batch, client, credential, id),
    flood: (count: number, client = 'flood', from = 0) =>
      Array.from({ length: count }, (_, i) => {
        const read = slow.read(batch, client, `${client} ${from + i}`, `${client} ${from + i}`)
        // Tests look at some of them.
        read.catch(() => {})
        return read
      }),
  }
}

const codes = (promises: Promise<unknown>[]) =>
  Promise.all(
    promises.map((promise) =>
      promise.then(
        () => 'read',
        (error: unknown) => (isFailure(error) ? error.code : String(error)),
      ),
    ),
  )

test('many wait for one statement, and each gets its own row', async () => {
  const { flood, slow, statements } = lane()
  const reads = flood(AT_ONCE)
  await slow.turn()
  expect(statements.map(({ length }) => length)).toEqual([AT_ONCE])
  expect((await Promise.all(reads)).slice(0, 2)).toEqual(['row of flood 0', 'row of flood 1'])
  expect(slow.waiting()).toBe(0)
})

test('threat 100: with 1,000 different ones a second a good one is read within a second, by under five statements a second', async () => {
  const { flood, ask, slow, statements, pass } = lane()
  const all: Promise<unknown>[] = []
  let good: Promise<string> | undefined
  let goodAt: number | undefined
  for (let at = 0; at < 10_000; at += EVERY_MS) {
    all.push(...flood(EVERY_MS, 'flood', at))
    if (at > 5_000 && !good) {
      const begun = at
      good = ask('good')
      void good.then(() => {
        goodAt ??= at - begun
      })
    }
    await slow.turn()
    pass(EVERY_MS)
  }
  expect(await good).toBe('row of good')
  expect(goodAt).toBeLessThan(1_000)
  expect(statements.length / 10).toBeLessThan(5)
  expect(new Set(await codes(all))).toEqual(new Set(['read']))
})

test('one string has one place, however often it is sent', async () => {
  const { ask, slow, statements } = lane()
  const reads = Array.from({ length: 50 }, () => ask('same'))
  expect(slow.waiting()).toBe(1)
  await slow.turn()
  expect([statements, await codes(reads)]).toEqual([[['same']], Array(50).fill('read')])
})

test('different strings with one id have a place each, and ask for the id once', async () => {
  const { ask, slow, statements } = lane()
  const reads = [ask('id', 'flood', 'one'), ask('id', 'flood', 'two')]
  expect(slow.waiting()).toBe(2)
  await slow.turn()
  expect([statements, await Promise.all(reads)]).toEqual([[['id']], ['row of id', 'row of id']])
})

test('clients are served in turn: one that floods does not keep another waiting', async () => {
  const { flood, ask, slow, statements } = lane()
  const reads = flood(4_000)
  const other = ask('theirs', 'neighbour')
  await slow.turn()
  expect(await other).toBe('row of theirs')
  expect(statements).toHaveLength(1)
  while (slow.waiting() > 0) await slow.turn()
  await Promise.all(reads)
})

test('kinds of rows are read by statements of their own, the longest waiting first', async () => {
  const { ask, slow, statements, pass } = lane()
  const tokens: Batch<string> = { name: 'tokens', readMany: async (ids) => new Map(ids.map((id) => [id, 'token'])) }
  const token = slow.read(tokens, 'flood', 'token', 'token')
  pass(1)
  const key = ask('key')
  await slow.turn()
  expect([await token, statements]).toEqual(['token', []])
  await slow.turn()
  expect(await key).toBe('row of key')
})

describe('a queue that is full', () => {
  test('refuses with the seconds to wait, and lets in again what it has room for', async () => {
    const { flood, slow } = lane()
    const reads = flood(5_010)
    expect(new Set(await codes(reads.slice(5_000)))).toEqual(new Set(['rate_limited']))
    await slow.turn()
    const [next] = flood(1, 'flood', 9_000)
    while (slow.waiting() > 0) await slow.turn()
    expect(await next).toBe('row of flood 9000')
    await expect(flood(5_001, 'flood', 20_000).at(-1)).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 5 })
  })

  test('has room for others, as long as there is any for all', async () => {
    const { flood, slow } = lane()
    const [first, second] = [flood(5_000, 'one'), flood(5_000, 'two')]
    expect(slow.waiting()).toBe(10_000)
    // A third client takes the place of the last of the others.
    const third = flood(1, 'three')
    while (slow.waiting() > 0) await slow.turn()
    const outcomes = await codes([...first, ...second])
    expect(outcomes.filter((code) => code === 'rate_limited')).toHaveLength(1)
    expect(await codes(third)).toEqual(['read'])
  })
})

test('nobody waits for longer than five seconds', async () => {
  const { ask, slow, statements, pass } = lane()
  const late = codes([ask('late')])
  pass(PATIENCE_MS)
  await slow.turn()
  expect([await late, statements]).toEqual([['rate_limited'], []])
})

test('nobody waits for longer behind a statement that hangs', async () => {
  const { slow, ask, pass } = lane()
  const hanging: Batch<string> = { name: 'hanging', readMany: () => new Promise(() => {}) }
  const stuck = codes([slow.read(hanging, 'flood', 'a', 'a')])
  void slow.turn()
  const behind = codes([ask('behind')])
  pass(PATIENCE_MS)
  slow.dismiss()
  expect([await stuck, await behind]).toEqual([['unavailable'], ['rate_limited']])
})

test('a read that fails fails for those who waited for it, and the next one is made', async () => {
  const { slow, ask } = lane()
  const away: Batch<string> = { name: 'away', readMany: () => Promise.reject(new Error('away')) }
  const failed = codes([slow.read(away, 'flood', 'a', 'a'), slow.read(away, 'flood', 'b', 'b')])
  await slow.turn()
  expect(await failed).toEqual(['Error: away', 'Error: away'])
  const next = ask('next')
  await slow.turn()
  expect(await next).toBe('row of next')
})

test('by its own timer it works through what waits, and stops', async () => {
  const slow = makeSlowLane()
  const begun: number[] = []
  const batch: Batch<string> = {
    name: 'keys',
    readMany: async (ids) => {
      begun.push(performance.now())
      return new Map(ids.map((id) => [id, id]))
    },
  }
  const reads = Array.from({ length: AT_ONCE + 1 }, (_, i) => slow.read(batch, 'flood', String(i), String(i)))
  await Promise.all(reads)
  expect(begun).toHaveLength(2)
  // A timer may fire a fraction of a millisecond early.
  expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeGreaterThan(EVERY_MS - 2)
})
