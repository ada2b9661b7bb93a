import { createHmac, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Concealed } from './concealed'
import { hash, matches } from './hash'
import { mint } from './mint'
import { parsePeppers } from './peppers'

const bytes = randomBytes(32)
const [pepper, older] = parsePeppers(`2:${bytes.toString('base64')},1:${randomBytes(48).toString('base64url')}`)
const { credential } = mint('api_key', 'lk')

describe('hash', () => {
  test('is HMAC-SHA-256 of the whole credential', () => {
    const expected = createHmac('sha256', bytes).update(credential.reveal()).digest('base64url')
    expect(hash(credential, pepper).reveal()).toBe(expected)
  })

  test('whatever the length of the pepper and of the text', () => {
    for (const length of [32, 63, 64, 65, 200]) {
      const key = randomBytes(length)
      const [pepper] = parsePeppers(`1:${key.toString('base64')}`)
      for (const text of ['', 'é€😀', 'x'.repeat(1_000)]) {
        const expected = createHmac('sha256', key).update(text).digest('base64url')
        expect(hash(new Concealed('secret', text), pepper).reveal()).toBe(expected)
      }
    }
  })

  test('is not printed by accident', () => {
    expect(inspect([hash(credential, pepper)])).toBe('[ [secret hash] ]')
  })
})

describe('matches', () => {
  const stored = hash(credential, pepper).reveal()

  test('only the same credential under the same pepper', () => {
    expect(matches(credential.reveal(), stored, pepper)).toBe(true)
    expect(matches(mint('api_key', 'lk').credential.reveal(), stored, pepper)).toBe(false)
    expect(matches(`${credential.reveal()} `, stored, pepper)).toBe(false)
    expect(matches(credential.reveal(), stored, older as typeof pepper)).toBe(false)
  })

  test('nothing when no row was found or the stored hash is damaged', () => {
    expect(matches(credential.reveal(), null, pepper)).toBe(false)
    for (const damaged of ['', stored.slice(0, -2), 'é'.repeat(43)]) {
      expect(matches(credential.reveal(), damaged, pepper)).toBe(false)
    }
  })
})
