import 'server-only'
import * as argon2 from '@node-rs/argon2'
import { Failure } from '@/lib/errors'
import { once } from '@/lib/runtime'

/** OWASP's parameters for argon2id, which is the package's default; `memoryCost` is in KiB. About 10 ms of one core. */
const cost = { memoryCost: 19456, timeCost: 2, parallelism: 1 }

/** The hash of `password` in PHC form: algorithm, parameters and salt included. Throws `rate_limited` in a crowd. */
export const hash = (password: string): Promise<string> => inTurn(() => argon2.hash(password, cost))

/** True when `phc` was made of `password`. Throws `rate_limited` in a crowd. */
export const verify = (phc: string, password: string): Promise<boolean> => inTurn(() => argon2.verify(phc, password))

/** Costs as much to verify as a real hash, and is that of no password anybody can find: salt and hash are all zeros. */
export const nobodysHash = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

// Eight at once take all of the thread pool, and with it five sixths of the requests; two take next to nothing.
const atOnce = 2
// About a second of work. Who comes later is better told so than kept waiting.
const longestQueue = 200

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turns = once('argon2', () => ({ running: 0, waiting: [] as (() => void)[] }))
  if (turns.running < atOnce) turns.running++
  else if (turns.waiting.length < longestQueue) await new Promise<void>((begin) => turns.waiting.push(begin))
  else throw new Failure('rate_limited', 'Too many people are signing in. Try again in a second.', { retryAfter: 1 })
  try {
    return await work()
  } finally {
    // Who finishes hands the place on, so that nobody who comes now slips in before those who wait.
    const next = turns.waiting.shift()
    if (next) next()
    else turns.running--
  }
}
