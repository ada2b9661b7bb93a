import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emailSchema, normalizeEmail } from './email'

describe('threat 66: one address, one identity', () => {
  test.each([
    ['ada@example.com', 'ada@example.com'],
    ['  Ada.Lovelace+keys@Example.COM ', 'ada.lovelace+keys@example.com'],
    ['ada＠example.com', 'ada@example.com'],
    ['ａｄａ@ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
    ['ada@example。com', 'ada@example.com'],
    ['\u212Aate@example.com', 'kate@example.com'],
    ['ada@Bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@BU\u0308CHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@localhost', 'ada@localhost'],
    ['ada@mail.test', 'ada@mail.test'],
    ["o'brien@example.com", "o'brien@example.com"],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is %j', (typed, email) => {
    expect(normalizeEmail(typed)).toBe(email)
    expect(emailSchema.parse(typed)).toBe(email)
  })

  test('dots and tags make other addresses', () => {
    expect(normalizeEmail('a.da@example.com')).not.toBe(normalizeEmail('ada@example.com'))
  })

  test('what was accepted is one recipient, and accepted again, unchanged', () => {
    const part = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...'ab1.-+,@＠"<> \r\n;:%ßİıſé😀'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    })
    fc.assert(
      fc.property(part, part, (local, domain) => {
        const email = normalizeEmail(`${local}@${domain}.com`)
        if (email === null) return
        expect(email).toMatch(/^[!-~]+$/)
        expect(email).not.toMatch(/[",;:<>()[\]\\]|@.*@/)
        expect(normalizeEmail(email)).toBe(email)
      }),
    )
  })
})

describe('threat 66: refused', () => {
  test.each([
    ['nothing', ''],
    ['no @', 'ada.example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'ada@'],
    ['two @', 'ada@evil.example@example.com'],
    ['two @, one full-width', 'ada＠evil.example@example.com'],
    ['a list', 'ada@example.com,eve@example.com'],
    ['a list with a full-width comma', 'ada@example.com，eve@example.com'],
    ['a list by semicolon', 'ada@example.com;eve@example.com'],
    ['a quoted local part', '"ada,eve"@example.com'],
    ['a quoted @', '"ada@evil.example"@example.com'],
    ['a display name', 'Ada <ada@example.com>'],
    ['a comment', 'ada(eve)@example.com'],
    ['a header break', 'ada@example.com\r\nBcc: eve@example.com'],
    ['a trailing line break', 'ada@example.com\n'],
    ['NUL', 'ada\0@example.com'],
    ['a space', 'ada lovelace@example.com'],
    ['a space in the domain', 'ada@example .com'],
    ['an international local part', 'adà@example.com'],
    ['a Cyrillic look-alike', 'аda@example.com'],
    ['a dotless i', 'adaı@example.com'],
    ['a zero-width space', 'a\u200Bda@example.com'],
    ['a lone surrogate', 'ada\uD800@example.com'],
    ['a dot first', '.ada@example.com'],
    ['a dot last', 'ada.@example.com'],
    ['two dots', 'a..da@example.com'],
    ['no dot in the domain', 'ada@example'],
    ['a dot after the domain', 'ada@example.com.'],
    ['an empty label', 'ada@example..com'],
    ['a hyphen first', 'ada@-example.com'],
    ['an IP address', 'ada@127.0.0.1'],
    ['an IP address in disguise', 'ada@0x7f.1'],
    ['an IPv6 address', 'ada@[::1]'],
    ['a port', 'ada@example.com:25'],
    ['a path', 'ada@example.com/eve'],
    ['a look-alike of a slash', 'ada@exa\u2105.com'],
    ['a percent escape', 'ada@exam%70le.com'],
    ['a bang path', 'ada@evil!example.com'],
    ['a local part of 65', `${'a'.repeat(65)}@example.com`],
    ['more than 254 characters', `ada@${'a.'.repeat(124)}com`],
    ['a megabyte', `${'a'.repeat(1_000_000)}@example.com`],
  ])('%s', (_, text) => {
    expect(normalizeEmail(text)).toBeNull()
    const result = emailSchema.safeParse(text)
    expect(result.error?.issues.map((issue) => issue.message)).toEqual([
      'Email must be one address, such as ada@example.com.',
    ])
  })

  test('what is missing or no text', () => {
    expect(emailSchema.safeParse(undefined).error?.issues[0]?.message).toBe('Email is required.')
    expect(emailSchema.safeParse({ a: 1 }).error?.issues[0]?.message).toBe('Email must be text.')
  })
})
