import 'server-only'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { databaseFailures } from '@/db'
import { sealing, secondsBehind } from './audit/seal'
import { slowLane } from './credentials/verify'
import { keyLease } from './keys/record'
import { mailState } from './mail/send'
import { once } from './runtime'
import { usageState } from './usage/record'

/** Times that are kept until somebody asks. */
const MOST_TIMES = 1_000

/** What the gate's `/metrics` shows. Names follow Prometheus' conventions: base units, `_total` for counters. */
const metrics = () => once('metrics', makeMetrics)

/** Counts a verdict on a request's credentials and the time it took. `started` is monotonic, in ms. */
export function countVerdict(outcome: string, started: number): void {
  const { verdicts, times, observe } = metrics()
  verdicts.set(outcome, (verdicts.get(outcome) ?? 0) + 1)
  if (times.push((performance.now() - started) / 1000) >= MOST_TIMES) observe()
}

/** All metrics in Prometheus' text format. */
export const renderMetrics = (): Promise<string> => metrics().registry.metrics()

function makeMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(value())
      },
    })
  counter('latchkey_lease_hits_total', 'Checks that found their record at hand', () => keyLease().counts.hits)
  counter('latchkey_lease_joins_total', 'Checks that joined a read under way', () => keyLease().counts.joins)
  counter('latchkey_lease_reads_total', 'Checks that read the database', () => keyLease().counts.reads)
  gauge('latchkey_slow_lane_waiting', 'Credentials that wait since their client sent too many wrong ones', () =>
    slowLane().waiting(),
  )
  counter('latchkey_slow_lane_served_total', 'Credentials read in the slow lane', () => slowLane().counts.served)
  counter(
    'latchkey_slow_lane_statements_total',
    'Statements by which the slow lane read',
    () => slowLane().counts.statements,
  )
  gauge('latchkey_usage_pending', 'Secrets whose use is counted and not yet written', () => usageState().pending)
  gauge('latchkey_usage_flush_rows', 'Secrets in the last write of usage', () => usageState().lastRows)
  gauge('latchkey_usage_flush_age_seconds', 'Time since usage was last written', () => usageState().ageSeconds)
  counter('latchkey_usage_flush_failures_total', 'Writes of usage that failed', () => usageState().failures)
  counter(
    'latchkey_database_failures_total',
    'Queries that failed because the database was away',
    () => databaseFailures().count,
  )
  gauge('latchkey_mail_waiting', 'Mails in the outbox that are still to be sent', () => mailState().waiting)
  counter('latchkey_mail_sent_total', 'Mails handed to the mail server', () => mailState().sent)
  counter('latchkey_mail_failures_total', 'Attempts to send a mail that failed', () => mailState().failures)
  counter('latchkey_mail_given_up_total', 'Mails that will not be tried again', () => mailState().givenUp)
  gauge('latchkey_audit_broken', '1 while the audit log is not as this site left it', () =>
    sealing().problem === null && !sealing().lost ? 0 : 1,
  )
  gauge('latchkey_audit_lag_seconds', 'How far sealing the audit log is behind', secondsBehind)
  // Counted here, since finding a counter by its labels costs as much as all else that is counted of a request.
  const verdicts = new Map<string, number>()
  new Counter({
    name: 'latchkey_verdicts_total',
    help: 'Requests by the verdict on their credentials',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of verdicts) this.inc({ outcome }, count)
    },
  })
  // Likewise: a thousand at once take a fraction of what each would between two requests.
  const times: number[] = []
  const seconds = new Histogram({
    name: 'latchkey_verification_seconds',
    help: 'Time to a verdict',
    buckets: [0.00002, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 1, 5],
    registers: [registry],
    collect: () => observe(),
  })
  const observe = () => {
    for (const time of times.splice(0)) seconds.observe(time)
  }
  return { registry, verdicts, times, observe }
}
