import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mint } from '@/lib/credentials'
import { searchText } from './search-text'

test('a credential is searched for by its hint, wherever it stands in what was pasted', () => {
  const { publicId, credential } = mint('api_key', 'lk')
  const secret = credential.reveal()
  for (const pasted of [secret, ` ${secret}\n`, `Authorization: Api-Key ${secret}`, `LATCHKEY_API_KEY="${secret}"`]) {
    expect(searchText(pasted)).toBe(`lk_${publicId}_…`)
  }
  expect(searchText(secret.slice(3))).toBe(`lk_${publicId}_…`)
  expect(searchText(secret.slice(16))).toBe('')
})

test('of a credential, 16 characters of the secret never pass', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat({ max: 15 }), (before, after, cut) => {
      const secret = mint('api_key', 'lk').credential.reveal()
      const found = searchText(`${before} ${secret.slice(cut)} ${after}`)
      for (let at = 16; at + 16 <= secret.length; at++) expect(found).not.toContain(secret.slice(at, at + 16))
    }),
    { numRuns: 200 },
  )
})

test('what is no credential stays as it is typed', () => {
  for (const text of ['', 'Zapier', 'my_subscription_service', 'lk_7Gh2kQpX9sLm_…', '株式会社', 'a b_c d']) {
    expect(searchText(text)).toBe(text)
  }
})
