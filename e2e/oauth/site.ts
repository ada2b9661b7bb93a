import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test as base, expect } from '@playwright/test'
import * as openid from 'openid-client'
import { freePort } from '../../scripts/free-port'
import { startPostgres } from '../../scripts/postgres'
import { type Answer, send } from '../api/site'
import { newSecrets, startLatchkey } from '../server'
import { Browser } from './browser'
import { everythingKept, secretsIn } from './kept'

export const PASSWORD = 'seven otters juggle lanterns'
const root = join(import.meta.dirname, '../..')

export interface Person {
  id: string
  email: string
  project: { id: string; slug: string }
}

export interface App {
  clientId: string
  /** Null for public apps. */
  clientSecret: string | null
  redirectUri: string
}

type Options = Parameters<typeof send>[3]

export interface OauthSite {
  url: string
  ada: Person
  bob: Person
  /** A confidential web app that may ask for everything ordinary. */
  app: App
  /** What the server has printed so far. */
  output(): string
  /** Asks any path of the portal. */
  ask(method: string, path: string, options?: Options): Promise<Answer>
  gate(method: string, path: string, options?: Options): Promise<Answer>
  latchkey(...args: string[]): Promise<Answer['body']>
  /** Registers an app of ada's project; the fields are those of `POST /apps`. */
  registerApp(name: string, fields?: Record<string, unknown> & { redirectUris?: string[] }): Promise<App>
  /** A key of ada's that may change apps. */
  key: string
  /** Where secrets and the embedded database are. */
  dataDir: string
  /** The URL of the database, when it is a server. */
  databaseUrl: string | null
  /** Stops the server before its time, to look at what it leaves behind. */
  stop(): Promise<unknown>
  /** Posts a form to an endpoint of the OAuth server, as the app: by Basic, or by `client_id` for public ones. */
  post(path: string, app: App | null, form: Record<string, string>): Promise<Answer>
  /** A browser without a screen, signed in as the person: one session each, and cookies of its own. */
  browser(person?: Person): Promise<Browser>
  /** Everything that was seen on the wire and would open something: what no dump and no log may hold. */
  secrets: Set<string>
}

export const redirectUri = 'https://client.example/callback'
export const ordinary = 'openid,profile,email,offline_access,profile:read,orders:read,orders:write,keys:read,keys:write'

/** Playwright's `test` with a portal of its own, two people and an app. */
export const test = base.extend<object, { database: 'embedded' | 'postgres'; alone: boolean; site: OauthSite }>({
  database: ['embedded', { option: true, scope: 'worker' }],
  /** A file that says so has a portal that no other file uses. */
  alone: [false, { option: true, scope: 'worker' }],
  site: [
    async ({ database, alone: _ }, use) => {
      const postgres = database === 'postgres' ? await startPostgres() : null
      const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-oauth-'))
      const gatePort = await freePort()
      const settings: Record<string, string> = {
        DATA_DIR: dataDir,
        GATE_PORT: String(gatePort),
        FAILED_AUTH_PER_MINUTE: '1000000',
        RATE_LIMIT_PER_MINUTE: '1000000',
        OAUTH_PASSWORD_GRANT: '1',
        LOG_LEVEL: 'debug',
        API_RESOURCES: 'https://orders.example/api',
        ...(postgres && { DATABASE_URL: postgres.url, ...newSecrets() }),
      }
      const server = await startLatchkey({ dataDir, env: settings })
      const site = await makeSite(server, gatePort, { ...settings, APP_URL: server.url })
      const databaseUrl = postgres?.url ?? null
      await use({ ...site, dataDir, databaseUrl, stop: server.stop })
      await server.stop()
      // Whatever the tests were about: nothing that went over the wire may be found in what is left of them.
      const kept = await everythingKept({ dataDir, databaseUrl, output: server.output() })
      await postgres?.stop()
      rmSync(dataDir, { recursive: true, force: true })
      for (const [place, text] of kept) expect([place, secretsIn(text, site.secrets)]).toEqual([place, []])
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ site }, use) => use(site.url),
})

export { expect } from '@playwright/test'

type Server = Awaited<ReturnType<typeof startLatchkey>>

async function makeSite(server: Server, gatePort: number, settings: Record<string, string>) {
  const secrets = new Set<string>()
  const ask = (port: number) => async (method: string, path: string, options?: Options) => {
    if (typeof options?.body === 'string') noteForm(secrets, options.body)
    const answer = await send(port, method, path, options)
    noteAnswer(secrets, answer.text)
    return answer
  }
  const portal = ask(Number(new URL(server.url).port))
  const latchkey = async (...args: string[]) => {
    const env = { NODE_ENV: 'production', PATH: process.env.PATH, ...settings } as NodeJS.ProcessEnv
    const { stdout } = await promisify(execFile)(process.execPath, ['dist/latchkey.js', ...args, '--json'], {
      cwd: root,
      env,
    })
    noteAnswer(secrets, stdout)
    return JSON.parse(stdout)
  }
  const person = (name: string): Promise<Person> =>
    latchkey('users', 'create', '--email', `${name.toLowerCase()}@example.com`, '--password', PASSWORD, '--name', name)
  const [ada, bob] = await Promise.all([person('Ada'), person('Bob')])
  const keyOptions = [
    '--label',
    'Registers apps',
    '--scopes',
    'apps:read,apps:write,orders:read,keys:read',
    '--allow-key-management',
  ]
  const { secret: key } = await latchkey('keys', 'create', '--project', ada.project.slug, ...keyOptions)
  const signedIn = new Map<string, Browser>()
  const registerApp: OauthSite['registerApp'] = async (name, fields = {}) => {
    const machine = fields.kind === 'machine'
    const usual = {
      redirectUris: machine ? [] : [redirectUri],
      scopes: machine ? ['orders:read', 'keys:read'] : ordinary.split(','),
    }
    const answer = await portal('POST', '/api/v1/apps', { key, body: { name, ...usual, ...fields } })
    if (answer.status !== 201) throw new Error(`no app was registered: ${answer.status} ${answer.text}`)
    const { id: clientId, clientSecret } = answer.body
    return { clientId, clientSecret, redirectUri: fields.redirectUris?.[0] ?? redirectUri }
  }
  const post: OauthSite['post'] = (path, app, form) => {
    const basic = app?.clientSecret && `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}`
    const fields = app && !app.clientSecret ? { client_id: app.clientId, ...form } : form
    return portal('POST', path, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...(basic && { Authorization: basic }) },
      body: new URLSearchParams(fields).toString(),
    })
  }
  return {
    url: server.url,
    ada,
    bob,
    app: await registerApp('Zapier'),
    key,
    output: server.output,
    ask: portal,
    gate: ask(gatePort),
    latchkey,
    registerApp,
    post,
    secrets,
    browser: async (who: Person = ada) => {
      const first = signedIn.get(who.email) ?? new Browser(server.url, secrets)
      if (!signedIn.has(who.email)) await first.signIn(who.email, PASSWORD)
      signedIn.set(who.email, first)
      return first.sameSession()
    },
  }
}

/** What is told in a JSON answer and would open something. */
function noteAnswer(secrets: Set<string>, text: string): void {
  for (const [secret] of text.matchAll(/lk[ars]?_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}/g)) secrets.add(secret)
  const told = /"(?:id_token|device_code|user_code|request_uri)":"([^"]+)"/g
  for (const [, value = ''] of text.matchAll(told)) note(secrets, value)
}

/** What is sent in a form and would open something. */
function noteForm(secrets: Set<string>, form: string): void {
  const sent = new URLSearchParams(form)
  for (const name of ['code', 'code_verifier', 'password']) note(secrets, sent.get(name) ?? '')
}

function note(secrets: Set<string>, value: string): void {
  if (value.length < 8) return
  secrets.add(value)
  // Not stored in the forms in which people type it or the library keeps it either.
  if (/^[A-Z]{4}-[A-Z]{4}$/.test(value)) secrets.add(value.replace('-', ''))
  const [, pushed] = /^urn:ietf:params:oauth:request_uri:(.+)$/.exec(value) ?? []
  if (pushed) secrets.add(pushed)
}

/** `openid-client` on this site as the app: discovery included, as an app's maker would set it up. */
export function asClient(site: OauthSite, app: App, auth?: openid.ClientAuth): Promise<openid.Configuration> {
  return openid.discovery(
    new URL(site.url),
    app.clientId,
    app.clientSecret ?? undefined,
    auth ?? (app.clientSecret ? openid.ClientSecretBasic(app.clientSecret) : openid.None()),
    {
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: async (url, { body, ...init }) => {
        if (body !== undefined) noteForm(site.secrets, String(body))
        const answer = await fetch(url, { ...init, body: body as BodyInit })
        noteAnswer(site.secrets, await answer.clone().text())
        return answer
      },
    },
  )
}

/** An app of ada's project with marks or scopes that only the operator gives; the options are the command line's. */
export async function operatorApp(site: OauthSite, name: string, ...options: string[]): Promise<App> {
  const made = await site.latchkey('apps', 'register', '--project', site.ada.project.slug, '--name', name, ...options)
  return { clientId: made.clientId, clientSecret: made.clientSecret, redirectUri }
}

/** Asks the API with an access token. */
export const api = (site: OauthSite, token: string, path = '/me') =>
  site.ask('GET', `/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } })

/** What an app is told at the end of an authorization, with `iss` and `state` held against what they must be. */
export function errorOf(site: OauthSite, back: URL, state = 'a state & more'): string | null {
  if (back.searchParams.get('iss') !== site.url) throw new Error(`iss: ${back}`)
  if (back.searchParams.get('state') !== state) throw new Error(`state: ${back}`)
  return back.searchParams.get('error')
}

/** A fresh PKCE pair (RFC 7636). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The path of an authorization request; what is undefined is left out. */
export function authorizePath(app: App, challenge: string, more: Record<string, string | undefined> = {}): string {
  const all = {
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    response_type: 'code',
    scope: 'orders:read',
    state: 'a state & more',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return `/oauth/authorize?${new URLSearchParams(given)}`
}

/** A code, by consent in `browser`. */
export async function newCode(browser: Browser, app: App, more: Record<string, string | undefined> = {}) {
  const { verifier, challenge } = pkce()
  const back = await browser.authorize(authorizePath(app, challenge, more))
  const code = back.searchParams.get('code')
  if (!code) throw new Error(`no code: ${back}`)
  return { code, verifier }
}

/** Redeems a code. */
export const redeem = (site: OauthSite, app: App, { code, verifier }: { code: string; verifier: string }) =>
  site.post('/oauth/token', app, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: app.redirectUri,
  })

/** Tokens, by consent in `browser`. */
export async function newTokens(
  site: OauthSite,
  browser: Browser,
  app: App,
  more: Record<string, string | undefined> = {},
) {
  const answer = await redeem(site, app, await newCode(browser, app, more))
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${answer.text}`)
  return answer.body as {
    access_token: string
    refresh_token: string
    id_token?: string
    scope: string
    expires_in: number
  }
}
