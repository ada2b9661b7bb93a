import { isFailure } from '../errors'

/** The columns of lists, since their rows know more than fits a line. Nested members are named with a dot. */
const columns: Record<string, string[]> = {
  'keys list': ['id', 'label', 'thirdParty.name', 'hint', 'status', 'createdAt', 'lastUsedAt', 'expiresAt'],
  'apps list': ['id', 'name', 'kind', 'status', 'verified', 'people', 'createdAt'],
}

/** What a command answered, for people: a table for a list, a line per member for a record. Ends with a line break. */
export function humanText(command: string, result: unknown): string {
  const rows = rowsOf(result)
  if (rows)
    return rows.length === 0
      ? 'None.\n'
      : table(
          rows.map((row) => flatten(row)),
          columns[command],
        )
  const lines = Object.entries(flatten(result)).filter(([, value]) => value !== '')
  return lines.length === 0 ? 'Done.\n' : align(lines)
}

/** What went wrong, on one line, with what concerns single options. */
export function errorText(error: unknown): string {
  const message = isFailure(error) ? error.message : rootMessage(error)
  const details = Object.entries((isFailure(error) && error.errors) || {})
    .map(([field, messages]) => [field, messages.filter((detail) => detail !== message).join(' ')])
    .filter(([, detail]) => detail !== '')
    .map(([field, detail]) => ` ${field}: ${detail}`)
  return `${printable(message + details.join(''))}\n`
}

/** The innermost cause: those around it quote the statement and its parameters, which may be secrets. */
function rootMessage(error: unknown): string {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  if (!(root instanceof Error)) return 'Unknown error'
  // Several addresses that all refused make an error without a message.
  return root.message || String((root as NodeJS.ErrnoException).code ?? root.name)
}

/** A list stands alone or under `data`, as in the API. */
function rowsOf(result: unknown): unknown[] | null {
  if (Array.isArray(result)) return result
  if (typeof result === 'object' && result !== null && 'data' in result && Array.isArray(result.data))
    return result.data
  return null
}

function flatten(value: unknown, prefix = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return prefix === '' ? {} : { [prefix]: cell(value) }
  }
  const members = Object.entries(value).map(([key, member]) => flatten(member, prefix ? `${prefix}.${key}` : key))
  return Object.assign({}, ...members)
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : item)).join(', ')
  return String(value)
}

function table(rows: Record<string, string>[], chosen?: string[]): string {
  const names = chosen ?? [...new Set(rows.flatMap(Object.keys))]
  return align([names, ...rows.map((row) => names.map((name) => row[name] || '-'))])
}

function align(rows: string[][]): string {
  const safe = rows.map((row) => row.map(printable))
  const widths = safe.reduce<number[]>((widest, row) => row.map((text, i) => Math.max(widest[i] ?? 0, width(text))), [])
  const lines = safe.map((row) => row.map((text, i) => text + ' '.repeat((widths[i] ?? 0) - width(text))).join('  '))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

const width = (text: string) => [...text].length

/** Without what could steer a terminal or break the line. */
const printable = (text: string) => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
