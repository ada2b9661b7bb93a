import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { type CallExpression, type NewExpression, parseSync, Visitor } from 'oxc-parser'
import { expect, test } from 'vitest'
import { z } from 'zod'

// One slow expression stops the whole process: there is one thread. So every expression of the source must take time
// that grows with the text and not with its square, whatever the text is.

/** Where text that a client chose can arrive. */
const roots = ['app', 'bin', 'components', 'db', 'lib', 'server.ts']

/** Expressions that are not timed, as their file and text, each with the reason why no client can make them slow. */
const exempt: Record<string, string> = {
  "lib/look-alike.ts new RegExp(`[${[...smallCapitals.keys()].join('')}]`, 'gu')": 'one class, tried once a character',
}

const SMALL = 32 * 1024
const LARGE = 64 * 1024
/** What twice the text may take: a square would take four times as long. */
const MOST_TIMES = 3
/** Below it, in ms, the clock and the collector tell more of the machine than of the expression. */
const FLOOR_MS = 10
/** What one try may take, in ms, before it is given up as slow. */
const PATIENCE_MS = 150

/** How much of a match is made from an expression, in characters. */
const MOST_SAMPLE = 30

/** Runs of characters and of pairs that classes, boundaries and lookaheads stumble over. */
const fills = ['a', 'A-', '0', '_', ' ', '\t', '\r\n', ';"', '="', '%2f', './', '\u0301😀']

interface Expression {
  file: string
  line: number
  /** Null for one that only a run of the program could tell. */
  expression: RegExp | null
  text: string
}

const found = roots.flatMap(sourceFiles).flatMap(expressionsOf)

test('the walk finds literals, and expressions that are put together', () => {
  const sources = found.map(({ file, expression }) => `${file} ${expression?.source}`)
  expect(sources).toContain(String.raw`lib/search.ts [\\%_]`)
  expect(sources.some((source) => source.startsWith(String.raw`lib/text.ts \u{1F3F4}[\u{E0030}`))).toBe(true)
  expect(found.length).toBeGreaterThan(100)
})

test('every expression can be told from the source', () => {
  const untold = found.filter((each) => each.expression === null && !(nameOf(each) in exempt))
  expect(untold.map(({ file, line, text }) => `${file}:${line} ${text}`)).toEqual([])
})

test('no expression takes four times as long for twice the text', () => {
  const slow = found.flatMap((each) => {
    const { file, line, expression } = each
    if (!expression || nameOf(each) in exempt) return []
    const text = slowOn(expression)
    return text === null ? [] : [`${file}:${line} ${expression} is slow on ${JSON.stringify(text)}`]
  })
  expect(slow).toEqual([])
}, 120_000)

test('nor does one of those by which zod knows the formats that clients send', () => {
  const { ipv4, ipv6, cidrv4, cidrv6, date, datetime } = z.core.regexes
  for (const each of [ipv4, ipv6, cidrv4, cidrv6, date, datetime({ offset: true })]) {
    expect([each, slowOn(each)]).toEqual([each, null])
  }
}, 60_000)

test('nothing is exempt that is no longer there', () => {
  const known = new Set(found.map(nameOf))
  expect(Object.keys(exempt).filter((each) => !known.has(each))).toEqual([])
})

test('the measure tells slow expressions from others', () => {
  const slow = [
    /\s+$/,
    /^(a|a)*$/,
    /%.*$/,
    /[;\t][\s"]*(?=[=+])/g,
    /[\w-]+-Google/i,
    /\bVersion\/[\d.]+ .*\bSafari\//,
    /^application\/json *(; *charset="?utf-8"?)? *$/i,
  ]
  for (const each of slow) expect([each, slowOn(each)]).toEqual([each, expect.anything()])
  const quick = [/^\s+/, /\s/g, /^[a-z]+@[a-z]+$/, /a|b|c/g, /^application\/json *(?:; *charset=utf-8 *)?$/i]
  for (const each of quick) expect([each, slowOn(each)]).toEqual([each, null])
}, 60_000)

function nameOf({ file, text }: Expression): string {
  return `${file} ${text}`
}

interface Hostile {
  start: string
  /** What comes again and again behind it. */
  fill: string
  /** What nothing may match: dots do not go past a line break, and most classes not past a null. */
  end: string
}

/** The text on which an expression is slow, wherever in the text it begins; null if there is none. */
function slowOn({ source, flags }: RegExp): Hostile | null {
  const everywhere = new RegExp(source, `${flags.replace(/[gy]/g, '')}g`)
  const sample = [...sampleOf(source)].slice(0, MOST_SAMPLE)
  const starts = sample.map((_, at) => sample.slice(0, at).join(''))
  const texts = [
    ...fills.map((fill) => ({ start: '', fill })),
    // Past its own first characters, an expression stumbles over more.
    ...starts.slice(1).map((fill) => ({ start: '', fill })),
    ...sample.map((fill, at) => ({ start: starts[at] ?? '', fill })),
  ].flatMap((text) => ['\0', '\n\0'].map((end) => ({ ...text, end })))
  // Again and again, since a busy machine makes anything look slow for a while.
  return texts.find((text) => [1, 4, 12].every((repeats) => isSlow(everywhere, text, repeats))) ?? null
}

function isSlow(expression: RegExp, { start, fill, end }: Hostile, repeats: number): boolean {
  const text = (length: number) => start + fill.repeat(Math.ceil(length / fill.length)) + end
  const large = leastTime(expression, text(LARGE), repeats)
  if (large <= MOST_TIMES * FLOOR_MS) return false
  return large === PATIENCE_MS || large > MOST_TIMES * Math.max(leastTime(expression, text(SMALL), repeats), FLOOR_MS)
}

const context = createContext()

/** In ms, at most `PATIENCE_MS`. The least of some, since whatever else the machine does only adds to it. */
function leastTime(expression: RegExp, text: string, repeats: number): number {
  Object.assign(context, { expression, text })
  let least = PATIENCE_MS
  for (let round = 0, givenUp = 0; round < repeats && givenUp < 2; round++) {
    const started = performance.now()
    try {
      // In a context, since nothing else can end an expression that goes on.
      runInContext("text.replace(expression, '')", context, { timeout: PATIENCE_MS })
    } catch {
      givenUp++
      continue
    }
    least = Math.min(least, performance.now() - started)
  }
  return least
}

/** Something close to what an expression looks for: each class by its first character, nothing twice. */
function sampleOf(source: string): string {
  const escapes: Record<string, string> = { d: '1', w: 'a', s: ' ', t: '\t', r: '\r', n: '\n', b: '', B: '' }
  const escaped = (letter: string) => escapes[letter] ?? (/[SDWPpukx]/.test(letter) ? 'a' : letter)
  return source.replace(
    /\\[pPu]\{[^}]*\}|\\u.{4}|\\x..|\\(.)|\[(\^?)\\?((?:\\.|[^\]\\])+)\]|\(\?(?:<?[=!]|:|<\w+>)|[()|^$*+?]|\{\d+(?:,\d*)?\}/g,
    (token, letter?: string, not?: string, members?: string) => {
      if (letter) return escaped(letter)
      if (members) return not ? 'a' : (escapes[members[0] ?? ''] ?? members[0] ?? '')
      return token.startsWith('\\') ? 'a' : ''
    },
  )
}

function sourceFiles(root: string): string[] {
  if (!statSync(root).isDirectory()) return [root]
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|d)\.tsx?$/.test(file))
    .map((file) => join(root, file))
}

function expressionsOf(file: string): Expression[] {
  const code = readFileSync(file, 'utf8')
  const { program, errors } = parseSync(file, code)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const expressions: Expression[] = []
  const texts: string[] = []
  const add = (node: { start: number; end: number }, tell: (text: string) => RegExp | null) => {
    const text = code.slice(node.start, node.end)
    expressions.push({ file, line: code.slice(0, node.start).split('\n').length, expression: tell(text), text })
  }
  const put = (node: NewExpression | CallExpression) => {
    const { callee } = node
    if (callee.type === 'Identifier' && callee.name === 'RegExp') add(node, (text) => evaluate(texts, text))
  }
  new Visitor({
    Literal(node) {
      if ('regex' in node) add(node, (text) => evaluate([], text))
    },
    VariableDeclarator({ init, ...node }) {
      // Text that expressions are put together from.
      if (init && /^(Literal|TemplateLiteral|TaggedTemplateExpression)$/.test(init.type)) {
        texts.push(`var ${code.slice(node.start, node.end)}`)
      }
    },
    NewExpression: put,
    CallExpression: put,
  }).visit(program)
  return expressions
}

/** The expression that `text` makes, where the texts that it names are texts of the same file. */
function evaluate(texts: string[], text: string): RegExp | null {
  const context = createContext()
  for (const each of texts) {
    try {
      runInContext(each, context, { timeout: 1_000 })
    } catch {
      // It needs more than text. An expression that is put together from it fails below.
    }
  }
  try {
    const { source, flags } = runInContext(text, context, { timeout: 1_000 }) as RegExp
    return new RegExp(source, flags)
  } catch {
    return null
  }
}
