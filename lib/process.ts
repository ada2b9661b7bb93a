import 'server-only'
import { sql } from 'drizzle-orm'
import { handle } from '@/db'
import { EnvError } from './env'
import { log } from './log'
import { closeRateLimits } from './rate-limit'
import { flushUsage } from './usage/record'
import { flushRefusedRequests } from './usage/refusals'
import { flushTokenUses } from './usage/tokens'

/** Ends a process that cannot start, with one line for each thing that is wrong. */
export function refuseToStart(error: unknown): never {
  const lines = error instanceof EnvError ? error.problems : [error instanceof Error ? error.message : String(error)]
  for (const line of lines) console.error(`latchkey: ${line}`)
  process.exit(1)
}

/** Asks the database for nothing. Throws when it is away, or does not answer within a query's deadline. */
export async function pingDatabase(): Promise<void> {
  await handle().db.execute(sql`select 1`)
}

/**
 * Stops the process in good order on SIGTERM and SIGINT: `stop` first, then what is buffered is written and the database
 * closed. An uncaught exception does the same with exit code 1: what threw may have left anything half done, and the
 * supervisor starts afresh.
 */
export function onStop(stop: () => Promise<void>): void {
  let stopping = false
  const end = async () => {
    if (stopping) return
    stopping = true
    await stop()
    await flushUsage()
    await flushTokenUses()
    await flushRefusedRequests()
    closeRateLimits()
    await handle().close()
    process.exit()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end())
  process.on('unhandledRejection', (error) => log().error({ err: error }, 'unhandled rejection'))
  process.on('uncaughtException', (error) => {
    log().fatal({ err: error }, 'uncaught exception')
    process.exitCode = 1
    void end()
  })
}
