import type { OperationReference } from '@/lib/api/reference'

/** The languages that every operation has a snippet in. */
export const languages = ['curl', 'javascript', 'python'] as const

export type Language = (typeof languages)[number]

/** Things of the reader's own, to fill the paths of snippets that only read with. */
export interface Own {
  keyId?: string
  thirdPartyId?: string
}

/**
 * A program for each language that makes the call as it stands. The key is read from `LATCHKEY_API_KEY`; an id that is
 * not known from `KEY_ID`, `THIRD_PARTY_ID` or `APP_ID`. Ids of the reader's own are only filled in where nothing is changed.
 */
export function snippetsOf(operation: OperationReference, own: Own = {}): Record<Language, string> {
  const { method, base, path, body } = operation
  const [variable, ownId] = path.startsWith('/third-parties')
    ? ['THIRD_PARTY_ID', own.thirdPartyId]
    : path.startsWith('/apps')
      ? ['APP_ID', undefined]
      : ['KEY_ID', own.keyId]
  const id = method === 'GET' ? ownId : undefined
  const request: Request = {
    method,
    url: base + (id ? path.replace('{id}', id) : path),
    variable,
    key: operation.needsCredential,
    body: body?.example,
    answers: operation.answer.status !== '204',
  }
  return { curl: curl(request), javascript: javascript(request), python: python(request) }
}

interface Request {
  method: string
  /** With `{id}` where the id comes from `variable`. */
  url: string
  variable: string
  key: boolean
  body: unknown
  answers: boolean
}

function curl({ method, url, variable, key, body, answers }: Request): string {
  const quoted = url.includes('{id}') ? `"${url.replace('{id}', `$${variable}`)}"` : url
  const options = [
    key && '-H "Authorization: Api-Key $LATCHKEY_API_KEY"',
    body !== undefined && '-H "Content-Type: application/json"',
    body !== undefined && `-d '${indented(body, 2).replaceAll("'", String.raw`'\''`)}'`,
  ].filter(Boolean)
  const act = method === 'GET' ? '' : `-X ${method} `
  // What has no body still has a status to see.
  const first = `curl --fail-with-body ${answers ? '' : '-i '}${act}${quoted}`
  return [first, ...options].join(' \\\n  ')
}

function javascript({ method, url, variable, key, body, answers }: Request): string {
  const target = url.includes('{id}') ? `\`${url.replace('{id}', `\${process.env.${variable}}`)}\`` : `'${url}'`
  const headers = [
    key && `Authorization: \`Api-Key \${process.env.LATCHKEY_API_KEY}\``,
    body !== undefined && "'Content-Type': 'application/json'",
  ].filter(Boolean)
  const options = [
    method !== 'GET' && `  method: '${method}',`,
    headers.length > 0 && `  headers: { ${headers.join(', ')} },`,
    body !== undefined && `  body: JSON.stringify(${indented(body, 2)}),`,
  ].filter(Boolean)
  return [
    options.length > 0
      ? `const response = await fetch(${target}, {\n${options.join('\n')}\n})`
      : `const response = await fetch(${target})`,
    'if (!response.ok) throw new Error(await response.text())',
    `console.log(${answers ? 'await response.json()' : 'response.status'})`,
  ].join('\n')
}

function python({ method, url, variable, key, body, answers }: Request): string {
  const [before = '', after] = url.split('{id}')
  const id = after === undefined ? '' : ` + os.environ["${variable}"]${after && ` + "${after}"`}`
  const headers = [
    key && '"Authorization": "Api-Key " + os.environ["LATCHKEY_API_KEY"]',
    body !== undefined && '"Content-Type": "application/json"',
  ].filter(Boolean)
  const options = [
    `    "${before}"${id},`,
    method !== 'GET' && `    method="${method}",`,
    headers.length > 0 && `    headers={${headers.join(', ')}},`,
    body !== undefined && `    data=json.dumps(${indented(body, 4)}).encode(),`,
  ].filter(Boolean)
  const usesJson = answers || body !== undefined
  const usesOs = key || id !== ''
  return [
    ...(usesJson ? ['import json'] : []),
    ...(usesOs ? ['import os'] : []),
    'from urllib.request import Request, urlopen',
    '',
    `request = Request(\n${options.join('\n')}\n)`,
    'with urlopen(request) as response:',
    `    print(${answers ? 'json.load(response)' : 'response.status'})`,
  ].join('\n')
}

/** JSON with lists on one line; our examples hold nothing that Python writes otherwise (true, false, null). */
const indented = (value: unknown, by: number): string =>
  JSON.stringify(value, null, 2)
    .replace(/\[\s([^[\]{}]*)\]/g, (_, items: string) => `[${items.trim().replace(/\n\s*/g, ' ')}]`)
    .replaceAll('\n', `\n${' '.repeat(by)}`)
