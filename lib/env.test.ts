import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EnvError, readEnv } from './env'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-env-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const secret = () => randomBytes(32).toString('base64')
const shared = (fields: Record<string, string | undefined> = {}) => ({
  DATABASE_URL: 'postgres://u:p@db/latchkey',
  AUTH_SECRET: secret(),
  KEY_PEPPERS: `1:${secret()}`,
  ...fields,
})

/** The problems of an environment, one line each; none when it is fine. */
function problems(source: Record<string, string | undefined>): readonly string[] {
  try {
    readEnv({ DATA_DIR: dir, ...source })
    return []
  } catch (error) {
    return (error as EnvError).problems
  }
}

test('nothing set: the defaults of the contract', () => {
  expect(readEnv({ DATA_DIR: dir })).toMatchObject({
    PORT: 3000,
    HOST: '127.0.0.1',
    APP_URL: 'http://localhost:3000',
    KEY_BRAND: 'lk',
    API_KEY_HEADER: 'X-Api-Key',
    FAILED_AUTH_PER_MINUTE: 120,
    TRUST_PROXY: 0,
    secure: false,
  })
  expect(readEnv({ DATA_DIR: dir, APP_URL: 'https://keys.example.com/' })).toMatchObject({
    HOST: '0.0.0.0',
    APP_URL: 'https://keys.example.com',
    secure: true,
  })
})

test('with the embedded database secrets are made once, for their owner alone', () => {
  const first = readEnv({ DATA_DIR: dir })
  expect(readEnv({ DATA_DIR: dir }).AUTH_SECRET).toBe(first.AUTH_SECRET)
  expect(readEnv({ DATA_DIR: dir }).peppers[0].key.equals(first.peppers[0].key)).toBe(true)
  expect(readdirSync(dir).sort()).toEqual(['auth-secret', 'key-peppers'])
  for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(dir, 'auth-secret'), 'utf8').trim().length).toBeGreaterThanOrEqual(43)
})

describe('threat 14: with DATABASE_URL a bad secret stops the start and is named', () => {
  test('good ones do not', () => expect(problems(shared())).toEqual([]))

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['short', 'x9kQ2mB7'],
    ['of one letter', 'a'.repeat(64)],
    ['an example', 'change-me-change-me-change-me-0123456789'],
    ['an example', 'your-secret-here-your-secret-here-123456'],
  ])('AUTH_SECRET %s', (_, value) => {
    expect(problems(shared({ AUTH_SECRET: value }))).toEqual([expect.stringMatching(/^AUTH_SECRET: /)])
  })

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['without an id', secret()],
    ['short', `1:${randomBytes(16).toString('base64')}`],
    ['of one byte', `1:${Buffer.alloc(32, 7).toString('base64')}`],
    ['an example', `1:${Buffer.from('example-pepper-example-pepper-0123').toString('base64')}`],
    ['with a bad second entry', `1:${secret()},2:c2hvcnQ=`],
    ['with an id twice', `1:${secret()},1:${secret()}`],
  ])('KEY_PEPPERS %s', (_, value) => {
    const found = problems(shared({ KEY_PEPPERS: value }))
    expect(found).toEqual([expect.stringMatching(/^KEY_PEPPERS: /)])
    for (const part of (value ?? '').split(/[:,]/).filter((text) => text.length > 8))
      expect(found.join()).not.toContain(part)
  })

  test('both at once are both named, and nothing is made in their place', () => {
    const found = problems(shared({ AUTH_SECRET: undefined, KEY_PEPPERS: undefined }))
    expect(found.map((line) => line.split(':')[0])).toEqual(['AUTH_SECRET', 'KEY_PEPPERS'])
    expect(readdirSync(dir)).toEqual([])
  })
})

test.each([
  ['APP_URL', 'ftp://x'],
  ['APP_URL', 'keys.example.com'],
  ['APP_URL', 'https://keys.example.com/path'],
  ['APP_URL', 'https://user@keys.example.com'],
  ['APP_URL', 'http://keys.example.com'],
  ['APP_URL', 'http://127.0.0.1.example.com'],
  ['PORT', '70000'],
  ['PORT', 'x'],
  ['DATABASE_URL', 'mysql://x'],
  ['SIGN_UP', 'maybe'],
  ['KEY_BRAND', 'l'],
  ['KEY_BRAND', 'l_k'],
  ['API_KEY_HEADER', 'Authorization'],
  ['API_KEY_HEADER', 'X Key'],
  ['FAILED_AUTH_PER_MINUTE', '0'],
  ['TRUST_PROXY', '-1'],
  ['ADMIN_EMAIL', 'nobody'],
  ['ALLOW_HTTP', 'yes'],
  ['SMTP_URL', 'https://mail.example.com'],
  ['SMTP_URL', 'mail.example.com'],
  ['MAIL_FROM', 'nobody'],
  ['MAIL_FROM', 'a@example.com, b@example.com'],
  ['MAIL_FROM', 'Keys\r\nBcc: b@example.com <a@example.com>'],
])('%s=%s stops the start and is named', (name, value) => {
  expect(problems(shared({ [name]: value }))).toEqual([expect.stringMatching(new RegExp(`^${name}: `))])
})

test('each way to sign in elsewhere is set whole, and not over http', () => {
  const oidc = { AUTH_OIDC_ISSUER: 'https://id.example.com', AUTH_OIDC_ID: 'a', AUTH_OIDC_SECRET: 'b' }
  expect(problems(shared({ AUTH_GITHUB_ID: 'a', AUTH_GITHUB_SECRET: 'b', ...oidc }))).toEqual([])
  expect(problems(shared({ AUTH_GITHUB_ID: 'a' }))).toEqual([expect.stringMatching(/^AUTH_GITHUB_SECRET: /)])
  expect(problems(shared({ ...oidc, AUTH_OIDC_SECRET: '' }))).toEqual([expect.stringMatching(/^AUTH_OIDC_SECRET: /)])
  const inTheClear = { ...oidc, AUTH_OIDC_ISSUER: 'http://id.example.com' }
  expect(problems(shared(inTheClear))).toEqual([expect.stringMatching(/^AUTH_OIDC_ISSUER: /)])
  expect(problems(shared({ ...oidc, AUTH_OIDC_ISSUER: 'http://localhost:4000' }))).toEqual([])
})

test('http is served on loopback, and elsewhere when it was asked for', () => {
  for (const APP_URL of ['http://localhost:4000', 'http://127.0.0.1:4000', 'http://[::1]:4000'])
    expect(problems({ APP_URL })).toEqual([])
  expect(problems({ APP_URL: 'http://keys.example.com', ALLOW_HTTP: '1' })).toEqual([])
})

test('mail comes from an address with or without a name, and from the portal where none is set', () => {
  const from = (fields: Record<string, string>) => readEnv(shared(fields)).MAIL_FROM
  expect(from({ MAIL_FROM: 'keys@example.com' })).toEqual({ name: 'Latchkey', address: 'keys@example.com' })
  expect(from({ MAIL_FROM: 'Our keys <Keys@Example.com>' })).toEqual({ name: 'Our keys', address: 'keys@example.com' })
  expect(from({ APP_URL: 'https://keys.example.com' }).address).toBe('no-reply@keys.example.com')
  expect(from({ APP_URL: 'http://127.0.0.1:3000' }).address).toBe('no-reply@localhost')
})

test('an admin needs a password that could be one', () => {
  expect(problems({ ADMIN_EMAIL: 'a@example.com' })).toEqual([expect.stringMatching(/^ADMIN_PASSWORD: /)])
  expect(problems({ ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'short' })).toEqual([
    expect.stringMatching(/^ADMIN_PASSWORD: /),
  ])
})

test('Basic is refused where passwords would travel in the clear, however that was allowed for the pages', () => {
  const basic = { API_BASIC_AUTH: '1', PORT: '3000' }
  for (const APP_URL of [
    'https://keys.example.com',
    'http://localhost:3000',
    'http://127.0.0.2',
    'http://[::1]:3000',
  ]) {
    expect(problems({ ...basic, APP_URL })).toEqual([])
  }
  expect(problems(basic)).toEqual([])
  expect(problems({ ...basic, APP_URL: 'http://keys.example.com', ALLOW_HTTP: '1' })).toEqual([
    expect.stringMatching(/^API_BASIC_AUTH: .*https/),
  ])
  expect(problems({ APP_URL: 'http://keys.example.com', ALLOW_HTTP: '1' })).toEqual([])
})
