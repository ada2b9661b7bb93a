import { LRUCache } from 'lru-cache'

/** A record as it was read, and when the read began: nothing that was held is used for longer than the lease from then. */
export interface Leased<T> {
  /** Undefined when there is no such row. */
  record: T | undefined
  /** Monotonic, in ms. */
  startedAt: number
  /**
   * From when on time is added to the time that the database told, monotonic, in ms: for whoever made the read, when it
   * was answered; for whoever reuses it, when it began, since the answer may have been long under way.
   */
  since: number
  /** Wall clock, in ms: it goes on while a suspended machine's monotonic clock stands still. */
  startedAtWall: number
  generation: number
}

interface Options<T> {
  /** How long what was read may be reused, in ms, counted from before the read began. 0: every request reads. */
  ms: number
  name?: string
  /** How many records are held at most; those unused longest go first. */
  max: number
  /** Reads many records in one statement, for `readMany`. */
  fetchMany?: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>
  now?: () => number
  wallNow?: () => number
}

type Begun = Omit<Leased<unknown>, 'record' | 'since'>

/** How often a record was at hand, was being read already, or had to be read. */
export interface LeaseCounts {
  hits: number
  joins: number
  reads: number
}

export interface Lease<T> {
  /** What its records are of; unique in this process. */
  name: string
  /** The record of `id` when it is at hand, within its lease. */
  held(id: string): Leased<T> | undefined
  /** The record of `id`, from a read under way or a new one. Rejects with what the read throws. */
  get(id: string): Promise<Leased<T>>
  /** The record of `id` from a read of its own, which is then held. */
  read(id: string): Promise<Leased<T>>
  /** As `read`, for many at once. */
  readMany(ids: readonly string[]): Promise<ReadonlyMap<string, Leased<T>>>
  /** What is held of `id` however old, for deciding whether a read is worth making; never for a verdict. */
  stale(id: string): T | undefined
  /** Ends every lease. Called after a write committed and before it is answered; a read begun earlier is not held. */
  clear(): void
  counts: LeaseCounts
}

/**
 * Holds what was read about credentials for a short time, so that a busy one costs one read a lease instead of one a
 * request. Why this cannot outlive a revocation: docs/decisions/0003-lease.md.
 *
 * @param fetch the one statement that reads a record
 */
export function makeLease<T>(
  fetch: (id: string) => Promise<T | undefined>,
  {
    name = 'credentials',
    ms,
    max,
    fetchMany = oneByOne(fetch),
    now = () => performance.now(),
    wallNow = Date.now,
  }: Options<T>,
): Lease<T> {
  const held = new LRUCache<string, Leased<T>>({ max })
  const reading = new Map<string, { begun: Begun; result: Promise<Leased<T>> }>()
  const counts = { hits: 0, joins: 0, reads: 0 }
  let generation = 0

  const usable = (read: Begun): boolean => {
    const wall = wallNow() - read.startedAtWall
    // A wall clock that was set back says nothing about how long ago the read was; then it is made again.
    return read.generation === generation && now() - read.startedAt < ms && wall < ms && wall >= -ms
  }

  async function read(id: string): Promise<Leased<T>> {
    counts.reads++
    const begun: Begun = { startedAt: now(), startedAtWall: wallNow(), generation }
    const result = fetch(id).then((record) => ({ record, ...begun, since: begun.startedAt }))
    reading.set(id, { begun, result })
    try {
      const leased = await result
      // Misses are not remembered: a key that is made a moment later must work at once.
      if (leased.record !== undefined && usable(leased)) held.set(id, leased)
      return { ...leased, since: now() }
    } finally {
      if (reading.get(id)?.result === result) reading.delete(id)
    }
  }

  async function readMany(ids: readonly string[]): Promise<ReadonlyMap<string, Leased<T>>> {
    counts.reads++
    const begun: Begun = { startedAt: now(), startedAtWall: wallNow(), generation }
    const records = await fetchMany(ids)
    const since = now()
    const answers = ids.map((id): [string, Leased<T>] => {
      const leased = { record: records.get(id), ...begun, since: begun.startedAt }
      if (leased.record !== undefined && usable(leased)) held.set(id, leased)
      return [id, { ...leased, since }]
    })
    return new Map(answers)
  }

  async function join(id: string, result: Promise<Leased<T>>): Promise<Leased<T>> {
    counts.joins++
    const joinedAt = now()
    const leased = await result
    if (usable(leased)) return leased
    // A slow read came back after its lease, or after a write here. One that began after this request did is as good as
    // one of its own: else all who had joined would ask the slow database at once.
    const under = reading.get(id)
    return under && under.begun.startedAt >= joinedAt ? { ...(await under.result), since: now() } : read(id)
  }

  return {
    name,
    held(id) {
      const at = held.get(id)
      if (!at || !usable(at)) return undefined
      counts.hits++
      return at
    },
    get(id) {
      const under = reading.get(id)
      return under && usable(under.begun) ? join(id, under.result) : read(id)
    },
    read,
    readMany,
    stale: (id) => held.peek(id)?.record,
    // The records stay for `stale`: whose secret was right a moment ago is known whatever was written since.
    clear() {
      generation++
    },
    counts,
  }
}

const oneByOne =
  <T>(fetch: (id: string) => Promise<T | undefined>) =>
  async (ids: readonly string[]): Promise<ReadonlyMap<string, T>> => {
    const records = await Promise.all(ids.map(fetch))
    return new Map(ids.flatMap((id, at) => (records[at] === undefined ? [] : [[id, records[at]]])))
  }
