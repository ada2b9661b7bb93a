import type { Round } from './measure'
import type { Target } from './report'
import { median } from './timing'

/** Names of the scenarios that a target is about. */
export const names = {
  front: (kind: string, size: number) => `/api/v1/me, ${kind}, ${size.toLocaleString('en')} keys in the table`,
  next: '/api/v1/me through Next, one key',
  route: '/robots.txt through Next, a bare route handler',
  bareMe: 'node:http with the answer of /api/v1/me',
  forwardAuth: '/forward-auth, one key',
  bareForwardAuth: 'node:http with the answer of /forward-auth',
  verify: '/verify, one key',
  bareVerify: 'node:http with the answer of /verify',
  token: '/oauth/token, client credentials',
  introspection: '/oauth/introspect, one token',
  plain: (kind: string) => `the plain way, ${kind}`,
}

type Cost = (round: Round) => number
const serverCpu: Cost = ({ server }) => server
const allCpu: Cost = ({ server, database }) => server + database
const timePerAnswer: Cost = ({ rate }) => 1 / rate

/** Holds what was measured against what is promised (issue "The guard"). Judged by CPU a request. */
export function judgeTargets(
  rounds: Map<string, Round[]>,
  sizes: readonly number[],
  /** Which keys are in use: they come again within the lease. */
  inUse: readonly string[],
): Target[] {
  const largest = Math.max(...sizes)
  const of = (name: string) => rounds.get(name) ?? []
  const front = names.front('one key', largest)
  const atLeast = (claim: string, least: number, name: string, other: string, cost: Cost): Target => {
    const ratio = times(of(other), of(name), cost)
    return {
      claim,
      measured: show(ratio),
      beside: show(times(of(other), of(name), timePerAnswer)),
      met: ratio >= least,
    }
  }
  return [
    atLeast('/api/v1/me is at least 25 times as cheap as a bare Next route', 25, front, names.route, serverCpu),
    atLeast('/api/v1/me is at least 25 times as cheap as through Next', 25, front, names.next, serverCpu),
    atLeast('/api/v1/me reaches at least 0.45 of node:http', 0.45, front, names.bareMe, serverCpu),
    atLeast(
      '/forward-auth reaches at least 0.45 of node:http',
      0.45,
      names.forwardAuth,
      names.bareForwardAuth,
      serverCpu,
    ),
    ...inUse.map((kind): Target => {
      const cpu = median(of(names.front(kind, largest)).map(({ database }) => database))
      const claim = `database CPU is at most 10 µs a request: ${kind}`
      return { claim, measured: `${cpu.toFixed(1)} µs`, beside: '', met: cpu <= 10 }
    }),
    ...[...inUse, 'unknown ids', 'wrong secrets'].map((kind): Target => {
      const between = (cost: Cost) =>
        times(of(names.front(kind, largest)), of(names.front(kind, Math.min(...sizes))), cost)
      const ratio = between(allCpu)
      const claim = `within 15 % from ${Math.min(...sizes).toLocaleString('en')} to ${largest.toLocaleString('en')} keys: ${kind}`
      return { claim, measured: show(ratio), beside: show(between(timePerAnswer)), met: Math.abs(ratio - 1) <= 0.15 }
    }),
    ...inUse.map((kind) =>
      atLeast(
        `at least 5 times as cheap as the plain way: ${kind}`,
        5,
        names.front(kind, largest),
        names.plain(kind),
        allCpu,
      ),
    ),
  ]
}

/** How many times more `one` costs than `other`: the median of the ratios within the rounds. */
const times = (one: readonly Round[], other: readonly Round[], cost: Cost): number =>
  median(one.map((round, index) => cost(round) / cost(other[index] as Round)))

const show = (ratio: number) => ratio.toFixed(2)
