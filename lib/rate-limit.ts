import 'server-only'
import Redis from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'
import { env } from './env'
import { Failure, isFailure } from './errors'
import { log } from './log'
import { once } from './runtime'

interface Limit {
  points: number
  seconds: number
}

/** Every limit of the portal: how many in how many seconds. */
const limits = {
  /** Different credentials that `/api/v1` and the gate refused, from one client address. Beyond it comes the slow lane. */
  failuresPerAddress: (): Limit => ({ points: env().FAILED_AUTH_PER_MINUTE, seconds: 60 }),
  /** Attempts to sign in that were not good, from one client address. */
  signInPerAddress: (): Limit => ({ points: env().FAILED_AUTH_PER_MINUTE, seconds: 60 }),
  /** How often one session that has ended is looked up again. */
  endedSession: (): Limit => ({ points: 60, seconds: 60 }),
  /** Failures of one app to prove itself, from one client address; of all unknown apps together. */
  clientFailures: (): Limit => ({ points: env().FAILED_AUTH_PER_MINUTE, seconds: 60 }),
  /** Wrong passwords for one account from one client address. */
  signInPerAccountAndAddress: (): Limit => ({ points: 10, seconds: 5 * 60 }),
  /** Wrong passwords for one account from addresses it was never used from. */
  signInPerAccount: (): Limit => ({ points: 50, seconds: 15 * 60 }),
  /** Wrong codes of the second step for one account from one client address. */
  secondStepPerAccountAndAddress: (): Limit => ({ points: 10, seconds: 5 * 60 }),
  /** The same from addresses it was never used from; at this rate one of a million codes is found in years. */
  secondStepPerAccount: (): Limit => ({ points: 50, seconds: 24 * 60 * 60 }),
  /** Challenges for passkeys, which cost a row each, from one client address; for somebody who is known, theirs alone. */
  passkeysPerAddress: (): Limit => ({ points: 60, seconds: 60 }),
  /** Pages of clients without a session, by address; of one session; static files, of which a page loads up to 30. */
  pagesPerAddress: (): Limit => ({ points: env().ANONYMOUS_PAGES_PER_MINUTE, seconds: 60 }),
  pagesPerSession: (): Limit => ({ points: 5 * env().ANONYMOUS_PAGES_PER_MINUTE, seconds: 60 }),
  assetsPerAddress: (): Limit => ({ points: 30 * env().ANONYMOUS_PAGES_PER_MINUTE, seconds: 60 }),
  /** Server actions of people who need not be signed in, by address, on top of what the act itself counts. */
  actionsPerAddress: (): Limit => ({ points: env().ANONYMOUS_PAGES_PER_MINUTE, seconds: 60 }),
  /** Requests to the OAuth server that need no credential, by address. */
  authorizePerAddress: (): Limit => ({ points: env().AUTHORIZE_PER_MINUTE, seconds: 60 }),
  pushedPerAddress: (): Limit => ({ points: env().PUSHED_REQUESTS_PER_MINUTE, seconds: 60 }),
  devicesPerAddress: (): Limit => ({ points: env().PUSHED_REQUESTS_PER_MINUTE, seconds: 60 }),
  /** Public documents: metadata, public keys, the OpenAPI document. */
  documentsPerAddress: (): Limit => ({ points: 5 * env().ANONYMOUS_PAGES_PER_MINUTE, seconds: 60 }),
  signUpPerAddress: (): Limit => ({ points: 30, seconds: 60 }),
  /** Mails with a link that one person asks for, to their own address or a new one. */
  mailsPerPerson: (): Limit => ({ points: 5, seconds: 15 * 60 }),
  /** Links to set a new password: asked for from one client address, and sent to one account. */
  resetsPerAddress: (): Limit => ({ points: 20, seconds: 15 * 60 }),
  resetsPerAccount: (): Limit => ({ points: 5, seconds: 15 * 60 }),
  /** Mails about an account that somebody asks for or wants to move, to one address. */
  mailsPerAddress: (): Limit => ({ points: 5, seconds: 15 * 60 }),
  /** How often a device may ask whether it was let in: a bit more than the five seconds it is told (RFC 8628, 3.5). */
  devicePolls: (): Limit => ({ points: 1, seconds: 4 }),
  /** Guesses of the short codes that devices show, by one person. */
  userCodesPerPerson: (): Limit => ({ points: 20, seconds: 5 * 60 }),
  /** Invitations, each of which is a mail to an address that somebody typed. */
  invitationsPerPerson: (): Limit => ({ points: 50, seconds: 60 * 60 }),
  /** Invitations to one address, by whomever. */
  invitationsPerAddress: (): Limit => ({ points: 10, seconds: 24 * 60 * 60 }),
  projectsPerPerson: (): Limit => ({ points: 30, seconds: 60 * 60 }),
  /** Accepted requests of one credential, unless it has a limit of its own. */
  requestsPerCredential: (): Limit => ({ points: env().RATE_LIMIT_PER_MINUTE, seconds: 60 }),
}

export type LimitName = keyof typeof limits

/** How a limit stands after an attempt was counted. */
export interface Quota {
  limit: number
  remaining: number
  /** Seconds of the window, and until it ends. */
  window: number
  resetsIn: number
}

/**
 * Counts one attempt against a limit, before what it limits is tried: of a burst in parallel none slips through.
 *
 * @param points a limit of the key's own, in place of the usual one
 * @throws Failure `rate_limited`, with the seconds until the next attempt is worth making
 */
export async function takeAttempt(name: LimitName, key: string, points = limits[name]().points): Promise<Quota> {
  const result = await limiter(name).consume(key)
  if (result.consumedPoints > points) throw tooMany(name, points, result)
  return quotaOf(name, points, result)
}

/** Counts one attempt against a limit, and refuses nothing. For failures that have been answered. */
export async function countAttempt(name: LimitName, key: string): Promise<void> {
  await limiter(name).consume(key)
}

/** Whether a limit is used up, without counting. */
export async function isUsedUp(name: LimitName, key: string): Promise<boolean> {
  const result = await limiter(name).get(key)
  return result !== null && result.consumedPoints >= limits[name]().points
}

/** As `takeAttempt`, for what is left out in silence when it is too much: true while it may be done. */
export async function mayAttempt(name: LimitName, key: string): Promise<boolean> {
  try {
    await takeAttempt(name, key)
    return true
  } catch (error) {
    if (isFailure(error)) return false
    throw error
  }
}

/** Gives an attempt back, since it turned out to be good. */
export async function returnAttempt(name: LimitName, key: string): Promise<void> {
  await limiter(name).reward(key)
}

/** The counters themselves never refuse: the points differ from key to key, so they are compared here. */
const limiter = (name: LimitName) =>
  once(`limit-${name}`, () => {
    const options = { keyPrefix: `latchkey:${name}`, points: Number.MAX_SAFE_INTEGER, duration: limits[name]().seconds }
    const memory = new RateLimiterMemory(options)
    const storeClient = redis()
    // Without Redis each instance counts for itself: limits are looser for a while, and requests go on.
    return storeClient
      ? new RateLimiterRedis({ ...options, storeClient, rejectIfRedisNotReady: true, insuranceLimiter: memory })
      : memory
  })

const redis = () =>
  once('redis', () => {
    const { REDIS_URL } = env()
    if (!REDIS_URL) return null
    const client = new Redis(REDIS_URL, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 2_000,
      // One that hangs is given up like one that is gone: with a mere time-out every request would wait for it anew.
      socketTimeout: 500,
      retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
    })
    let reason: Error | undefined
    let away = false
    return client
      .on('error', (error) => {
        reason = error
      })
      .on('reconnecting', () => {
        // It comes again with every attempt, and is said once.
        if (!away) log().warn({ err: reason }, 'Redis is away: every instance counts its own limits until it is back')
        away = true
      })
      .on('ready', () => {
        if (away) log().info('Redis is back: limits are shared again')
        away = false
      })
  })

/** Connects to Redis, where there is one, so that no request counts before it can. At start; goes on when it is away. */
export async function openRateLimits(): Promise<void> {
  const client = redis()
  if (client?.status === 'connecting') {
    await new Promise<void>((resolve) => client.once('ready', resolve).once('reconnecting', () => resolve()))
  }
}

/** Ends the connection to Redis, where there is one. At shutdown. */
export const closeRateLimits = (): void => redis()?.disconnect()

function quotaOf(name: LimitName, limit: number, result: RateLimiterRes): Quota {
  return {
    limit,
    remaining: Math.max(0, limit - result.consumedPoints),
    window: limits[name]().seconds,
    resetsIn: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  }
}

const countsRequests = new Set<LimitName>([
  'requestsPerCredential',
  'pagesPerAddress',
  'pagesPerSession',
  'assetsPerAddress',
  'authorizePerAddress',
  'pushedPerAddress',
  'devicesPerAddress',
  'documentsPerAddress',
])

function tooMany(name: LimitName, points: number, result: RateLimiterRes): Failure {
  const quota = quotaOf(name, points, result)
  const { resetsIn } = quota
  const seconds = resetsIn === 1 ? 'second' : 'seconds'
  const minutes = Math.ceil(resetsIn / 60)
  const longer = minutes < 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`
  const wait = resetsIn < 90 ? `${resetsIn} ${seconds}` : longer
  const what = countsRequests.has(name) ? 'requests' : 'attempts'
  return new Failure('rate_limited', `Too many ${what}. Try again in ${wait}.`, { retryAfter: resetsIn, quota })
}
