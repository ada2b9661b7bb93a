import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checksum } from './checksum'
import { hint, type Kind, parse } from './format'
import { mint } from './mint'
import { base62 } from './random'

const kinds: Kind[] = ['api_key', 'access_token', 'refresh_token', 'client_secret']
const kind = fc.constantFrom(...kinds)
const brand = fc.string({ unit: fc.constantFrom(...base62), minLength: 2, maxLength: 8 })
const fresh = (kind: Kind = 'api_key') => mint(kind, 'lk').credential.reveal()

describe('checksum', () => {
  test('is CRC-32 in six characters of base62', () => {
    // The check value of CRC-32 is cbf43926 for "123456789".
    expect(numberOf(checksum('123456789'))).toBe(0xcbf43926)
    expect(checksum('')).toBe('000000')
  })

  test('agrees with zlib', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...base62, '_') }), (text) => {
        expect(numberOf(checksum(text))).toBe(crc32(text))
      }),
    )
  })
})

describe('parse', () => {
  test('reads back what mint made, for every kind and brand', () => {
    fc.assert(
      fc.property(kind, brand, (kind, brand) => {
        const { publicId, credential } = mint(kind, brand)
        expect(parse(credential.reveal(), brand)).toEqual({ kind, publicId })
      }),
    )
  })

  test('refuses any single character changed', () => {
    const key = fresh()
    for (let at = 0; at < key.length; at++) {
      for (const other of `${base62}_-. \n`) {
        if (other !== key[at]) expect(parse(key.slice(0, at) + other + key.slice(at + 1), 'lk')).toBeNull()
      }
    }
  })

  test('refuses any character removed, doubled or added, and any two swapped', () => {
    const key = fresh('access_token')
    for (let at = 0; at < key.length; at++) {
      expect(parse(key.slice(0, at) + key.slice(at + 1), 'lk')).toBeNull()
      expect(parse(key.slice(0, at) + key[at] + key.slice(at), 'lk')).toBeNull()
      for (let to = at + 1; to < key.length; to++) {
        if (key[at] !== key[to]) expect(parse(swapped(key, at, to), 'lk')).toBeNull()
      }
    }
  })

  test('refuses another brand and another case', () => {
    expect(parse(fresh(), 'acme')).toBeNull()
    expect(parse(fresh().toLowerCase(), 'lk')).toBeNull()
    expect(parse(mint('api_key', 'acme').credential.reveal(), 'lk')).toBeNull()
  })

  test('refuses anything else without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(parse(text, 'lk')).toBeNull()
      }),
    )
  })

  test('refuses long text without reading it', () => {
    const long = [fresh() + '0'.repeat(8192), '_'.repeat(8192), `lk_${'a'.repeat(8192)}`, '\0'.repeat(1_000_000)]
    expect(long.map((text) => parse(text, 'lk'))).toEqual([null, null, null, null])
    // Beside what a good one costs, since other work shares the machine: reading a megabyte is thousands of that.
    const good = fresh()
    const cost = (texts: string[]) => {
      const begun = performance.now()
      for (let i = 0; i < 5_000; i++) for (const text of texts) parse(text, 'lk')
      return performance.now() - begun
    }
    cost([good])
    expect(cost(long)).toBeLessThan(20 * cost([good, good, good, good]))
  })
})

test('hint shows the public id and nothing of the secret', () => {
  expect(hint('lk', 'api_key', '7Gh2kQpX9sLm')).toBe('lk_7Gh2kQpX9sLm_…')
  expect(hint('acme', 'client_secret', '7Gh2kQpX9sLm')).toBe('acmes_7Gh2kQpX9sLm_…')
})

const numberOf = (digits: string) => [...digits].reduce((sum, digit) => sum * 62 + base62.indexOf(digit), 0)

function swapped(text: string, a: number, b: number): string {
  const letters = [...text]
  ;[letters[a], letters[b]] = [letters[b] as string, letters[a] as string]
  return letters.join('')
}
