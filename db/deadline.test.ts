import type { Sql } from 'postgres'
import { expect, test, vi } from 'vitest'
import { asOneAsker, withDeadline } from './deadline'

/** A driver whose queries end as `outcome` says, and whose transactions run their work. */
function driver(outcome: () => Promise<unknown>) {
  // biome-ignore lint/suspicious/noThenProperty: as the driver's queries
  const unsafe = () => ({ then: (...handlers: []) => outcome().then(...handlers), values: outcome })
  const begin = vi.fn(async (work: (tx: unknown) => unknown) => work({ unsafe }))
  return { unsafe, begin } as unknown as Sql
}

const hooks = () => ({ onOverrun: vi.fn(), onLoss: vi.fn(), onFailure: vi.fn() })
const failing = (error: object) => () => Promise.reject(Object.assign(new Error('no'), error))
const hanging = () => new Promise(() => {})

test('what is answered in time is passed on, and nobody hears of it', async () => {
  const calls = hooks()
  const client = withDeadline(
    driver(async () => ['row']),
    { ms: 50, ...calls },
  )
  expect(await client.unsafe('select')).toEqual(['row'])
  expect(await client.unsafe('select').values()).toEqual(['row'])
  expect(await client.begin((tx) => tx.unsafe('select'))).toEqual(['row'])
  await new Promise((resolve) => setTimeout(resolve, 80))
  for (const call of Object.values(calls)) expect(call).not.toHaveBeenCalled()
})

test.each(['a query', 'a query for values', 'a transaction'])('%s that hangs ends at its deadline', async (what) => {
  const calls = hooks()
  const client = withDeadline(driver(hanging), { ms: 30, ...calls })
  const started = performance.now()
  const asked = {
    'a query': () => client.unsafe('select').then((rows) => rows),
    'a query for values': () => client.unsafe('select').values(),
    'a transaction': () => client.begin((tx) => tx.unsafe('select')),
  }[what] as () => Promise<unknown>
  await expect(asked()).rejects.toMatchObject({ code: 'DEADLINE' })
  expect(performance.now() - started).toBeLessThan(1_000)
  expect(calls.onOverrun).toHaveBeenCalledTimes(1)
  expect(calls.onFailure).toHaveBeenCalledTimes(1)
})

test.each([
  ['hung', hanging],
  ['gave the statement up', failing({ code: '57014', severity: 'ERROR' })],
  ['lost its pool to another that hung', failing({ code: 'CONNECTION_DESTROYED' })],
])('what waited in vain once is not made to wait again: it %s', async (_, word) => {
  const outcome = vi.fn(word)
  const target = driver(outcome)
  const client = withDeadline(target, { ms: 30, ...hooks() })
  const ask = () => client.unsafe('select').then((rows) => rows)
  const first = await asOneAsker(async () => {
    const first = await ask().catch((error: unknown) => error)
    await expect(ask()).rejects.toMatchObject({ code: 'DEADLINE' })
    await expect(client.begin((tx) => tx.unsafe('select'))).rejects.toMatchObject({ code: 'DEADLINE' })
    expect(outcome).toHaveBeenCalledTimes(1)
    // What goes on behind a request may try again later.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(await ask().catch((error: unknown) => error)).toEqual(first)
    expect(outcome).toHaveBeenCalledTimes(2)
    return first
  })
  expect(target.begin).not.toHaveBeenCalled()
  // Others wait as long as ever, and so does what nobody asked for.
  expect(await asOneAsker(ask).catch((error: unknown) => error)).toEqual(first)
  expect(await ask().catch((error: unknown) => error)).toEqual(first)
  expect(outcome).toHaveBeenCalledTimes(4)
})

test.each([
  ['a refusal by the server', { code: '23505', severity: 'ERROR' }, { failures: 0, losses: 0 }],
  ['a refusal of our own, within a transaction', { code: 'forbidden' }, { failures: 0, losses: 0 }],
  ['a statement that took the server too long', { code: '57014', severity: 'ERROR' }, { failures: 1, losses: 0 }],
  ['a connection that cannot be made', { code: 'ECONNREFUSED' }, { failures: 1, losses: 0 }],
  ['a server that takes no more connections', { code: '53300', severity: 'FATAL' }, { failures: 1, losses: 0 }],
  ['a connection that broke', { code: 'CONNECTION_CLOSED' }, { failures: 1, losses: 1 }],
  ['a server that ends the connection', { code: '57P01', severity: 'FATAL' }, { failures: 1, losses: 1 }],
])('%s is told apart', async (_, error, { failures, losses }) => {
  const calls = hooks()
  const client = withDeadline(driver(failing(error)), { ms: 1_000, ...calls })
  await expect(client.unsafe('select').then((rows) => rows)).rejects.toMatchObject(error)
  expect(calls.onFailure).toHaveBeenCalledTimes(failures)
  expect(calls.onLoss).toHaveBeenCalledTimes(losses)
})

test('a transaction whose connection broke sends nothing more, and does not settle: the driver would roll back', async () => {
  const outcome = vi.fn(failing({ code: 'CONNECTION_CLOSED' }))
  const target = driver(outcome)
  const client = withDeadline(target, { ms: 1_000, ...hooks() })
  const after = vi.fn()
  const transaction = client.begin(async (tx) => {
    await tx.unsafe('one').then(undefined, () => undefined)
    await tx.unsafe('two')
    after()
  })
  await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  const settled = vi.fn()
  void vi.mocked(target.begin).mock.results[0]?.value.then(settled, settled)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(outcome).toHaveBeenCalledTimes(1)
  for (const call of [after, settled]) expect(call).not.toHaveBeenCalled()
})

test('a transaction that the server refused something rolls back, as ever', async () => {
  const target = driver(failing({ code: '23505', severity: 'ERROR' }))
  const client = withDeadline(target, { ms: 1_000, ...hooks() })
  await expect(client.begin((tx) => tx.unsafe('insert'))).rejects.toMatchObject({ code: '23505' })
  await expect(vi.mocked(target.begin).mock.results[0]?.value).rejects.toMatchObject({ code: '23505' })
})
