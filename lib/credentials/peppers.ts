import { createSecretKey, type KeyObject } from 'node:crypto'

/** A server-side key for hashing credentials: without it, a stolen database says nothing about them. */
export interface Pepper {
  id: string
  key: KeyObject
}

/** The first pepper signs what is issued from now on; the others still verify what was issued before. */
export type Peppers = readonly [Pepper, ...Pepper[]]

/**
 * Reads `id:base64,id2:base64`, the form of `KEY_PEPPERS`.
 *
 * @throws Error saying which entry is wrong, in words that can follow "KEY_PEPPERS: ". Never repeats the value.
 */
export function parsePeppers(text: string): Peppers {
  const [first, ...others] = text.split(',').map(readEntry)
  const peppers: Peppers = [first as Pepper, ...others]
  const ids = peppers.map((pepper) => pepper.id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice) throw new Error(`names the id "${twice}" twice; give each entry an id of its own`)
  return peppers
}

function readEntry(entry: string, index: number): Pepper {
  const [, id, base64] = /^([0-9A-Za-z_-]{1,32}):([0-9A-Za-z+/_-]+={0,2})$/.exec(entry.trim()) ?? []
  if (!id || !base64) throw new Error(`entry ${index + 1} is not of the form id:base64`)
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length < 32) throw new Error(`entry "${id}" has ${bytes.length} bytes and needs at least 32; ${advice}`)
  if (new Set(bytes).size < 10 || /change.?me|example|secret|pepper/i.test(bytes.toString('latin1'))) {
    throw new Error(`entry "${id}" is an example value; ${advice}`)
  }
  return { id, key: createSecretKey(bytes) }
}

const advice = 'use for instance `openssl rand -base64 32`'
