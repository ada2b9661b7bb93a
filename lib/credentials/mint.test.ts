import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { mint } from './mint'
import { base62, randomBase62, randomId } from './random'

describe('mint', () => {
  test.each([
    ['api_key', 'lk_'],
    ['access_token', 'lka_'],
    ['refresh_token', 'lkr_'],
    ['client_secret', 'lks_'],
  ] as const)('%s begins with %s and has the published form', (kind, begin) => {
    const { publicId, credential } = mint(kind, 'lk')
    expect(`see ${credential.reveal()}, now`).toMatch(/\blk[ars]?_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\b/)
    expect(credential.reveal().startsWith(`${begin}${publicId}_`)).toBe(true)
  })

  test('makes no two alike in a million', () => {
    const publicIds = new Set<string>()
    const secrets = new Set<string>()
    for (let i = 0; i < 1_000_000; i++) {
      const { publicId, credential } = mint('api_key', 'lk')
      publicIds.add(publicId)
      secrets.add(credential.reveal().slice(16, 59))
    }
    expect(publicIds.size).toBe(1_000_000)
    expect(secrets.size).toBe(1_000_000)
  }, 60_000)

  test('gives a credential that nothing prints by accident', () => {
    const { credential } = mint('api_key', 'lk')
    const seen = [String(credential), `${credential}`, JSON.stringify({ credential }), inspect({ credential })]
    expect(seen).toEqual(['[secret]', '[secret]', '{"credential":"[secret]"}', '{ credential: [secret] }'])
    expect(JSON.stringify([structuredClone(credential), { ...credential }, Object.entries(credential)])).not.toContain(
      credential.reveal().slice(16),
    )
  })
})

describe('random', () => {
  test('uses every character equally often', () => {
    const counts = new Map([...base62].map((character) => [character, 0]))
    for (let i = 0; i < 62; i++) {
      for (const character of randomBase62(10_000)) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    // 10,000 expected of each, with a standard deviation of 100: seven of them away is a defect, not chance.
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(700)
    expect(counts.size).toBe(62)
  })

  test('an id has 21 characters that need no escaping in a URL', () => {
    expect(randomId()).toMatch(/^[0-9A-Za-z]{21}$/)
    expect(randomId(8)).toHaveLength(8)
    expect(randomId()).not.toBe(randomId())
  })
})
