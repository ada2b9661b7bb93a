import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contactSchema, lineSchema, noteSchema, websiteSchema } from './text'

const label = lineSchema({ what: 'Label' })
const note = noteSchema({ what: 'Note' })

/** The accepted value, or the sentences that refuse it. */
function judged(schema: typeof label, text: unknown): string | string[] {
  const result = schema.safeParse(text)
  return result.success ? result.data : result.error.issues.map((issue) => issue.message)
}

describe('a line', () => {
  test.each([
    ['Acme billing'],
    ['<script>alert(1)</script>'],
    ["Robert'); DROP TABLE api_keys;--"],
    ['日本語のラベル'],
    ['שלום עולם'],
    ['نام'],
    ['नमस्ते'],
    ['ทั้งหมดนี้'],
    ['Zürich – Genève'],
    ['👩🏽‍❤️‍💋‍👨🏻 and 🏳️‍🌈'],
    ['🏴‍☠️ 👁️‍🗨️ 🕵🏽‍♂️ ❤︎ 1️⃣ ©️'],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇨🇭'],
    ['inner  spaces'],
  ])('keeps %j exactly', (text) => {
    expect(judged(label, text)).toBe(text)
  })

  test('is trimmed and put in NFC', () => {
    expect(judged(label, ' \u3000Cafe\u0301\u00A0 ')).toBe('Café')
  })

  test('counts code points, after NFC', () => {
    expect(judged(label, '🎉'.repeat(100))).toBe('🎉'.repeat(100))
    expect(judged(label, '🎉'.repeat(101))).toEqual(['Label is too long. Shorten it to 100 characters.'])
    expect(judged(label, 'e\u0301'.repeat(100))).toBe('é'.repeat(100))
    expect(judged(label, '👨‍👩‍👧‍👦'.repeat(14))).toBe('👨‍👩‍👧‍👦'.repeat(14))
    expect(judged(label, '👨‍👩‍👧‍👦'.repeat(15))).toEqual(['Label is too long. Shorten it to 100 characters.'])
    expect(judged(lineSchema({ what: 'Name', max: 3 }), 'abcd')).toEqual([
      'Name is too long. Shorten it to 3 characters.',
    ])
  })

  test('is not empty, missing or something else', () => {
    expect(judged(label, '')).toEqual(['Label is empty. Enter some text.'])
    expect(judged(label, ' \u2003 ')).toEqual(['Label is empty. Enter some text.'])
    expect(judged(label, undefined)).toEqual(['Label is required.'])
    expect(judged(label, 7)).toEqual(['Label must be text.'])
  })

  test.each([
    ['NUL', '\0', 'a line break or control character (U+0000)'],
    ['a line feed', '\n', 'a line break or control character (U+000A)'],
    ['a carriage return', '\r', 'a line break or control character (U+000D)'],
    ['a tab', '\t', 'a line break or control character (U+0009)'],
    ['escape', '\u001B[31m', 'a line break or control character (U+001B)'],
    ['a C1 control', '\u0085', 'a line break or control character (U+0085)'],
    ['a line separator', '\u2028', 'a line break or control character (U+2028)'],
    ['a paragraph separator', '\u2029', 'a line break or control character (U+2029)'],
    ['a high surrogate alone', '\uD83C', 'half of a character (U+D83C)'],
    ['a low surrogate alone', '\uDF89', 'half of a character (U+DF89)'],
    ['a right-to-left override', '\u202E', 'a character that turns the direction of text (U+202E)'],
    ['an isolate', '\u2066', 'a character that turns the direction of text (U+2066)'],
    ['a right-to-left mark', '\u200F', 'a character that turns the direction of text (U+200F)'],
    ['an Arabic letter mark', '\u061C', 'a character that turns the direction of text (U+061C)'],
    ['a zero-width space', '\u200B', 'an invisible character (U+200B)'],
    ['a word joiner', '\u2060', 'an invisible character (U+2060)'],
    ['a byte order mark', '\uFEFF', 'an invisible character (U+FEFF)'],
    ['a soft hyphen', '\u00AD', 'an invisible character (U+00AD)'],
    ['a non-joiner', '\u200C', 'an invisible character (U+200C)'],
    ['a joiner between letters', '\u200D', 'an invisible character (U+200D)'],
    ['a joiner between digits', '1\u200D2', 'an invisible character (U+200D)'],
    ['a joiner before an emoji', '\u200D🎉', 'an invisible character (U+200D)'],
    ['a joiner after an emoji', '🎉\u200D', 'an invisible character (U+200D)'],
    ['two joiners in an emoji', '👩\u200D\u200D👩', 'an invisible character (U+200D)'],
    ['a variation selector after a letter', '\uFE0F', 'an invisible character (U+FE0F)'],
    ['two variation selectors', '❤\uFE0F\uFE0F', 'an invisible character (U+FE0F)'],
    ['a Hangul filler', '\u3164', 'an invisible character (U+3164)'],
    ['tags without a flag', '\u{E0041}\u{E0042}', 'an invisible character (U+E0041)'],
    ['a message in the tags of a flag', `🏴${'\u{E0061}'.repeat(40)}\u{E007F}`, 'an invisible character (U+E0061)'],
    ['a noncharacter', '\uFFFE', 'an invisible character (U+FFFE)'],
    ['nine accents', '\u0301\u0316'.repeat(5), 'more than 8 accents on one letter (U+0301)'],
  ])('refuses %s, wherever it stands', (_, bad, name) => {
    for (const text of [`${bad}b`, `a${bad}b`, `a${bad}`]) {
      expect(judged(label, text)).toEqual([`Label contains ${name}. Remove it.`])
    }
  })

  test('takes eight accents on one letter', () => {
    expect(judged(label, `x${'\u0316'.repeat(8)}`)).toBe(`x${'\u0316'.repeat(8)}`)
  })

  test('is refused or kept for good: what was accepted is accepted again, unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const first = label.safeParse(text)
        if (first.success) expect(judged(label, first.data)).toBe(first.data)
      }),
    )
  })

  test.each([
    ['accents', `a${'\u0301\u0316'.repeat(500_000)}`],
    ['spaces', `a${' '.repeat(1_000_000)}b`],
    ['joined emoji', '👩\u200D'.repeat(300_000)],
  ])('a megabyte of %s is refused fast', (_, text) => {
    const begun = performance.now()
    expect(label.safeParse(text).success).toBe(false)
    expect(performance.now() - begun).toBeLessThan(500)
  })
})

describe('a note', () => {
  test('keeps line breaks, as LF, and tabs', () => {
    expect(judged(note, '\r\nFirst\r\n\tsecond 🎉\n\n')).toBe('First\n\tsecond 🎉')
    expect(judged(note, ' ')).toBe('')
  })

  test('refuses what a line refuses otherwise', () => {
    expect(judged(note, 'a\rb')).toEqual(['Note contains a control character (U+000D). Remove it.'])
    expect(judged(note, 'a\0b')).toEqual(['Note contains a control character (U+0000). Remove it.'])
    expect(judged(note, 'a\u2028b')).toEqual(['Note contains a control character (U+2028). Remove it.'])
    expect(judged(note, 'a\u202Eb')).toEqual([
      'Note contains a character that turns the direction of text (U+202E). Remove it.',
    ])
    expect(judged(note, 'é'.repeat(1001))).toEqual(['Note is too long. Shorten it to 1000 characters.'])
  })
})

describe('a web site', () => {
  test.each([
    [' https://Example.com ', 'https://example.com/'],
    ['http://localhost:3000/a b', 'http://localhost:3000/a%20b'],
    ['https://bücher.example/ü?q=1#x', 'https://xn--bcher-kva.example/%C3%BC?q=1#x'],
  ])('takes %j as %j', (text, website) => {
    expect(judged(websiteSchema, text)).toBe(website)
    expect(judged(websiteSchema, website)).toBe(website)
  })

  test.each([
    'example.com',
    '/path',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://example.com',
    'https://user@example.com',
    'https://user:password@example.com',
    'https://:password@example.com',
    'https://',
  ])('refuses %j', (text) => {
    expect(judged(websiteSchema, text)).toEqual(['Website must be a full address, such as https://example.com.'])
  })

  test('refuses hidden characters and what is too long, also once it is written out', () => {
    expect(judged(websiteSchema, 'https://exam\nple.com')).toEqual([
      'Website contains a line break or control character (U+000A). Remove it.',
    ])
    for (const path of ['a'.repeat(2000), 'ü'.repeat(1000)]) {
      expect(judged(websiteSchema, `https://example.com/${path}`)).toEqual([
        'Website is too long. Shorten it to 2000 characters.',
      ])
    }
  })
})

test('a contact is a line of up to 200 characters', () => {
  expect(judged(contactSchema, 'Ada <ada@example.com>, +41 44 000 00 00')).toBe(
    'Ada <ada@example.com>, +41 44 000 00 00',
  )
  expect(judged(contactSchema, 'x'.repeat(201))).toEqual(['Contact is too long. Shorten it to 200 characters.'])
})
