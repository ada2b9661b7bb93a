/** How much of a name is shown to a reader who may not know the person behind it, in code points. */
const MAX = 60

/**
 * A name that somebody else chose, for a mail: at most 60 characters on one line, and nothing in it that a mail program
 * turns into a link. Dots, colons, slashes and at signs between other characters become spaces, in all the spellings that
 * browsers take for them (UTS 46, 4).
 */
export function plainName(name: string): string {
  // Compatible spellings first (such as full-width letters): programs that look for links may normalise too.
  const line = [...name.normalize('NFKC')].slice(0, 4 * MAX).join('')
  const words = line
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .split(/[\s\p{Z}]+/u)
    .map((word) => word.replace(/[.:/\\@。・‧⁄∕<>]+(?=[^.:/\\@。・‧⁄∕<>])/gu, ' '))
  const letters = [...words.join(' ').replace(/ {2,}/g, ' ').trim()]
  return letters.length > MAX
    ? `${letters
        .slice(0, MAX - 1)
        .join('')
        .trimEnd()}…`
    : letters.join('')
}
