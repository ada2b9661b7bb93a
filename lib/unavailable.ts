import 'server-only'
import { isAway } from '@/db/deadline'
import { Failure } from './errors'

/**
 * What to answer when `error`, or what caused it, says that the database is away or too busy; undefined when it says
 * anything else.
 *
 * @param writes whether a change was asked for: nobody knows then if it was made
 */
export function unavailable(error: unknown, writes: boolean): Failure | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown }
  if (!isAway(code)) return cause ? unavailable(cause, writes) : undefined
  const unknown = writes ? ' Whether the change was made is not known: look before you repeat it.' : ''
  return new Failure('unavailable', `The database cannot be reached. Try again in a moment.${unknown}`, {
    retryAfter: 1,
    cause: error,
  })
}
