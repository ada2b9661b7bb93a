import 'server-only'
import { join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { env } from '@/lib/env'
import { forget, once } from '@/lib/runtime'
import { withDeadline } from './deadline'
import { lockDataDir } from './embedded-lock'
import * as schema from './schema'

/**
 * The database as verbs see it: one type over two drivers. Their row counts and raw `execute()` results differ, so use
 * `.returning()`. Inside a transaction use only its `tx`: the embedded database has one session, and a query on `db()`
 * would wait for the transaction that waits for it.
 */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>

/** How long a query may take, in ms: a request is answered within five seconds, whatever the database does. */
const QUERY_DEADLINE_MS = 3_000

/** How long the server itself lets a statement run, in ms: shorter, since its own word costs no connection. */
const STATEMENT_TIMEOUT_MS = QUERY_DEADLINE_MS - 500

/** Pages are in memory or on flash: with the default, made for turning disks, a search may read whole tables instead. */
const RANDOM_PAGE_COST = 1.1

/** An open database, and the way to close it. */
export interface Handle {
  db: Database
  kind: 'postgres' | 'pglite'
  close(): Promise<void>
}

/** The process's database, opened on first use: `DATABASE_URL`, else the embedded one under `DATA_DIR`. */
export const handle = (): Handle => once('database', openConfigured)

/** The process's database client. */
export const db = (): Database => handle().db

/**
 * Opens a PostgreSQL server by its URL. Connects lazily.
 *
 * @param deadline how long a query or transaction may take, in ms; null for none, as migrations need
 */
export function openPostgres(url: string, deadline: number | null = QUERY_DEADLINE_MS): Handle {
  const client = postgres(url, {
    max: 10,
    // Later than the deadline, which gives up the pool and with it a connection that can no longer be made.
    connect_timeout: 5,
    // In seconds. By default it grows to 20 while the server is away; a query would wait that long to be told.
    backoff: () => 0.1,
    // A connection that came about while its pool was given up has no other end.
    idle_timeout: 60,
    onnotice: () => {},
    connection: {
      application_name: 'latchkey',
      // Times are compared with what JavaScript sends; the session's own zone must not matter.
      TimeZone: 'UTC',
      ...(deadline !== null && { statement_timeout: STATEMENT_TIMEOUT_MS }),
      random_page_cost: RANDOM_PAGE_COST,
    },
  })
  const close = () => client.end({ timeout: 5 })
  if (deadline === null) return { db: drizzlePostgres(client, { schema }), kind: 'postgres', close }
  const opened: Handle = {
    db: drizzlePostgres(
      withDeadline(client, {
        ms: deadline,
        // Connections to a server that hangs are of no more use, and those that wait for one would wait for ever.
        onOverrun: () => replace(0),
        // The driver would tell the next to use this connection the error that ended it. Others may finish on theirs.
        onLoss: () => replace(deadline / 1000),
        onFailure: () => databaseFailures().count++,
      }),
      { schema },
    ),
    kind: 'postgres',
    close,
  }
  /** Whoever asks next gets a new pool; this one ends within so many seconds. */
  function replace(timeout: number) {
    if (handle() !== opened) return
    forget('database')
    void client.end({ timeout })
  }
  return opened
}

/**
 * A statement that is asked often, made once for each pool: PostgreSQL then keeps its plan, which costs more than a read
 * by an id. `make` ends in `.prepare(…)`, under the same name.
 */
export function prepared<T>(name: string, make: () => T): T {
  const pools = once('statements', () => new WeakMap<Handle, Map<string, unknown>>())
  const statements = pools.get(handle()) ?? new Map<string, unknown>()
  pools.set(handle(), statements)
  if (!statements.has(name)) statements.set(name, make())
  return statements.get(name) as T
}

/** How many queries failed because the database was away or too slow, since the process began. */
export const databaseFailures = () => once('database-failures', () => ({ count: 0 }))

/** Wraps an embedded database that was made by `newPglite`. */
export function openPglite(client: PGlite, release: () => void = () => {}): Handle {
  return {
    db: drizzlePglite(givingWay(client), { schema }),
    kind: 'pglite',
    close: async () => {
      await client.close()
      release()
    },
  }
}

/** How long queries of the embedded database may follow one another before others have a turn, in ms. */
const TURN_EVERY_MS = 10

/**
 * A client whose queries and transactions let others have their turn. PGlite answers in this thread, and nothing but
 * microtasks lies between one query and the next: work that asks again and again, such as an export, would keep every
 * request waiting until its end.
 */
function givingWay(client: PGlite): PGlite {
  const query = client.query.bind(client)
  const transaction = client.transaction.bind(client)
  let since = performance.now()
  const giveWay = async () => {
    if (performance.now() - since < TURN_EVERY_MS) return
    await nextTurn()
    since = performance.now()
  }
  client.query = async (...args: Parameters<PGlite['query']>) => {
    await giveWay()
    return query(...args)
  }
  client.transaction = async <T>(work: (tx: Transaction) => Promise<T>) => {
    await giveWay()
    return transaction(work)
  }
  return client
}

/** An embedded database in the folder `dataDir`, or in memory. The folder must be locked: two processes corrupt it. */
export function newPglite(dataDir: string, loadDataDir?: Blob): PGlite {
  const startParams = [...PGlite.defaultStartParams, '-c', `random_page_cost=${RANDOM_PAGE_COST}`]
  return new PGlite({ dataDir, loadDataDir, extensions: { pg_trgm }, startParams })
}

/** True when a statement failed because a unique index has such a row already. */
export const isUniqueViolation = (error: unknown): boolean => hasCode(error, '23505')

/** True when a statement held text that no database keeps, or even compares: a NUL. */
export const isUnstorableText = (error: unknown): boolean => hasCode(error, '22021')

/** The drivers wrap the server's error. */
function hasCode(error: unknown, sqlState: string): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown }
  return code === sqlState || (cause !== undefined && hasCode(cause, sqlState))
}

function openConfigured(): Handle {
  const { DATABASE_URL, DATA_DIR } = env()
  if (DATABASE_URL) return openPostgres(DATABASE_URL)
  const lock = lockDataDir(resolve(DATA_DIR))
  return openPglite(newPglite(join(resolve(DATA_DIR), 'db')), lock.release)
}
