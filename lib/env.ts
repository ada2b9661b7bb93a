import 'server-only'
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { isAddressBlock } from './addresses'
import { type Peppers, parsePeppers } from './credentials/peppers'
import { normalizeEmail } from './email'
import { once } from './runtime'

const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback)
const positive = (fallback: number) => z.coerce.number().int().min(1).default(fallback)
const flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((value) => value === '1')

const schema = z.object({
  PORT: port(3000),
  HOST: z.string().min(1).optional(),
  APP_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  ALLOW_HTTP: flag,
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional(),
  DATABASE_OWNER_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  AUTH_SECRET: z.string().optional(),
  KEY_PEPPERS: z.string().optional(),
  /** Unset: mail is kept as files. */
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z
    .string()
    .transform(readSender)
    .refine((sender) => sender !== null, 'must be an address, or a name with one: Keys <keys@example.com>')
    .optional(),
  ADMIN_EMAIL: z.email('must be an e-mail address').optional(),
  ADMIN_PASSWORD: z.string().min(15, 'needs at least 15 characters').max(256).optional(),
  /** Unset: as the policy says. */
  SIGN_UP: z.enum(['open', 'invite', 'closed']).optional(),
  /** Further ways to sign in; each is offered when it is set. */
  AUTH_GITHUB_ID: z.string().optional(),
  AUTH_GITHUB_SECRET: z.string().optional(),
  AUTH_GOOGLE_ID: z.string().optional(),
  AUTH_GOOGLE_SECRET: z.string().optional(),
  AUTH_OIDC_ISSUER: z.url({ protocol: /^https?$/, error: 'must be the https URL of an issuer' }).optional(),
  AUTH_OIDC_ID: z.string().optional(),
  AUTH_OIDC_SECRET: z.string().optional(),
  /** What the button says. Unset: the host of the issuer. */
  AUTH_OIDC_NAME: z.string().max(40, 'must have at most 40 characters').optional(),
  KEY_BRAND: z
    .string()
    .regex(/^[0-9A-Za-z]{2,8}$/, 'must be 2 to 8 letters or digits')
    .default('lk'),
  API_KEY_HEADER: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{1,63}$/, 'must be a header name')
    .refine((name) => !reservedHeaders.has(name.toLowerCase()), 'is a header with a meaning of its own')
    .default('X-Api-Key'),
  API_BASIC_AUTH: flag,
  RATE_LIMIT_PER_MINUTE: positive(600),
  FAILED_AUTH_PER_MINUTE: positive(120),
  /** Page requests inside Next at once; further ones that may wait, and for how long, in ms. */
  PAGES_AT_ONCE: positive(8),
  PAGES_WAITING: positive(64),
  PAGE_WAIT_MS: positive(5_000),
  /** By client address and minute. */
  ANONYMOUS_PAGES_PER_MINUTE: positive(120),
  AUTHORIZE_PER_MINUTE: positive(120),
  /** Of pushed requests and of device requests, each. */
  PUSHED_REQUESTS_PER_MINUTE: positive(60),
  /** Of a listener, and of one address that is no trusted proxy. */
  MAX_CONNECTIONS: positive(10_000),
  MAX_CONNECTIONS_PER_ADDRESS: positive(100),
  /** A connection whose peer takes nothing of what is sent for this long is cut, in ms. */
  STALLED_CONNECTION_MS: positive(30_000),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional(),
  VERIFY_LEASE_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1000, 'must be 0 to 1000: revocations wait for no longer')
    .default(1000),
  VERIFY_HELD_RECORDS: positive(20_000),
  /** Unset: as the policy says. */
  USAGE_RETENTION_DAYS: z.coerce.number().int().min(1).optional(),
  /** Unset: 3001, and without a gate when that is taken. */
  GATE_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  GATE_HOST: z.string().min(1).default('127.0.0.1'),
  GATE_TRUSTED: z
    .string()
    .default('127.0.0.0/8,::1/128')
    .transform((list) => list.split(',').map((block) => block.trim()))
    .refine((blocks) => blocks.every(isAddressBlock), 'must be a list of addresses or CIDR blocks'),
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  /** Further APIs behind the gate that apps may ask tokens for (RFC 8707), as absolute URIs. */
  API_RESOURCES: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((uri) => uri.trim())
        .filter(Boolean),
    )
    .refine(
      (uris) => uris.every((uri) => URL.canParse(uri) && !uri.includes('#')),
      'must be absolute URIs without a fragment',
    ),
  OAUTH_PASSWORD_GRANT: flag,
  SESSION_IDLE_DAYS: positive(14),
  SESSION_MAX_DAYS: positive(30),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
})

/** Who mail comes from. */
interface Sender {
  name: string
  address: string
}

const reservedHeaders = new Set(['authorization', 'cookie', 'host', 'origin', 'content-type', 'content-length'])

export interface Env extends Omit<z.infer<typeof schema>, 'AUTH_SECRET' | 'KEY_PEPPERS'> {
  MAIL_FROM: Sender
  HOST: string
  /** Public origin, without a trailing slash. */
  APP_URL: string
  AUTH_SECRET: string
  /** The first one signs; the others still verify. */
  peppers: Peppers
  /** True when the portal is served over https: Secure, `__Host-` cookies and HSTS. */
  secure: boolean
}

/** Thrown when the environment is unusable; `problems` holds one line per wrong value. */
export class EnvError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'EnvError'
  }
}

/** The validated environment of this process. Throws EnvError naming every wrong value. */
export const env = (): Env => once('env', () => readEnv(process.env))

/**
 * Validates `source` and fills in the defaults of the contract. With the embedded database, secrets that are not set
 * are made once and kept in `DATA_DIR` (mode 600); with `DATABASE_URL` they must be set, since instances share them.
 */
export function readEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    throw new EnvError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  const values = parsed.data
  const problems: string[] = []
  const appUrl = publicOrigin(values, problems)
  if (values.ADMIN_EMAIL && !values.ADMIN_PASSWORD) problems.push('ADMIN_PASSWORD: is needed together with ADMIN_EMAIL')
  if (values.SESSION_IDLE_DAYS > values.SESSION_MAX_DAYS) {
    problems.push('SESSION_IDLE_DAYS: must not be longer than SESSION_MAX_DAYS')
  }
  checkProviders(values, problems)
  const secret = (name: 'AUTH_SECRET' | 'KEY_PEPPERS', make: () => string) =>
    values[name] ?? (values.DATABASE_URL ? missing(name, problems) : keptSecret(values.DATA_DIR, name, make))

  const authSecret = secret('AUTH_SECRET', () => randomBytes(32).toString('base64url'))
  const peppersText = secret('KEY_PEPPERS', () => `1:${randomBytes(32).toString('base64')}`)
  if (authSecret && weakSecret(authSecret)) {
    problems.push('AUTH_SECRET: is too short or an example; use for instance `openssl rand -base64 32`')
  }
  const peppers = peppersText ? readPeppers(peppersText, problems) : null
  if (problems.length > 0 || !peppers) throw new EnvError(problems)

  const secure = appUrl.startsWith('https:')
  return {
    ...values,
    HOST: values.HOST ?? (secure ? '0.0.0.0' : '127.0.0.1'),
    APP_URL: appUrl,
    MAIL_FROM: values.MAIL_FROM ?? defaultSender(appUrl),
    AUTH_SECRET: authSecret,
    peppers,
    secure,
  }
}

function publicOrigin(values: z.infer<typeof schema>, problems: string[]): string {
  const url = new URL(values.APP_URL ?? `http://localhost:${values.PORT}`)
  if (url.pathname !== '/' || url.search || url.hash || url.username) {
    problems.push('APP_URL: must be an origin such as https://keys.example.com, without a path')
  }
  const loopback = isLoopback(url.hostname)
  if (url.protocol === 'http:' && !loopback && !values.ALLOW_HTTP) {
    problems.push('APP_URL: http would send passwords and keys in the clear; use https, or set ALLOW_HTTP=1')
  }
  if (url.protocol === 'http:' && !loopback && values.API_BASIC_AUTH) {
    problems.push('API_BASIC_AUTH: would send passwords with every request in the clear; needs an https APP_URL')
  }
  return url.origin
}

/** `keys@example.com` or `Keys <keys@example.com>`; null for anything else. */
function readSender(text: string): Sender | null {
  const [, name = '', address] = /^([^<>"\p{Cc}]*)<([^<>]+)>$/u.exec(text.trim()) ?? [text, '', text]
  const email = normalizeEmail(address ?? '')
  return email ? { name: name.trim() || 'Latchkey', address: email } : null
}

/** From the portal's own host. One that is an IP address has no addresses, so that mail servers will not take it. */
function defaultSender(appUrl: string): Sender {
  return readSender(`no-reply@${new URL(appUrl).hostname}`) ?? { name: 'Latchkey', address: 'no-reply@localhost' }
}

/** Each further way to sign in is set whole or not at all, and none goes over a wire that anybody can read. */
function checkProviders(values: z.infer<typeof schema>, problems: string[]): void {
  const { AUTH_OIDC_ISSUER } = values
  const groups = [
    ['AUTH_GITHUB_ID', 'AUTH_GITHUB_SECRET'],
    ['AUTH_GOOGLE_ID', 'AUTH_GOOGLE_SECRET'],
    ['AUTH_OIDC_ISSUER', 'AUTH_OIDC_ID', 'AUTH_OIDC_SECRET'],
  ] as const
  for (const group of groups) {
    const [known] = group.filter((name) => values[name])
    for (const name of group) if (known && !values[name]) problems.push(`${name}: is needed together with ${known}`)
  }
  if (AUTH_OIDC_ISSUER?.startsWith('http:') && !isLoopback(new URL(AUTH_OIDC_ISSUER).hostname)) {
    problems.push('AUTH_OIDC_ISSUER: http would let others answer in its place; use https')
  }
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)

function missing(name: string, problems: string[]): string {
  problems.push(`${name}: is required with DATABASE_URL, and must be the same on every instance`)
  return ''
}

/** Reads `DATA_DIR/<name>`, making it on first use. Linking a whole file settles two first starts at once. */
function keptSecret(dataDir: string, name: string, make: () => string): string {
  const file = join(resolve(dataDir), name.toLowerCase().replace('_', '-'))
  if (!existsSync(file)) {
    mkdirSync(resolve(dataDir), { recursive: true, mode: 0o700 })
    const draft = `${file}.${process.pid}`
    writeFileSync(draft, `${make()}\n`, { mode: 0o600 })
    try {
      linkSync(draft, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      unlinkSync(draft)
    }
  }
  return readFileSync(file, 'utf8').trim()
}

function weakSecret(secret: string): boolean {
  return secret.length < 32 || new Set(secret).size < 10 || /change.?me|example|secret.?here|your.?secret/i.test(secret)
}

function readPeppers(text: string, problems: string[]): Peppers | null {
  try {
    return parsePeppers(text)
  } catch (error) {
    problems.push(`KEY_PEPPERS: ${(error as Error).message}`)
    return null
  }
}
