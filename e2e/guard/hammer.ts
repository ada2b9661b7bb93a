import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask'

/** One place where a credential is sent to again and again. */
interface Target {
  /** Which credential this is, in a test with several. */
  name: string
  url: string
  key: string
}

/** What became of one credential at all its targets. Times are monotonic, in ms. */
interface Seen {
  accepted: number
  refused: number
  /** When the last request that was accepted had begun. */
  lastAccepted: number
  /** Answers that are neither a verdict for nor against. */
  odd: string[]
}

const CLIENTS = 12

/**
 * Sends requests from 12 clients at once, each going round all targets, until `stop`.
 *
 * @param pause of each client between two requests, in ms
 */
export function hammer(targets: Target[], pause = 2) {
  const results = new Map<string, Seen[]>()
  const perTarget = targets.map(({ name }) => {
    const seen: Seen = { accepted: 0, refused: 0, lastAccepted: Number.NEGATIVE_INFINITY, odd: [] }
    results.set(name, [...(results.get(name) ?? []), seen])
    return seen
  })
  let stopped = false
  const clients = Array.from({ length: CLIENTS }, (_, client) => run(client))

  async function run(client: number): Promise<void> {
    for (let turn = client; !stopped; turn++) {
      const { url, key } = targets[turn % targets.length] as Target
      const seen = perTarget[turn % targets.length] as Seen
      const begun = performance.now()
      const { status } = await ask(url, { key })
      if (status === 200 || status === 204) {
        seen.accepted++
        seen.lastAccepted = Math.max(seen.lastAccepted, begun)
      } else if (status === 401 || status === 403) seen.refused++
      else seen.odd.push(`${status} ${url}`)
      await sleep(pause)
    }
  }

  const until = async (what: (seen: Seen) => boolean, of: Seen[] = perTarget) => {
    for (const end = Date.now() + 20_000; !of.every(what); await sleep(5)) {
      if (Date.now() > end) throw new Error(`never came: ${JSON.stringify(of)}`)
    }
  }

  return {
    /** Resolves when every target has accepted its credential some more times. */
    accepted: () => {
      const before = new Map(perTarget.map((seen) => [seen, seen.accepted]))
      return until((seen) => seen.accepted >= (before.get(seen) ?? 0) + 5)
    },
    /** Resolves when every target of this name has refused it some times, begun from now on. */
    refused: (name: string) => {
      const mine = results.get(name) ?? []
      const before = new Map(mine.map((seen) => [seen, seen.refused]))
      return until((seen) => seen.refused >= (before.get(seen) ?? 0) + CLIENTS, mine)
    },
    /** When the last accepted request with this credential had begun. */
    lastAccepted: (name: string) => Math.max(...(results.get(name) ?? []).map(({ lastAccepted }) => lastAccepted)),
    odd: () => perTarget.flatMap(({ odd }) => odd),
    requests: () => perTarget.reduce((sum, { accepted, refused }) => sum + accepted + refused, 0),
    stop: async () => {
      stopped = true
      await Promise.all(clients)
    },
  }
}
