import 'server-only'
import pino, { type Logger } from 'pino'
import { env } from './env'
import { once } from './runtime'

/** Structured log on standard error, one JSON object a line. Never pass it headers, bodies or credentials. */
export const log = (): Logger =>
  once('log', () =>
    pino(
      { level: env().LOG_LEVEL, base: undefined, serializers: { err: describeError } },
      pino.destination({ fd: 2, sync: true }),
    ),
  )

/**
 * What a log line says of an error: its innermost cause. The errors around it are the database library's, whose messages
 * quote the statement's parameters, hashes among them.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  if (error.cause !== undefined) return describeError(error.cause)
  const { code } = error as NodeJS.ErrnoException
  return { type: error.name, code, message: error.message, stack: error.stack?.split('\n').slice(1, 12) }
}
