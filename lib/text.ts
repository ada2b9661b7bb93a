import { z } from 'zod'

interface Field {
  /** How sentences about the field call it, such as "Label". */
  what: string
  /** The most code points allowed, counted after normalisation. */
  max?: number
}

/**
 * One line of human text, such as a label or a name: NFC, trimmed, 1 to `max` (100) code points. What could deceive a
 * reader or break a log is refused in one sentence: controls, bidi controls, lone surrogates, piles of accents, and
 * invisible characters other than those that hold an emoji together. Mark-up is text like any other.
 */
export const lineSchema = ({ what, max = 100 }: Field) =>
  humanText(what, max, [/[\p{Cc}\u2028\u2029]/u, 'a line break or control character']).min(
    1,
    `${what} is empty. Enter some text.`,
  )

/** Human text of several lines: as `lineSchema`, but line breaks (as LF) and tabs stay, it may be empty, `max` is 1,000. */
export const noteSchema = ({ what, max = 1000 }: Field) =>
  humanText(what, max, [/(?![\t\r\n])\p{Cc}|\r(?!\n)|[\u2028\u2029]/u, 'a control character'])

/** The address of a web site, written out by the URL standard: absolute, http or https, without user or password. */
export const siteSchema = ({ what }: Pick<Field, 'what'>) =>
  lineSchema({ what, max: 2000 })
    .overwrite((text) => webAddress(text) ?? text)
    .refine(webAddress, `${what} must be a full address, such as https://example.com.`)
    .max(2000, `${what} is too long. Shorten it to 2000 characters.`)

export const websiteSchema = siteSchema({ what: 'Website' })

/** Whom to reach at a third party, and how: a name, an e-mail address, a number. */
export const contactSchema = lineSchema({ what: 'Contact', max: 200 })

type Refusal = readonly [found: RegExp, name: string]

function humanText(what: string, max: number, controls: Refusal) {
  const problem = (text: string) => refusal(text, what, [controls, ...always])
  return (
    z
      .string({ error: (issue) => (issue.input === undefined ? `${what} is required.` : `${what} must be text.`) })
      // Before NFC, whose time grows with the square of the accents on one letter.
      .refine((text) => problem(text) === null, { error: (issue) => problem(issue.input as string) ?? '', abort: true })
      .normalize('NFC')
      .overwrite((text) => text.replaceAll('\r\n', '\n').trim())
      .refine((text) => [...text].length <= max, {
        error: `${what} is too long. Shorten it to ${max} characters.`,
        abort: true,
      })
  )
}

function refusal(text: string, what: string, refusals: Refusal[]): string | null {
  const withoutEmoji = text.replace(emoji, ' ')
  for (const [found, name] of refusals) {
    const character = found.exec(withoutEmoji)?.[0]
    if (character) return `${what} contains ${name} (${codePoint(character)}). Remove it.`
  }
  return null
}

const codePoint = (character: string) => `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`

const always: Refusal[] = [
  [/\p{Cs}/u, 'half of a character'],
  [/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u, 'a character that turns the direction of text'],
  // Joiners between letters (as in Persian) are among them: an invisible difference between two labels helps nobody.
  [/[\p{Default_Ignorable_Code_Point}\u2800\uFFF9-\uFFFB]|\p{Noncharacter_Code_Point}/u, 'an invisible character'],
  [/\p{M}{9}/u, 'more than 8 accents on one letter'],
]

/** Emoji with the invisible characters they are made of: flags of regions, joined pictures, styled digits (UTS #51). */
const picture = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}?[\uFE0E\uFE0F]?`
const regionFlag = String.raw`\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,6}\u{E007F}`
const emoji = new RegExp(String.raw`${regionFlag}|${picture}(?:\u200D${picture})*|[#*0-9]\uFE0F`, 'gu')

function webAddress(text: string): string | null {
  try {
    const url = new URL(text)
    return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null
  } catch {
    return null
  }
}
