import { Failure } from './errors'

/** Codes of drivers and sockets, of our own deadline, and of PostgreSQL (53: out of something; 57P: stopping or starting; 57014: timed out). */
const codes = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT|DEADLINE|53...$|57P|57014)/

/**
 * What to answer when `error`, or what caused it, says that the database is away or too busy; undefined when it says
 * anything else.
 *
 * @param writes whether a change was asked for: nobody knows then if it was made
 */
export function unavailable(error: unknown, writes: boolean): Failure | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown }
  if (typeof code !== 'string' || !codes.test(code)) return cause ? unavailable(cause, writes) : undefined
  const unknown = writes ? ' Whether the change was made is not known: look before you repeat it.' : ''
  return new Failure('unavailable', `The database cannot be reached. Try again in a moment.${unknown}`, {
    retryAfter: 1,
    cause: error,
  })
}
