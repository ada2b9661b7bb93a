import 'server-only'
import { createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type ErrorCode, Failure, type KeySubject } from '@/lib/errors'
import { once } from '@/lib/runtime'

/** How many final refusals one process remembers; those unused longest go first. */
const REMEMBERED = 10_000
/** How many credentials refused within the last minute are told apart, over all addresses. */
const TOLD_APART = 50_000
const MINUTE_MS = 60_000

interface Refusal {
  code: ErrorCode
  message: string
  subject?: KeySubject
}

/** Everything here goes by a keyed hash of the whole credential: an id says nothing about a secret, and no secret is kept. */
const state = () =>
  once('refusals', () => ({
    key: randomBytes(32),
    final: new LRUCache<string, Refusal>({ max: REMEMBERED }),
    counted: new LRUCache<string, true>({
      max: TOLD_APART,
      ttl: MINUTE_MS,
      perf: { now: () => performance.now() },
    }),
  }))

/** Names a credential within this process, without telling anything about it. */
export const fingerprint = (credential: string): string =>
  createHmac('sha256', state().key).update(credential).digest('base64url')

/** Remembers a refusal that no act can change, so that sending the credential again costs no read. Others are ignored. */
export function rememberRefusal(credential: string, { final, code, message, subject }: Failure): void {
  if (final) state().final.set(fingerprint(credential), { code, message, subject })
}

/** The final refusal that a credential got before; undefined if this process remembers none. */
export function recallRefusal(credential: string): Failure | undefined {
  const known = state().final.size > 0 ? state().final.get(fingerprint(credential)) : undefined
  return known && new Failure(known.code, known.message, { subject: known.subject, final: true })
}

/** Whether a client's credential was refused within the last minute. */
export const wasRefused = (client: string, credential: string): boolean =>
  state().counted.size > 0 && state().counted.has(`${client} ${fingerprint(credential)}`)

/**
 * Whether a refused credential is to be counted against a client: once a minute, however often it is sent. If more are
 * sent than are told apart, some count twice.
 *
 * @param client the key of the limit that it counts against
 */
export function countsNow(client: string, credential: string): boolean {
  const { counted } = state()
  const name = `${client} ${fingerprint(credential)}`
  if (counted.has(name)) return false
  counted.set(name, true)
  return true
}
