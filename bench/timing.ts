import { randomInt } from 'node:crypto'
import { open } from './connection'

/** The difference that the test must be able to see, in µs. What is planted is this long. */
export const SENSITIVITY = 500
/** Each tail of the paired differences that is left out: what the machine did meanwhile. */
const TRIM = 0.2
/** Standard errors to each side: 99.9 % of a normal distribution. */
const WIDTH = 3.29

/** How much longer the second kind of request took than the first, in µs. */
export interface Comparison {
  pairs: number
  /** Medians. */
  first: number
  second: number
  difference: number
  low: number
  high: number
  /** `yes`: surely more than half of what must be seen. `no`: surely less. `unclear`: more pairs would tell. */
  seen: 'yes' | 'no' | 'unclear'
}

/**
 * Compares how long two kinds of request take, one at a time over one connection, in pairs whose order is drawn. Judged
 * by the trimmed mean of the paired differences and its standard error from the winsorized ones (Yuen 1974).
 */
export async function compareTimes(
  port: number,
  [first, second]: readonly [readonly string[], readonly string[]],
  pairs: number,
  status: number,
): Promise<Comparison> {
  const client = await connectClient(port, status)
  const [firsts, seconds] = [first, second].map((kind) => kind.map((request) => Buffer.from(request, 'latin1')))
  const times: [number[], number[]] = [[], []]
  const warmUp = Math.ceil(pairs / 10)
  for (let i = -warmUp; i < pairs; i++) {
    const a = firsts?.[(i + warmUp) % firsts.length] as Buffer
    const b = seconds?.[(i + warmUp) % seconds.length] as Buffer
    const swap = randomInt(2) === 1
    const one = await client.time(swap ? b : a)
    const two = await client.time(swap ? a : b)
    if (i < 0) continue
    times[0].push(swap ? two : one)
    times[1].push(swap ? one : two)
  }
  client.close()
  return judge(times)
}

function judge([first, second]: [number[], number[]]): Comparison {
  const differences = first.map((time, index) => (second[index] as number) - time).sort((a, b) => a - b)
  const pairs = differences.length
  const cut = Math.floor(pairs * TRIM)
  const kept = differences.slice(cut, pairs - cut)
  const difference = mean(kept)
  const winsorized = differences.map((value) => Math.min(Math.max(value, kept[0] as number), kept.at(-1) as number))
  const center = mean(winsorized)
  const variance = winsorized.reduce((sum, value) => sum + (value - center) ** 2, 0) / (pairs - 1)
  const margin = (WIDTH * Math.sqrt(variance)) / ((1 - 2 * TRIM) * Math.sqrt(pairs))
  const [low, high] = [difference - margin, difference + margin]
  const half = SENSITIVITY / 2
  const seen = low > half || high < -half ? 'yes' : low > -half && high < half ? 'no' : 'unclear'
  return { pairs, first: median(first), second: median(second), difference, low, high, seen }
}

async function connectClient(port: number, status: number) {
  let settle: { resolve(): void; reject(error: Error): void } | undefined
  const connection = open(
    port,
    (seen) => {
      if (seen === status) settle?.resolve()
      else settle?.reject(new Error(`Expected ${status} and got ${seen}`))
    },
    (error) => settle?.reject(error),
  )
  return {
    close: connection.close,
    /** Microseconds from before the request is sent until its answer is there. */
    async time(request: Buffer): Promise<number> {
      const answered = new Promise<void>((resolve, reject) => {
        settle = { resolve, reject }
      })
      const started = performance.now()
      connection.send(request)
      await answered
      return (performance.now() - started) * 1000
    },
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}
