import 'server-only'
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { Pepper } from '@/lib/credentials/peppers'
import { env } from '@/lib/env'
import { once } from '@/lib/runtime'

/**
 * Encrypts what has to be read back later (AES-256-GCM, NIST SP 800-38D), under a key derived from the first pepper: a
 * stolen database says nothing without it. `place` names the row, so that no two can be exchanged.
 */
export function seal(text: string, place: string): string {
  const [pepper] = env().peppers
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFrom(pepper), iv).setAAD(Buffer.from(place))
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${pepper.id}.${sealed.toString('base64url')}`
}

/** Reads what `seal` made in the same place; null when its pepper is no longer configured, or for anything else. */
export function unseal(sealed: string, place: string): string | null {
  const [pepperId, text = ''] = sealed.split('.', 2)
  const pepper = env().peppers.find(({ id }) => id === pepperId)
  const bytes = Buffer.from(text, 'base64url')
  if (!pepper || bytes.length < 28) return null
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyFrom(pepper), bytes.subarray(0, 12))
      .setAAD(Buffer.from(place))
      .setAuthTag(bytes.subarray(-16))
    return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null
  }
}

/**
 * Keyed hashes of something too short for a plain one, under each pepper; the first is the one to store. `kind` says
 * what it is, such as `user code`, so that no kind passes for another.
 */
export const keyedHashes = (kind: string, text: string): [string, ...string[]] =>
  env().peppers.map(({ key }) => createHmac('sha256', key).update(`${kind} ${text}`).digest('base64url')) as [
    string,
    ...string[],
  ]

const keyFrom = (pepper: Pepper): Buffer =>
  once(`sealing-key-${pepper.id}`, () => Buffer.from(hkdfSync('sha256', pepper.key, '', 'latchkey sealing', 32)))
