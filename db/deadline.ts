import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sql, TransactionSql } from 'postgres'
import { once } from '@/lib/runtime'

interface Options {
  /** How long a query or a whole transaction may take, in ms. */
  ms: number
  /** Called when one took longer: its connection answers no more, and should be given up. */
  onOverrun(): void
  /** Called when an open connection broke. */
  onLoss(): void
  /** Called for every query that failed because the database is away or too slow, not by its verdict or ours. */
  onFailure(): void
}

/**
 * A client whose queries and transactions end after `ms` at the latest, with an error of code `DEADLINE`. A server that
 * hangs enforces no time-out of its own, and postgres.js has none for a query. The outcome of a write is then unknown.
 */
export function withDeadline(client: Sql, options: Options): Sql {
  return new Proxy(client, {
    get(target, name) {
      if (name === 'unsafe') return unsafeThrough(target, (start) => bounded(start, options))
      if (name === 'begin') return (work: Work<unknown>) => bounded(() => transaction(target, work), options)
      return Reflect.get(target, name)
    },
  })
}

/** What waits for the database together, and until when (by `performance.now()`) it does not wait again. */
interface Asker {
  impatientUntil: number
}

/** For so long, in ms. Work that goes on behind a request, such as a flush which tries again, inherits its asker. */
const IMPATIENT_MS = 1_000

const askers = () => once('askers', () => new AsyncLocalStorage<Asker>())

/**
 * Runs `work`, such as the answer to a request, which waits for a deadline only once: what it asks right after that fails
 * at once. Next renders a page that failed once more, as its error page, and asks for the same things again.
 */
export const asOneAsker = <T>(work: () => T): T => askers().run({ impatientUntil: 0 }, work)

type Work<T> = (sql: TransactionSql) => Promise<T>

/** `unsafe`, by which the ORM sends everything, with each query started by `run`. */
function unsafeThrough<S extends Sql | TransactionSql>(sql: S, run: <T>(start: () => PromiseLike<T>) => Promise<T>) {
  return (...args: Parameters<Sql['unsafe']>) => {
    const query = sql.unsafe(...args)
    // Queries start when they are awaited; `values()` is how the ORM asks for rows without names.
    return {
      // biome-ignore lint/suspicious/noThenProperty: postgres.js queries are thenables, and so is what stands in
      then: (...handlers: Parameters<Promise<unknown>['then']>) => run(() => query).then(...handlers),
      values: () => run(() => query.values()),
    }
  }
}

/**
 * A transaction that sends nothing more once its connection is lost, not even its rollback, which the server has made by
 * itself: postgres.js would write to the socket that is gone, outside of any promise, and so end the process
 * (porsager/postgres#1208).
 */
function transaction<T>(client: Sql, work: Work<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let lost = false
    const lose = (error: unknown) => {
      lost = true
      reject(error)
    }
    const never = new Promise<never>(() => {})
    const send = async <R>(start: () => PromiseLike<R>): Promise<R> => {
      if (lost) return never
      try {
        return await start()
      } catch (error) {
        if (!isAnswer(error)) lose(error)
        throw error
      }
    }
    client
      .begin(async (tx) => {
        const careful = new Proxy(tx, {
          get: (target, name) => (name === 'unsafe' ? unsafeThrough(target, send) : Reflect.get(target, name)),
        })
        try {
          return await work(careful)
        } finally {
          // To settle would be to commit or to roll back.
          if (lost) await never
        }
      })
      .then((value) => resolve(value as T), lose)
  })
}

/** Whether the server says no and goes on. Five characters are a SQLSTATE; after a fatal one it closes the connection. */
function isAnswer(error: unknown): boolean {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown }
  return /^[0-9A-Z]{5}$/.test(String(code)) && severity !== 'FATAL' && severity !== 'PANIC'
}

/** By the driver's, the socket's and the server's own word; not that none could be made. */
const losses = /^(CONNECTION_CLOSED|ECONNRESET|EPIPE|57P0[125]|25P0[34])$/

/** Codes of drivers and sockets, of the deadline, and SQLSTATEs (53: out of something; 57P: stopping or starting; 57014: timed out). */
const away = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT|DEADLINE|53...$|57P|57014)/

/** Whether an error's code says that the database is away or too busy. */
export const isAway = (code: unknown): boolean => typeof code === 'string' && away.test(code)

const noAnswer = (ms: number) =>
  Object.assign(new Error(`The database did not answer within ${ms} ms`), { code: 'DEADLINE' })

function waitedInVain(asker: Asker | undefined): void {
  if (asker) asker.impatientUntil = performance.now() + IMPATIENT_MS
}

function bounded<T>(start: () => PromiseLike<T>, { ms, onOverrun, onLoss, onFailure }: Options): Promise<T> {
  const asker = askers().getStore()
  if (asker && performance.now() < asker.impatientUntil) return Promise.reject(noAnswer(ms))
  return new Promise((resolve, reject) => {
    let over = false
    const overrun = () => {
      if (over) return
      over = true
      waitedInVain(asker)
      reject(noAnswer(ms))
      onOverrun()
      onFailure()
    }
    // What has arrived while this process was busy is read first: it was not the database that took so long.
    const timer = setTimeout(() => setImmediate(overrun), ms)
    const end = () => {
      over = true
      clearTimeout(timer)
    }
    start().then(
      (value) => {
        end()
        resolve(value)
      },
      (error: unknown) => {
        end()
        const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown }
        if (isAway(code) || severity === 'FATAL') {
          // Also when it was another's overrun that gave up the pool under this query.
          waitedInVain(asker)
          onFailure()
        }
        if (losses.test(String(code))) onLoss()
        reject(error)
      },
    )
  })
}
