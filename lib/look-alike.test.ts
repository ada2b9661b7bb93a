import { expect, test } from 'vitest'
import { looksLikeSite } from './look-alike'

test.each([
  'Latchkey',
  'latchkey',
  'LATCHKEY',
  ' Latchkey ',
  'Latch key',
  'Latch-Key',
  'L a t c h k e y',
  'L.A.T.C.H.K.E.Y.',
  'Latchkey Support',
  'Latchkey Inc',
  'The Latchkey Team',
  'Sign in (Latchkey)',
  'Latchkey’s own',
  'LatchkeySupport',
  'latchkeysupport',
  'MYLATCHKEY',
  'Latchkey2',
  'Latchkey 365',
])('the site’s own name: %s', (name) => expect(looksLikeSite(name)).toBe(true))

test.each([
  ['a Cyrillic a', 'L\u0430tchkey'],
  ['all Cyrillic that looks so', 'L\u0430t\u0441h\u043a\u0435\u0443'],
  ['Cyrillic small t', 'La\u0442chkey'],
  ['a Cherokee L', '\u13deatchkey'],
  ['a Greek gamma for y', 'Latchke\u03b3'],
  ['a capital I for l', 'Iatchkey'],
  ['a 1 for l', '1atchkey Support'],
  ['a bar for l', '|atchkey'],
  ['accents', 'Lätchkéy'],
  ['a stroke', 'Łatchkey'],
  ['a pile of accents', 'L̲a̲t̲c̲h̲k̲e̲y̲'],
  ['mathematical letters', '𝐋𝐚𝐭𝐜𝐡𝐤𝐞𝐲'],
  ['script letters', '𝓛𝓪𝓽𝓬𝓱𝓴𝓮𝔂'],
  ['full-width letters', 'Ｌａｔｃｈｋｅｙ'],
  ['letters in circles', 'Ⓛⓐⓣⓒⓗⓚⓔⓨ'],
  ['small capitals', 'ʟᴀᴛᴄʜᴋᴇʏ'],
  ['a space of no width', 'Latch\u200bkey'],
  ['a joiner', 'Latch\u200dkey'],
  ['a soft hyphen', 'Latch\u00adkey'],
  ['a no-break space', 'Latch\u00a0key'],
])('a look-alike: %s', (_, name) => expect(looksLikeSite(name)).toBe(true))

test.each([
  '',
  'Zapier',
  'Latch',
  'Key',
  'Keys',
  'Patchkey',
  'Latchkev',
  'Billing',
  'Ada’s project',
  'Ключ',
  '鍵',
  '🔑',
])('another name: %s', (name) => expect(looksLikeSite(name)).toBe(false))

test('a short name is looked for as a word, and not inside of words', () => {
  expect(looksLikeSite('Keystone', 'Keys')).toBe(false)
  expect(looksLikeSite('Monkeys', 'Keys')).toBe(false)
  for (const name of ['Keys', 'KEYS', 'My keys', 'K-eys', 'Kеys']) expect(looksLikeSite(name, 'Keys')).toBe(true)
})

test('a name with letters that look like two', () => {
  for (const name of ['Acme', 'ACME', 'Acrne', 'ᴀᴄᴍᴇ', 'Асме'])
    expect([name, looksLikeSite(name, 'Acme')]).toEqual([name, true])
  expect(looksLikeSite('Pacmen', 'Acme')).toBe(false)
})

test('a name of several words, with an I and a digit', () => {
  for (const name of ['Inbox 3000', 'INBOX3000', 'inbox-3000', 'lnbox 3OOO', 'Inbox  3000 Help']) {
    expect([name, looksLikeSite(name, 'Inbox 3000')]).toEqual([name, true])
  }
  expect(looksLikeSite('Inbox', 'Inbox 3000')).toBe(false)
})
