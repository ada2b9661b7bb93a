import unhomoglyph from 'unhomoglyph'
import { siteName } from './site-name'

/** Site names of fewer letters begin ordinary words, such as "keys" does "keystone". */
const LONG_ENOUGH = 6

/**
 * Whether people would take `name` for the site's own: it holds the site's name as words ("Latchkey Support", "Latch-Key"),
 * or inside a word if the site's name has six letters or more ("MYLATCHKEY"). Compared as it looks, by the confusables of
 * Unicode (UTS #39, 4) and without case, accents, spaces, signs and invisible characters: "Lаtchkеy", "LATCHKEY", "ʟᴀᴛᴄʜᴋᴇʏ".
 * Digits in place of letters that do not look alike ("L4tchkey") are not seen.
 */
export function looksLikeSite(name: string, site = siteName()): boolean {
  // Each capital I looks like an l, and each is also an i: a name is compared both ways.
  return [site, site.toLowerCase()].some((own) => {
    const wanted = wordsOf(own).join('')
    if (wanted === '') return false
    return [name, name.toLowerCase()].some((given) => holds(wordsOf(given), wanted))
  })
}

/** Whether consecutive words make `wanted` together. */
function holds(words: readonly string[], wanted: string): boolean {
  if (wanted.length >= LONG_ENOUGH && words.some((word) => word.includes(wanted))) return true
  return words.some((_, from) => {
    let joined = ''
    for (const word of words.slice(from)) {
      joined += word
      if (joined === wanted) return true
      if (joined.length > wanted.length) return false
    }
    return false
  })
}

/** The words of a name as they look, in lower case. "LatchkeySupport" and "Latchkey2" are two each. */
const wordsOf = (text: string): string[] =>
  skeleton(text.normalize('NFKC').replace(/(?<=\p{Ll})(?=\p{Lu})|(?<=\p{L})(?=\p{N})/gu, ' '))
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)

/** UTS #39's skeleton, and what it leaves apart although it looks alike at a glance: case, accents, small capitals. */
function skeleton(text: string): string {
  const bare = unhomoglyph(text.replace(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFD'))
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
  // Once more, for what only now is a letter of the table.
  return unhomoglyph(bare.replace(smallCapital, (letter) => smallCapitals.get(letter) ?? letter).toLowerCase())
}

const smallCapitals = new Map(
  Object.entries({ a: 'ᴀ', b: 'ʙв', c: 'ᴄ', d: 'ᴅ', e: 'ᴇ', f: 'ꜰ', g: 'ɢ', h: 'ʜн', i: 'ɪ', j: 'ᴊ', k: 'ᴋĸк', l: 'ʟ' })
    .concat(
      Object.entries({ m: 'ᴍмʍ', n: 'ɴ', o: 'ᴏ', p: 'ᴘ', q: 'ꞯ', r: 'ʀ', s: 'ꜱ', t: 'ᴛт', u: 'ᴜ', v: 'ᴠ', w: 'ᴡ' }),
    )
    .concat(Object.entries({ y: 'ʏ', z: 'ᴢ' }))
    .flatMap(([letter, forms]) => [...forms].map((form): [string, string] => [form, letter])),
)
const smallCapital = new RegExp(`[${[...smallCapitals.keys()].join('')}]`, 'gu')
