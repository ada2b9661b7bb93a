import { createHmac, timingSafeEqual } from 'node:crypto'
import { Concealed, type Secret, type SecretHash } from './concealed'
import type { Pepper } from './peppers'

/** HMAC-SHA-256 of the whole credential under `pepper`, in base64url (43 characters): the only thing stored of it. */
export function hash(credential: Secret, pepper: Pepper): SecretHash {
  return new Concealed('secret hash', digest(credential.reveal(), pepper).toString('base64url'))
}

/**
 * True when `credential`, as a request sent it, is the one `storedHash` was made of. Pass null when no row was found:
 * the answer is false and took the same work, so that an unknown id cannot be told from a wrong secret by time.
 */
export function matches(credential: string, storedHash: string | null, pepper: Pepper): boolean {
  const sent = digest(credential, pepper)
  const stored = Buffer.from(storedHash ?? nobodys, 'base64url')
  return stored.length === sent.length && timingSafeEqual(sent, stored)
}

// Synchronous and with a KeyObject: 2 µs, where WebCrypto takes 19 µs and a turn in the thread pool.
const digest = (text: string, pepper: Pepper): Buffer => createHmac('sha256', pepper.key).update(text).digest()

// 32 zero bytes: the hash of no credential anybody can find.
const nobodys = 'A'.repeat(43)
