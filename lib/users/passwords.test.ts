import { parseOptions } from '@node-rs/argon2'
import { describe, expect, test, vi } from 'vitest'
import * as argon2 from './argon2'
import { checkPassword, hashPassword, verifyPassword } from './passwords'

const ada = { email: 'ada.lovelace@analytical.example', name: 'Ada Lovelace' }

describe('hashPassword', () => {
  test("is argon2id with OWASP's parameters, salted anew each time", async () => {
    const [one, two] = [await hashPassword('tulip anchor mosaic'), await hashPassword('tulip anchor mosaic')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(two)
  })

  test('refuses what is too short or too long', async () => {
    await expect(hashPassword('x'.repeat(14))).rejects.toMatchObject({ code: 'validation_failed' })
    await expect(hashPassword('x'.repeat(257))).rejects.toMatchObject({ errors: { password: [expect.any(String)] } })
  })
})

describe('verifyPassword', () => {
  test.each([
    ['spaces at both ends', '  tulip anchor mosaic  ', 'tulip anchor mosaic'],
    ['composed or not', 'café tulip anchor mosaic', 'cafe\u0301 tulip anchor mosaic'],
    ['what follows NUL', 'tulip anchor\0mosaic', 'tulip anchor\0mosaik'],
    ['case', 'Tulip anchor mosaic', 'tulip anchor mosaic'],
    ['the last of 256 characters', `${'ab'.repeat(127)}yz`, `${'ab'.repeat(127)}yy`],
    ['the last of 256 emoji', `${'🎉'.repeat(255)}🎈`, '🎉'.repeat(256)],
  ])('keeps a password exactly: %s', async (_, password, other) => {
    const stored = await hashPassword(password)
    expect(await verifyPassword(stored, password)).toBe(true)
    expect(await verifyPassword(stored, other)).toBe(false)
  })

  test('does the same work when there is nobody', async () => {
    const verify = vi.spyOn(argon2, 'verify')
    expect(await verifyPassword(null, 'tulip anchor mosaic')).toBe(false)
    expect(verify).toHaveBeenCalledExactlyOnceWith(argon2.nobodysHash, 'tulip anchor mosaic')
    expect(parseOptions(argon2.nobodysHash)).toEqual(parseOptions(await hashPassword('tulip anchor mosaic')))
  })

  test('refuses a megabyte without hashing it', async () => {
    const verify = vi.spyOn(argon2, 'verify').mockClear()
    expect(await verifyPassword(null, 'x'.repeat(1_000_000))).toBe(false)
    expect(verify).not.toHaveBeenCalled()
  })
})

describe('checkPassword', () => {
  test.each([
    ['four words', 'velvet tractor mushroom pilot'],
    ['four other words', 'tulip-anchor-mosaic-ferry'],
    ['15 random characters', 'g1V8%VJ@8!0bXlK'],
    ['15 random letters', 'kqvzhwpjxtrbmfd'],
    ['64 random characters', '8fK2mQ9xL4vR7tB1nW6yZ3cD5gH0jP8sA2eU4iO6kM1qX9zT7rV3bN5wY0hJ2dF4'],
    ['another script', 'чайник зелёный мост гроза'],
    ['a short name inside other words', 'armada stencil quartz hinge'],
  ])('takes %s', (_, password) => {
    expect(checkPassword(password, ada)).toBeNull()
  })

  test.each([
    ['', 'Password has 0 characters. Use at least 15.'],
    ['g1V8%VJ@8!0bXl', 'Password has 14 characters. Use at least 15.'],
    ['🎉🎈🎂🎁', 'Password has 4 characters. Use at least 15.'],
    [`tulip anchor mosaic ${'x'.repeat(237)}`, 'Password is too long. Use at most 256 characters.'],
    ['🎉'.repeat(257), 'Password is too long. Use at most 256 characters.'],
    ['tulip anchor \uD83C mosaic', 'Password contains half of a character. Type it again.'],
  ])('threat 69: judges the length of %j', (password, sentence) => {
    expect(checkPassword(password, ada)).toBe(sentence)
  })

  test.each([
    ['aaaaaaaaaaaaaaaaaa', 'Repeated characters'],
    ['passwordpassword', 'Repeated character patterns'],
    ['ababababababababab', 'Repeated character patterns'],
    ['123456789012345', 'similar to a commonly used password'],
    ['abcdefghijklmnop', 'Common character sequences'],
    ['qwertyuiopasdfgh', 'similar to a commonly used password'],
    ['password1234567', 'similar to a commonly used password'],
    ['p4ssw0rd!p4ssw0rd!', 'Repeated character patterns'],
    ['               ', 'Repeated characters'],
    ['x'.repeat(256), 'Repeated characters'],
    ['Ada Ada Ada Ada ', 'easy to guess'],
    ['letmeinplease123', 'Common words, names and dates'],
    ['Summer-Winter-2026', 'easy to guess'],
  ])('threat 69: refuses the guessable %j and says why', (password, reason) => {
    const sentence = checkPassword(password, ada)
    expect(sentence).toContain(reason)
    expect(sentence).toMatch(/Choose four or more unrelated words\.$/)
  })

  test.each([
    ['latchkey velvet tractor', 'latchkey'],
    ['Latch-Key velvet tractor', 'latchkey'],
    ['ｌａｔｃｈｋｅｙ velvet tractor', 'latchkey'],
    ['ADA.LOVELACE velvet tractor', 'ada.lovelace'],
    ['velvet tractor adalovelace1815', 'ada.lovelace'],
    ['my lovelace velvet tractor', 'lovelace'],
    ['velvet analytical.example', 'analytical.example'],
  ])('threat 69: refuses names known to everybody in %j', (password, name) => {
    expect(checkPassword(password, ada)).toBe(
      `Password contains "${name}". Leave out your own names and that of this product.`,
    )
  })

  test('counts shorter names as known to a guesser', () => {
    expect(checkPassword('qvexpassword-2026', { email: 'zoe@qvex.example', name: 'Zoe' })).toMatch(/easy to guess/)
    expect(checkPassword('qvexpassword-2026', ada)).toBeNull()
  })

  test('costs no more than some ordinary ones for the longest and most hostile', () => {
    // Beside each other, since other work shares the machine. Without bounds, hostile ones take thousands of times as long.
    const quickest = (password: string) =>
      Math.min(...[1, 2, 3, 4].map(() => duration(() => checkPassword(password, ada))))
    const ordinary = quickest('velvet tractor mushroom pilot velvet tractor mushroom pilot two')
    const hostile = ['4@8({[3€6&#!1|0$5+7%2', '1', '1.', '0123456789', 'qwertyuiop', '$4@(1!|0', 'aA4@', '🎉💥']
    for (const piece of hostile) {
      const password = [...piece.repeat(256)].slice(0, 256).join('')
      expect(quickest(password), piece).toBeLessThan(4 * ordinary)
    }
  })
})

function duration(act: () => void): number {
  const begun = performance.now()
  act()
  return performance.now() - begun
}
