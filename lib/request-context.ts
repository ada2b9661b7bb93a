import 'server-only'
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { asOneAsker } from '@/db/deadline'
import type { Origin } from './actor'
import { once } from './runtime'

const storage = () => once('request-context', () => new AsyncLocalStorage<Origin>())

/**
 * Runs `work` as part of a request from `origin`. The front does so around Next, so that pages and actions learn the
 * client's address from the socket it saw and never from a header, which a client could have written.
 */
export const withOrigin = <T>(origin: Origin, work: () => T): T => storage().run(origin, () => asOneAsker(work))

/** The header by which the front tells pages the path they are asked for by; what a client says in it is dropped. */
export const pathHeader = 'x-forwarded-path'

/** Where the current request came from. Behind plain Next, without the front, the address is not known. */
export const requestOrigin = (): Origin =>
  storage().getStore() ?? { address: null, userAgent: null, requestId: randomUUID() }
