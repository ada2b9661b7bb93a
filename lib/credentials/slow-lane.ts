import { AsyncLocalStorage } from 'node:async_hooks'
import { Failure } from '@/lib/errors'

/** The timers belong to nobody's request: started inside one, they would go on in its context. */
const outside = AsyncLocalStorage.snapshot()

/** At least this long from the start of one statement to the start of the next, in ms: under five a second. */
export const EVERY_MS = 210
/** How many ids one statement asks for. */
export const AT_ONCE = 500
/** How long a credential waits at most, in ms, and how often that is looked at. */
export const PATIENCE_MS = 5_000
const LOOK_MS = 200
/** How many different credentials wait for one client, and for all of them: about what is read within the patience. */
const PER_CLIENT = 5_000
const FOR_ALL = 10_000

/** Reads many rows in one statement. */
export interface Batch<R> {
  name: string
  readMany(ids: readonly string[]): Promise<ReadonlyMap<string, R>>
}

interface Place {
  id: string
  since: number
  promise: Promise<unknown>
  resolve(row: unknown): void
  reject(error: unknown): void
}

/** Those who wait for rows of one kind on account of one client, by credential. */
interface Queue {
  batch: Batch<unknown>
  places: Map<string, Place>
}

export interface SlowLane {
  /**
   * Reads the row of `id` in its turn. Requests with the same credential share one place.
   *
   * @param client whose failures put it here: clients are served in turn
   * @param credential names the credential, without being it
   * @throws Failure `rate_limited` if too many wait; whatever the read throws
   */
  read<R>(batch: Batch<R>, client: string, credential: string, id: string): Promise<R>
  /** Serves those who have waited longest with one statement. Called by a timer while anybody waits. */
  turn(): Promise<void>
  /** Sends those away who have waited for too long, whatever the database does. Called by a timer too. */
  dismiss(): void
  /** How many credentials wait. */
  waiting(): number
  /** How many were read, and by how many statements. */
  counts: { served: number; statements: number }
}

/**
 * The way to the database for clients that sent too many wrong credentials. Theirs are read too, so that a good one among
 * them gets through, but all together cost a few statements a second: docs/decisions/0014-failure-limits.md.
 *
 * @param timer false in tests, which take the turns themselves
 */
export function makeSlowLane({ now = () => performance.now(), timer = true } = {}): SlowLane {
  const queues = new Map<string, Queue>()
  let total = 0
  const counts = { served: 0, statements: 0 }
  /** Those whose statement is under way. */
  const served = new Set<Place>()
  let watch: NodeJS.Timeout | undefined
  let scheduled = false
  let lastTurn = Number.NEGATIVE_INFINITY

  function schedule(): void {
    if (!timer || scheduled || total === 0) return
    scheduled = true
    outside(() => {
      watch ??= setInterval(dismiss, LOOK_MS)
      setTimeout(
        async () => {
          await turn()
          scheduled = false
          schedule()
        },
        Math.max(0, lastTurn + EVERY_MS - now()),
      )
    })
  }

  function leave(name: string, queue: Queue, credential: string): void {
    queue.places.delete(credential)
    total--
    if (queue.places.size === 0) queues.delete(name)
  }

  /** The kind of rows that somebody has waited for longest. */
  function nextBatch(): Batch<unknown> | undefined {
    let oldest: { since: number; batch: Batch<unknown> } | undefined
    for (const { batch, places } of queues.values()) {
      const [first] = places.values()
      if (first && (!oldest || first.since < oldest.since)) oldest = { since: first.since, batch }
    }
    return oldest?.batch
  }

  /** Takes up to one statement's worth of places out of the queues of a batch, one client after the other. */
  function take(batch: Batch<unknown>): Place[] {
    const taken: Place[] = []
    const ids = new Set<string>()
    for (let found = true; found && ids.size < AT_ONCE; ) {
      found = false
      for (const [name, queue] of [...queues]) {
        if (queue.batch.name !== batch.name || ids.size >= AT_ONCE) continue
        const [first] = queue.places
        if (!first) continue
        const [credential, place] = first
        leave(name, queue, credential)
        // Behind the others, for the next turn.
        if (queues.delete(name)) queues.set(name, queue)
        taken.push(place)
        ids.add(place.id)
        found = true
      }
    }
    return taken
  }

  const isLate = ({ since }: Place) => now() - since >= PATIENCE_MS

  function dismiss(): void {
    for (const [name, queue] of [...queues]) {
      for (const [credential, place] of queue.places) {
        if (!isLate(place)) break
        leave(name, queue, credential)
        place.reject(full())
      }
    }
    for (const place of served) if (isLate(place)) place.reject(hangs())
    if (total + served.size > 0) return
    clearInterval(watch)
    watch = undefined
  }

  /** Makes room for a client by sending away the last of the longest queue, if that is longer than the client's own. */
  function makeRoom(own: number): boolean {
    let longest: [string, Queue] | undefined
    for (const each of queues) if (each[1].places.size > (longest?.[1].places.size ?? own + 1)) longest = each
    if (!longest) return false
    const [name, queue] = longest
    const [credential, place] = [...queue.places].at(-1) ?? []
    if (credential === undefined || !place) return false
    leave(name, queue, credential)
    place.reject(full())
    return true
  }

  async function turn(): Promise<void> {
    lastTurn = now()
    dismiss()
    const batch = nextBatch()
    if (!batch) return
    const places = take(batch)
    counts.served += places.length
    counts.statements++
    for (const place of places) served.add(place)
    try {
      const rows = await batch.readMany([...new Set(places.map(({ id }) => id))])
      for (const place of places) place.resolve(rows.get(place.id))
    } catch (error) {
      for (const place of places) place.reject(error)
    } finally {
      for (const place of places) served.delete(place)
    }
  }

  return {
    async read<R>(batch: Batch<R>, client: string, credential: string, id: string): Promise<R> {
      const name = `${batch.name} ${client}`
      const queue = queues.get(name) ?? { batch, places: new Map() }
      const joined = queue.places.get(credential)
      if (joined) return joined.promise as Promise<R>
      if (queue.places.size >= PER_CLIENT) throw full()
      if (total >= FOR_ALL && !makeRoom(queue.places.size)) throw full()
      const { promise, resolve, reject } = withResolvers()
      queue.places.set(credential, { id, since: now(), promise, resolve, reject })
      queues.set(name, queue)
      total++
      schedule()
      return promise as Promise<R>
    },
    turn,
    dismiss,
    waiting: () => total,
    counts,
  }
}

const full = () =>
  new Failure('rate_limited', 'Too many wrong credentials came from this address. Try again in 5 seconds.', {
    retryAfter: PATIENCE_MS / 1000,
  })

const hangs = () => new Failure('unavailable', 'The database does not answer. Try again soon.', { retryAfter: 1 })

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers() {
  let resolve: (row: unknown) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
