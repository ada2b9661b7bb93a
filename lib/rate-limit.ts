import 'server-only'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { env } from './env'
import { Failure } from './errors'
import { once } from './runtime'

interface Limit {
  points: number
  seconds: number
}

/** Every limit of the portal: how many attempts in how many seconds. */
const limits = {
  /** Wrong passwords and refused credentials from one client address. */
  failuresPerAddress: (): Limit => ({ points: env().FAILED_AUTH_PER_MINUTE, seconds: 60 }),
  /** Wrong passwords for one account from one client address. */
  signInPerAccountAndAddress: (): Limit => ({ points: 10, seconds: 5 * 60 }),
  /** Wrong passwords for one account from addresses it was never used from. */
  signInPerAccount: (): Limit => ({ points: 50, seconds: 15 * 60 }),
  signUpPerAddress: (): Limit => ({ points: 30, seconds: 60 }),
}

export type LimitName = keyof typeof limits

/**
 * Takes one attempt from a limit, before what it limits is tried: of a burst in parallel none slips through.
 *
 * @throws Failure `rate_limited`, with the seconds until the next attempt is worth making
 */
export async function takeAttempt(name: LimitName, key: string): Promise<void> {
  try {
    await limiter(name).consume(key)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
    throw new Failure('rate_limited', `Too many attempts. Try again in ${inWords(retryAfter)}.`, { retryAfter })
  }
}

/** Gives an attempt back, since it turned out to be good. */
export async function returnAttempt(name: LimitName, key: string): Promise<void> {
  await limiter(name).reward(key)
}

const limiter = (name: LimitName) =>
  once(`limit-${name}`, () => {
    const { points, seconds } = limits[name]()
    return new RateLimiterMemory({ keyPrefix: name, points, duration: seconds })
  })

const inWords = (seconds: number) => (seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`)
