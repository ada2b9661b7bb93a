import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ErrorCode, statusOf } from '@/lib/errors'
import { routes } from '@/lib/front/routes.generated'
import { allScopes, type Scope } from '@/lib/scopes'
import type { Identity } from './authenticate'
import * as examples from './examples'
import { openApiDocument, type Site } from './openapi'
import { operationList } from './operations'
import { anyone } from './policy'
import { problemShape } from './shapes'

const site: Site = {
  APP_URL: 'https://keys.acme.test',
  KEY_BRAND: 'lk',
  API_KEY_HEADER: 'X-Api-Key',
  API_BASIC_AUTH: false,
}

const endpoints = Object.entries(routes).flatMap(([pattern, module]) =>
  Object.entries(module).map(([method, endpoint]) => ({
    name: `${method} ${pattern.replaceAll(/\[(\w+)\]/g, '{$1}')}`,
    endpoint,
  })),
)

const documented = operationList.map((operation) => ({ ...operation, name: `${operation.method} ${operation.path}` }))

test('every route is documented, and nothing else is', () => {
  expect(endpoints.length).toBeGreaterThan(10)
  const ofApi = documented.filter(({ tag }) => tag !== 'Gate')
  expect(ofApi.map(({ name }) => name).sort()).toEqual(endpoints.map(({ name }) => name).sort())
})

/** Who a policy could be asked about: somebody with a key that holds `scopes`, or signed in. */
const withKey = (scopes: Scope[]) => {
  const actor = { kind: 'key', scopes } as unknown as Identity['actor']
  return { actor, key: { actor } } as unknown as Identity
}
const signedIn = { actor: { kind: 'user' }, session: { kind: 'user' } } as unknown as Identity

describe.each(endpoints)('the policy of $name', ({ name, endpoint }) => {
  const operation = documented.find((each) => each.name === name)
  const { needs, orItself } = operation ?? {}

  test('is the documented one', () => {
    if (needs === 'nothing') return expect(endpoint.policy).toBe(anyone)
    expect(endpoint.policy).not.toBe(anyone)
    const needed = needs === 'any' ? [] : [needs as Scope]
    expect(endpoint.policy(withKey(needed))).toBeNull()
    const without = endpoint.policy(withKey(allScopes.filter((scope) => scope !== needs)))
    if (needs === 'any' || orItself) expect(without).toBeNull()
    else expect(without).toMatchObject({ code: 'insufficient_scope', scope: needs })
  })

  test('takes a session where the document says so', () => {
    const { security } = operationIn(openApiDocument(site), name)
    const takesSession = security.length === 0 || security.some((each: object) => 'session' in each)
    expect(endpoint.policy(signedIn) === null).toBe(takesSession)
  })
})

test('redocly finds nothing to say', () => {
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-openapi-'))
  for (const [name, each] of [
    ['plain.json', site],
    ['other.json', { ...site, KEY_BRAND: 'acme', API_KEY_HEADER: 'X-Acme-Key', API_BASIC_AUTH: true, GATE_PORT: 9000 }],
  ] as const) {
    const file = join(dir, name)
    writeFileSync(file, JSON.stringify(openApiDocument(each)))
    expect(lint(file)).toEqual([])
  }
  rmSync(dir, { recursive: true })
}, 60_000)

test('redocly would have something to say', () => {
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-openapi-'))
  const file = join(dir, 'broken.json')
  writeFileSync(file, JSON.stringify({ ...openApiDocument(site), components: {} }))
  expect(lint(file)).not.toEqual([])
  rmSync(dir, { recursive: true })
}, 60_000)

test('every example is what it stands for', () => {
  const shown = documented.filter(({ answer }) => answer.shape)
  expect(shown.length).toBeGreaterThan(10)
  for (const { name, answer } of shown) {
    // Parsing drops what the shape does not know, so nothing may be lost.
    expect([name, answer.shape?.parse(answer.example)]).toEqual([name, answer.example])
  }
  for (const { name, body } of documented) {
    if (body) expect([name, body.shape.safeParse(body.example).error]).toEqual([name, undefined])
  }
})

test('every code has an example, as it would go out', () => {
  const { components, paths } = openApiDocument(site)
  const text = JSON.stringify({ components, paths })
  for (const code of Object.keys(examples.details)) expect(statusOf).toHaveProperty(code)
  const unreachable: ErrorCode[] = ['method_not_allowed', 'uri_too_long', 'headers_too_large', 'not_implemented']
  for (const code of Object.keys(statusOf) as ErrorCode[]) {
    if (!unreachable.includes(code)) expect([code, text.includes(`"code":"${code}"`)]).toEqual([code, true])
  }
  const responses = [
    ...Object.values(components?.responses ?? {}),
    ...Object.values(paths ?? {}).flatMap((path) =>
      Object.values(path as Record<string, { responses?: object }>).flatMap((each) =>
        Object.values(each.responses ?? {}),
      ),
    ),
  ] as { content?: Record<string, { examples?: Record<string, { value: unknown }> }> }[]
  const problems = responses.flatMap(({ content }) =>
    Object.entries(content?.['application/problem+json']?.examples ?? {}),
  )
  expect(problems.length).toBeGreaterThan(50)
  for (const [code, { value }] of problems) expect(problemShape.strict().parse(value)).toMatchObject({ code })
})

test('the document speaks of this site', () => {
  const text = JSON.stringify(openApiDocument({ ...site, KEY_BRAND: 'acme', API_KEY_HEADER: 'X-Acme-Key' }))
  expect(text.includes('acme_7Gh2kQpX9sLm_')).toBe(true)
  expect(/.{20}(\blk_|X-Api-Key)/.exec(text)?.[0]).toBeUndefined()
})

// biome-ignore lint/suspicious/noExplicitAny: walks through JSON
const operationIn = (document: any, name: string) => {
  const [method = '', path = ''] = name.split(' ')
  return document.paths[path][method.toLowerCase()]
}

/** What `redocly lint` finds in a document, warnings too. */
function lint(file: string): string[] {
  const args = ['node_modules/@redocly/cli/bin/cli.js', 'lint', '--format=json', '--extends=recommended', file]
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  let output: string
  try {
    output = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env })
  } catch (error) {
    output = (error as { stdout: string }).stdout
  }
  const { problems } = JSON.parse(output) as { problems: { ruleId: string; message: string; location: unknown[] }[] }
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${JSON.stringify(location[0])}`)
}
