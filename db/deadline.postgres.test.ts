import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { db, handle } from '.'

// What a query does when the server is slow, busy or gone. A server that hangs: e2e/guard/database-away.spec.ts.

const admin = postgres(String(process.env.DATABASE_URL), { max: 2, onnotice: () => {} })
afterAll(() => admin.end())
// A connection is there.
beforeEach(async () => void (await db().execute(sql`select 1`)))

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error) => error.cause?.code ?? error.code,
  )
const connections = async () => {
  const [row] = await admin`select count(*)::int as n from pg_stat_activity
    where application_name = 'latchkey' and datname = current_database()`
  return row?.n
}

test('a slow statement is ended by the server, and costs nobody else anything', async () => {
  const before = handle()
  const slow = codeOf(db().execute(sql`select pg_sleep(10)`))
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const other = codeOf(db().execute(sql`select pg_sleep(1)`))
  expect([await slow, await other]).toEqual(['57014', 'done'])
  expect(handle()).toBe(before)
})

test('a transaction that is too slow as a whole is given up with its connection, and rolled back', async () => {
  await admin`create table kept (n int)`
  const before = handle()
  const slow = codeOf(
    db().transaction(async (tx) => {
      await tx.execute(sql`insert into kept values (1)`)
      for (;;) await tx.execute(sql`select pg_sleep(1)`)
    }),
  )
  expect(await slow).toBe('DEADLINE')
  expect(handle()).not.toBe(before)
  expect(await codeOf(db().execute(sql`select 1`))).toBe('done')
  await vi.waitFor(async () => expect(await admin`select * from kept`).toEqual([]), 3_000)
  await vi.waitFor(async () => expect(await connections()).toBeLessThanOrEqual(1), 5_000)
})

test('an answer that has come while this process was busy is taken, however late that is', async () => {
  const before = handle()
  const answer = codeOf(db().execute(sql`select pg_sleep(0.6)`))
  const free = performance.now() + 3_500
  await new Promise((resolve) => setTimeout(resolve, 300))
  while (performance.now() < free);
  expect(await answer).toBe('done')
  expect(handle()).toBe(before)
})

test('with every connection taken, those who wait for one are told within the deadline', async () => {
  await admin.begin(async (holder) => {
    await holder`lock table users in access exclusive mode`
    const started = performance.now()
    const waiting = Array.from({ length: 30 }, () => codeOf(db().transaction((tx) => tx.execute(sql`table users`))))
    const outcomes = await Promise.all(waiting)
    expect(performance.now() - started).toBeLessThan(4_000)
    expect(outcomes.filter((code) => code === 'done')).toEqual([])
  })
  expect(await codeOf(db().execute(sql`table users`))).toBe('done')
  await vi.waitFor(async () => expect(await connections()).toBeLessThanOrEqual(10), 5_000)
})

test('a connection that is lost in the middle of a transaction ends that transaction and nothing else', async () => {
  const pid = sql<{ pid: number }>`select pg_backend_pid() as pid`
  const end = async (rows: unknown) => {
    await admin`select pg_terminate_backend(${(rows as { pid: number }[])[0]?.pid ?? 0})`
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const lost: Promise<string>[] = []
  for (let i = 0; i < 10; i++) {
    // While a statement runs, and between two.
    lost.push(
      codeOf(
        db().transaction(async (tx) => {
          const ended = end(await tx.execute(pid))
          await tx.execute(sql`select pg_sleep(2)`)
          await ended
        }),
      ),
      codeOf(
        db().transaction(async (tx) => {
          await end(await tx.execute(pid))
          await tx.execute(sql`select 1`)
        }),
      ),
    )
  }
  const codes = await Promise.all(lost)
  expect(codes.filter((code) => !['57P01', 'CONNECTION_CLOSED', 'ECONNRESET'].includes(code))).toEqual([])
  // All connections of the pool are as good as new ones.
  const again = Array.from({ length: 20 }, () => codeOf(db().transaction((tx) => tx.execute(sql`select 1`))))
  expect(new Set(await Promise.all(again))).toEqual(new Set(['done']))
})
