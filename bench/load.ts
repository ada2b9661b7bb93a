import { type Connection, open } from './connection'

/** What to send, and for how long. */
export interface Job {
  port: number
  /** Whole requests, sent in turn. */
  requests: string[]
  connections: number
  seconds: number
}

/** What came of it. */
export interface Load {
  statuses: Record<number, number>
  answers: number
  seconds: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** Microseconds of this process's own CPU for each answer. */
  cost: number
}

const MOST_ANSWERS = 4_000_000
/**
 * Answers are looked for this often, in ms, as a network card does that waits before it interrupts. A process that
 * sleeps until the next answer has to be woken for each, and the system charges that to the server that answers: the
 * slower the server the more often, which would make slow servers look slower than they are to clients elsewhere.
 */
const LOOK_EVERY = 0.5

// The load generator: a process of its own, so that it takes no time from the servers' event loops. Each connection
// sends its next request when the last one is answered, so the rate is what the server can do.
process.on('message', (job: Job) => void run(job).then((load) => process.send?.(load)))
process.on('disconnect', () => process.exit())
process.send?.('ready')

const times = new Float64Array(MOST_ANSWERS)
const never = new Int32Array(new SharedArrayBuffer(4))

async function run({ port, requests, connections, seconds }: Job): Promise<Load> {
  const buffers = requests.map((request) => Buffer.from(request, 'latin1'))
  const statuses: Record<number, number> = {}
  let sent = 0
  let answers = 0
  const cpu = process.cpuUsage()
  const started = performance.now()
  const until = started + seconds * 1000
  const drive = () =>
    new Promise<void>((resolve, reject) => {
      let at = 0
      const next = () => {
        at = performance.now()
        connection.send(buffers[sent++ % buffers.length] as Buffer)
      }
      const onAnswer = (status: number) => {
        const now = performance.now()
        if (answers < MOST_ANSWERS) times[answers] = now - at
        answers++
        statuses[status] = (statuses[status] ?? 0) + 1
        if (now < until) return next()
        connection.close()
        resolve()
      }
      const connection: Connection = open(port, onAnswer, reject)
      next()
    })
  let running = true
  const look = () => {
    Atomics.wait(never, 0, 0, LOOK_EVERY)
    if (running) setImmediate(look)
  }
  look()
  await Promise.all(Array.from({ length: connections }, drive))
  running = false
  const took = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  const sorted = times.subarray(0, Math.min(answers, MOST_ANSWERS)).sort()
  const quantile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return {
    statuses,
    answers,
    seconds: took / 1000,
    p50: quantile(0.5),
    p99: quantile(0.99),
    cost: (user + system) / answers,
  }
}
