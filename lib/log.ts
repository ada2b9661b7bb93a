import 'server-only'
import pino, { type Logger } from 'pino'
import { env } from './env'
import { once } from './runtime'

/** Structured log on standard error, one JSON object a line. Never pass it headers, bodies or credentials. */
export const log = (): Logger =>
  once('log', () => pino({ level: env().LOG_LEVEL, base: undefined }, pino.destination({ fd: 2, sync: true })))
