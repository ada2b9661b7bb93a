import type { Sql } from 'postgres'

interface Options {
  /** How long a query or a whole transaction may take, in ms. */
  ms: number
  /** Called when one took longer: its connection answers no more, and should be given up. */
  onOverrun(): void
  /** Called for every query that failed otherwise than by the database's own word. */
  onFailure(): void
}

/**
 * A client whose queries and transactions end after `ms` at the latest, with an error of code `DEADLINE`. A server that
 * hangs enforces no time-out of its own, and postgres.js has none for a query. The outcome of a write is then unknown.
 */
export function withDeadline(client: Sql, options: Options): Sql {
  return new Proxy(client, {
    get(target, name) {
      if (name === 'unsafe') {
        return (...args: Parameters<Sql['unsafe']>) => {
          const query = target.unsafe(...args)
          // Queries start when they are awaited; `values()` is how the ORM asks for rows without names.
          return {
            // biome-ignore lint/suspicious/noThenProperty: postgres.js queries are thenables, and so is what stands in
            then: (...handlers: Parameters<Promise<unknown>['then']>) => bounded(query, options).then(...handlers),
            values: () => bounded(query.values(), options),
          }
        }
      }
      if (name === 'begin') {
        return (work: Parameters<Sql['begin']>[1]) => bounded(target.begin(work), options)
      }
      return Reflect.get(target, name)
    },
  })
}

function bounded<T>(query: PromiseLike<T>, { ms, onOverrun, onFailure }: Options): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(Object.assign(new Error(`The database did not answer within ${ms} ms`), { code: 'DEADLINE' }))
      onOverrun()
      onFailure()
    }, ms)
    query.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        // Five characters are a SQLSTATE: the server is there and says no.
        if (!/^[0-9A-Z]{5}$/.test(String((error as { code?: unknown })?.code))) onFailure()
        reject(error)
      },
    )
  })
}
