import { createHash, hash as digestOnce, timingSafeEqual } from 'node:crypto'
import { Concealed, type Secret, type SecretHash } from './concealed'
import type { Pepper } from './peppers'

/** HMAC-SHA-256 of the whole credential under `pepper`, in base64url (43 characters): the only thing stored of it. */
export function hash(credential: Secret, pepper: Pepper): SecretHash {
  return new Concealed('secret hash', hmac(credential.reveal(), pepper).toString('base64url'))
}

/**
 * True when `credential`, as a request sent it, is the one `storedHash` was made of. Pass null when no row was found:
 * the answer is false and took the same work, so that an unknown id cannot be told from a wrong secret by time.
 */
export function matches(credential: string, storedHash: string | null, pepper: Pepper): boolean {
  const sent = hmac(credential, pepper)
  const stored = Buffer.from(storedHash ?? nobodys, 'base64url')
  return stored.length === sent.length && timingSafeEqual(sent, stored)
}

// 32 zero bytes: the hash of no credential anybody can find.
const nobodys = 'A'.repeat(43)

/**
 * HMAC by its definition (RFC 2104), over Node's one-shot hash: two hashes, each of a pad made of the key and a text.
 * `createHmac` makes a stream with a native object behind it, whose making and collecting cost a busy server more than
 * all the rest of the check of a key.
 */
function hmac(text: string, pepper: Pepper): Buffer {
  const { inner, outer } = padsOf(pepper)
  return sha256(outer, sha256(inner, Buffer.from(text)))
}

// Asked for as a string: a Buffer would be made by way of one.
const sha256 = (head: Buffer, rest: Buffer): Buffer =>
  Buffer.from(digestOnce('sha256', Buffer.concat([head, rest]), 'binary'), 'binary')

/** The two pads of a pepper. Not a part of it: they are the key itself, which its KeyObject keeps out of logs. */
function padsOf(pepper: Pepper): Pads {
  const known = pads.get(pepper)
  if (known) return known
  const bytes = pepper.key.export()
  const key = Buffer.alloc(BLOCK)
  key.set(bytes.length > BLOCK ? createHash('sha256').update(bytes).digest() : bytes)
  const pad = (mask: number) => Buffer.from(key.map((byte) => byte ^ mask))
  const made = { inner: pad(0x36), outer: pad(0x5c) }
  pads.set(pepper, made)
  return made
}

interface Pads {
  inner: Buffer
  outer: Buffer
}

const pads = new WeakMap<Pepper, Pads>()

/** Bytes that SHA-256 takes at a time. */
const BLOCK = 64
