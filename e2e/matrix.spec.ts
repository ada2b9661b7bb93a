import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { encode } from 'next-auth/jwt'
import postgres, { type Sql } from 'postgres'
import { startPostgres } from '../scripts/postgres'
import { type Latchkey, newSecrets, startLatchkey } from './server'

// Every page, route and action by everybody: what is added without a row here fails. Which verb lets whom do what inside
// a project is tried by lib/projects/matrix.db.test.ts; this is about what stands in front of the verbs.

const people = ['nobody', 'stranger', 'viewer', 'developer', 'owner', 'admin'] as const
type Who = (typeof people)[number]

/** One status for each of `people`, in their order. The admin is no member of the project. */
type Row = readonly number[]

const open: Row = [200, 200, 200, 200, 200, 200]
const person: Row = [307, 200, 200, 200, 200, 200]
const signedOut: Row = [200, 307, 307, 307, 307, 307]
const project: Row = [307, 404, 200, 200, 200, 404]
const projectWrite: Row = [307, 404, 307, 200, 200, 404]
const admin: Row = [404, 404, 404, 404, 404, 200]
const nowhere: Row = [404, 404, 404, 404, 404, 404]
const away: Row = [307, 307, 307, 307, 307, 307]

/** Page → what stands in for its parameters, and the answers. */
const pages: Record<string, [string, Row]> = {
  '(site)': ['/', [200, 307, 307, 307, 307, 307]],
  '(auth)/sign-in': ['/sign-in', signedOut],
  '(auth)/sign-in/second-step': ['/sign-in/second-step', away],
  '(auth)/sign-up': ['/sign-up', signedOut],
  '(auth)/forgot-password': ['/forgot-password', open],
  '(auth)/reset-password': ['/reset-password', open],
  '(auth)/confirm': ['/confirm', person],
  '(auth)/verify-email': ['/verify-email', open],
  '(auth)/setup': ['/setup', open],
  '(auth)/invitations/[token]': ['/invitations/nothing', open],
  '(portal)/account': ['/account', person],
  '(portal)/account/delete': ['/account/delete', person],
  '(portal)/account/link': ['/account/link', away],
  '(portal)/connections': ['/connections', person],
  '(portal)/connections/[entry]': ['/connections/nothing', [307, 404, 404, 404, 404, 404]],
  '(portal)/docs': ['/docs', open],
  '(portal)/docs/[guide]': ['/docs/nothing', nowhere],
  '(portal)/projects/new': ['/projects/new', person],
  '(portal)/projects/[slug]': ['/projects/site', [307, 404, 307, 307, 307, 404]],
  '(portal)/projects/[slug]/keys': ['/projects/site/keys', project],
  '(portal)/projects/[slug]/keys/[keyId]': ['/projects/site/keys/KEY', project],
  '(portal)/projects/[slug]/third-parties': ['/projects/site/third-parties', project],
  '(portal)/projects/[slug]/members': ['/projects/site/members', project],
  '(portal)/projects/[slug]/settings': ['/projects/site/settings', project],
  '(portal)/projects/[slug]/apps': ['/projects/site/apps', project],
  '(portal)/projects/[slug]/apps/new': ['/projects/site/apps/new', projectWrite],
  '(portal)/projects/[slug]/apps/[clientId]': ['/projects/site/apps/APP', project],
  '(portal)/projects/[slug]/apps/[clientId]/edit': ['/projects/site/apps/APP/edit', projectWrite],
  'interaction/[uid]': ['/interaction/nothing', person],
  device: ['/device', person],
  admin: ['/admin', admin],
  'admin/keys': ['/admin/keys', admin],
  'admin/users': ['/admin/users', admin],
  'admin/apps': ['/admin/apps', admin],
  'admin/audit': ['/admin/audit', admin],
  'admin/policy': ['/admin/policy', admin],
}

const read: Row = [401, 404, 200, 200, 200, 404]
const write = (done: number): Row => [401, 404, 403, done, done, 404]

/** Route → request and answers. `KEY`, `APP` and `PARTY` are made anew for each. */
const routes: Record<string, [path: string, body: unknown, Row]> = {
  'GET api/v1/me': ['/api/v1/me', undefined, [401, 200, 200, 200, 200, 200]],
  'GET api/v1/openapi.json': ['/api/v1/openapi.json', undefined, open],
  // Without a project an admin is told of the whole site; of this one they are no member.
  'GET api/v1/audit': ['/api/v1/audit?project=site', undefined, [401, 404, 403, 200, 200, 404]],
  'GET api/v1/keys': ['/api/v1/keys?project=site', undefined, read],
  'POST api/v1/keys': ['/api/v1/keys?project=site', { label: 'Made' }, write(201)],
  'GET api/v1/keys/[id]': ['/api/v1/keys/KEY', undefined, read],
  'PATCH api/v1/keys/[id]': ['/api/v1/keys/KEY', { label: 'Other' }, write(200)],
  'DELETE api/v1/keys/[id]': ['/api/v1/keys/KEY', undefined, write(204)],
  'GET api/v1/keys/[id]/usage': ['/api/v1/keys/KEY/usage', undefined, read],
  'POST api/v1/keys/[id]/regenerate': ['/api/v1/keys/KEY/regenerate', {}, write(200)],
  'POST api/v1/keys/[id]/end-overlap': ['/api/v1/keys/KEY/end-overlap', {}, write(409)],
  'GET api/v1/third-parties': ['/api/v1/third-parties?project=site', undefined, read],
  'POST api/v1/third-parties': ['/api/v1/third-parties?project=site', { name: 'NEW' }, write(201)],
  'GET api/v1/third-parties/[id]': ['/api/v1/third-parties/PARTY', undefined, read],
  'PATCH api/v1/third-parties/[id]': ['/api/v1/third-parties/PARTY', { purpose: 'Other' }, write(200)],
  'GET api/v1/apps': ['/api/v1/apps?project=site', undefined, read],
  'POST api/v1/apps': [
    '/api/v1/apps?project=site',
    { name: 'Made', redirectUris: ['https://app.example.com/callback'] },
    write(201),
  ],
  'GET api/v1/apps/[id]': ['/api/v1/apps/APP', undefined, read],
  'PATCH api/v1/apps/[id]': ['/api/v1/apps/APP', { description: 'Other' }, write(200)],
  'POST api/v1/apps/[id]/rotate-secret': ['/api/v1/apps/APP/rotate-secret', {}, write(200)],
  'POST api/v1/apps/[id]/end-overlap': ['/api/v1/apps/APP/end-overlap', {}, write(409)],
  'POST api/v1/apps/[id]/disable': ['/api/v1/apps/APP/disable', {}, write(200)],
  'POST api/v1/apps/[id]/enable': ['/api/v1/apps/APP/enable', {}, write(409)],
  'GET api/auth/[...nextauth]': ['/api/auth/csrf', undefined, open],
  'POST api/auth/[...nextauth]': ['/api/auth/nothing', {}, [400, 400, 400, 400, 400, 400]],
  'GET (auth)/sign-in/renew': ['/sign-in/renew', undefined, away],
  // What is no picture is refused before anybody is asked whose app it is.
  'POST apps/[clientId]/logo': ['/apps/APP/logo', 'no picture', [401, 422, 422, 422, 422, 422]],
  'GET apps/[clientId]/logo/[hash]': ['/apps/APP/logo/nothing', undefined, nowhere],
  'POST interaction/[uid]/decision': ['/interaction/nothing/decision', {}, [303, 303, 303, 303, 303, 303]],
  'GET robots.txt': ['/robots.txt', undefined, open],
  'GET admin/keys/export': ['/admin/keys/export', undefined, admin],
  'POST admin/keys/revoke': ['/admin/keys/revoke', { keyIds: [] }, admin],
  'GET admin/audit/export': ['/admin/audit/export', undefined, admin],
  'GET (portal)/projects/[slug]/settings/export': [
    '/projects/site/settings/export',
    undefined,
    [307, 404, 404, 200, 200, 404],
  ],
  'GET admin/policy/breaches': ['/admin/policy/breaches', undefined, admin],
}

/** Files of actions that are for people who are not signed in, or not wholly; all others ask who it is. */
const openActions = new Set([
  'app/(auth)/actions.ts',
  'app/(auth)/external-actions.ts',
  'app/(auth)/forgot-password/actions.ts',
  'app/(auth)/invitations/[token]/actions.ts',
  'app/(auth)/reset-password/actions.ts',
  'app/(auth)/sign-in/actions.ts',
  'app/(auth)/sign-in/second-step/actions.ts',
  'app/(auth)/verify-email/actions.ts',
])
/** Signing out, or in as somebody else, works for everybody. */
const openInside = new Set(['signOutAction', 'signInAgainAction'])

let latchkey: Latchkey
let sql: Sql
let stop: () => Promise<void>
const cookies = new Map<Who, string>()

test.beforeAll(async () => {
  test.setTimeout(120_000)
  const database = await startPostgres()
  const secrets = newSecrets()
  const limits = { FAILED_AUTH_PER_MINUTE: '1000000', RATE_LIMIT_PER_MINUTE: '1000000' }
  latchkey = await startLatchkey({ env: { DATABASE_URL: database.url, ...secrets, ...limits } })
  sql = postgres(database.url, { max: 1, onnotice: () => {} })
  stop = async () => {
    await sql.end()
    await latchkey.stop()
    await database.stop()
  }
  await sql`insert into projects (id, slug, name) values ('site', 'site', 'Site'), ('other', 'other', 'Other')`
  for (const who of people.slice(1)) {
    await sql`insert into users (id, email, name, is_admin, email_verified_at, last_project_id)
      values (${who}, ${`${who}@example.com`}, ${who}, ${who === 'admin'}, now(), 'other')`
    const place = who === 'stranger' || who === 'admin' ? 'other' : 'site'
    const role = place === 'other' ? 'owner' : who
    await sql`insert into memberships (project_id, user_id, role) values (${place}, ${who}, ${role})`
    // After their role, or each would be led to another session first.
    await sql`insert into sessions (id, user_id) values (${`session-${who}`}, ${who})`
    const token = { sub: who, sid: `session-${who}` }
    const value = await encode({ token, secret: secrets.AUTH_SECRET, salt: 'latchkey.session', maxAge: 3600 })
    cookies.set(who, `latchkey.session=${value}`)
  }
})

test.afterAll(() => stop())

test('no page, route or file of actions is missing', () => {
  const folder = (file: string) => file.replace(/^app\//, '').replace(/\/?(page\.tsx|route\.ts)$/, '')
  expect(filesOf('page.tsx').map(folder).sort()).toEqual(Object.keys(pages).sort())
  const found = filesOf('route.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^export .*?\b(GET|POST|PUT|PATCH|DELETE)\b.*$/gm)].flatMap(([line]) =>
      [...(line.split(' from ')[0] ?? '').matchAll(/\b(GET|POST|PUT|PATCH|DELETE)\b/g)].map(
        ([method]) => `${method} ${folder(file)}`,
      ),
    ),
  )
  expect(found.sort()).toEqual(Object.keys(routes).sort())
  for (const file of openActions) expect(filesOf('actions.ts')).toContain(file)
})

test('every page, by everybody (threats 36, 38)', async () => {
  test.setTimeout(180_000)
  const wrong: unknown[] = []
  for (const [page, [template, row]] of Object.entries(pages)) {
    const path = await withThing(template)
    const answers = await Promise.all(people.map((who) => ask(who, 'GET', path)))
    const statuses = answers.map(({ status }) => status)
    if (String(statuses) !== String(row)) wrong.push({ page, expected: row, statuses })
  }
  expect(wrong).toEqual([])
})

test('every route, by everybody (threats 36, 38)', async () => {
  test.setTimeout(180_000)
  const wrong: unknown[] = []
  for (const [route, [path, body, row]] of Object.entries(routes)) {
    const statuses: number[] = []
    for (const who of people) {
      const name = randomBytes(6).toString('hex')
      const sent = body === undefined ? undefined : JSON.stringify(body).replace('NEW', name)
      statuses.push((await ask(who, route.split(' ')[0] ?? '', await withThing(path), sent)).status)
    }
    if (String(statuses) !== String(row)) wrong.push({ route, expected: row, statuses })
  }
  expect(wrong).toEqual([])
})

test("a project's history, as a file, tells of that project alone", async () => {
  const lines = (await (await ask('owner', 'GET', '/projects/site/settings/export?format=jsonl')).text())
    .trim()
    .split('\n')
  const places = new Set(lines.map((line) => JSON.parse(line).project.slug))
  expect([...places]).toEqual(['site'])
  const found = await ask('owner', 'GET', '/projects/site/settings/export?action=key.created')
  const csv = (await found.text()).trim().split('\r\n')
  expect(found.headers.get('content-disposition')).toBe('attachment; filename="site-history.csv"')
  expect(csv[0]).toMatch(/^Number,Id,Time,/)
  expect(csv.length).toBeGreaterThan(1)
  for (const line of csv.slice(1)) expect(line).toContain(',key.created,')
})

test('every action of signed-in people by nobody, and of admins by everybody else: refused, and nothing changed', async () => {
  test.setTimeout(180_000)
  const before = await rows()
  const wrong: unknown[] = []
  let tried = 0
  for (const { id, file, name, path } of actions()) {
    const forAdmins = file.startsWith('app/admin/')
    if (openActions.has(file) || openInside.has(name)) continue
    for (const who of forAdmins ? people.slice(0, -1) : people.slice(0, 1)) {
      tried++
      const headers = { 'next-action': id, 'content-type': 'text/plain;charset=UTF-8' }
      const args = JSON.stringify([{ slug: 'site', keyId: 'k', userId: 'owner', clientId: 'c', expiryRequired: true }])
      const answer = await ask(who, 'POST', path, args, headers)
      const text = await answer.text()
      const led = answer.headers.get('x-action-redirect') ?? ''
      const told =
        answer.status === 200 ? /missing_credentials/.test(text) || /[?&]problem=/.test(led) : answer.status < 500
      if (!(forAdmins ? answer.status === 404 : told))
        wrong.push({ file, name, who, status: answer.status, text: text.slice(0, 300) })
    }
  }
  expect(wrong).toEqual([])
  expect(tried).toBeGreaterThan(60)
  expect(await rows()).toEqual(before)
})

function ask(who: Who, method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const cookie = cookies.get(who)
  return fetch(`${latchkey.url}${path}`, {
    method,
    body,
    redirect: 'manual',
    headers: {
      ...(cookie && { cookie }),
      ...(method !== 'GET' && { origin: latchkey.url }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
  })
}

/** The path, with a new key, app or third party of the project in it, as it asks for. */
async function withThing(path: string): Promise<string> {
  const make = async (noun: string, body: object) => {
    const answer = await ask('owner', 'POST', `/api/v1/${noun}?project=site`, JSON.stringify(body))
    if (answer.status !== 201) throw new Error(`${noun}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { id: string }
  }
  const bodies = {
    KEY: ['keys', { label: 'Key' }],
    APP: ['apps', { name: 'App', redirectUris: ['https://app.example.com/callback'] }],
    PARTY: ['third-parties', { name: randomBytes(8).toString('hex') }],
  } as const
  for (const [word, [noun, body]] of Object.entries(bodies)) {
    if (path.includes(word)) path = path.replace(word, (await make(noun, body)).id)
  }
  return path
}

/** How many rows there are of what actions write; refusals are written down elsewhere. */
async function rows() {
  const [counts] = await sql`select (select count(*)::int from api_keys) as keys,
    (select count(*)::int from api_keys where revoked_at is not null) as revoked,
    (select count(*)::int from oauth_clients) as apps, (select count(*)::int from users where disabled_at is null) as users,
    (select count(*)::int from users where is_admin) as admins, (select count(*)::int from memberships) as members,
    (select count(*)::int from sessions where ended_at is null) as sessions,
    (select count(*)::int from audit_events where result = 'allowed') as acts,
    (select count(*)::int from site_policy) as policies`
  return counts
}

/** The actions of the build that is served, each with a page that can call it. */
function actions(): { id: string; file: string; name: string; path: string }[] {
  const manifest = JSON.parse(readFileSync('.next/server/server-reference-manifest.json', 'utf8')) as {
    node: Record<string, { workers: Record<string, unknown>; filename: string; exportedName: string }>
  }
  return Object.entries(manifest.node).map(([id, { workers, filename, exportedName }]) => {
    const page =
      Object.keys(workers)[0]
        ?.replace(/^app\//, '')
        .replace(/\/?page$/, '') ?? ''
    const path = (pages[page]?.[0] ?? '/').replace('KEY', 'nothing').replace('APP', 'nothing')
    return { id, file: filename, name: exportedName, path }
  })
}

/** The files below `app` whose name ends like this. */
const filesOf = (end: string): string[] =>
  readdirSync('app', { recursive: true, encoding: 'utf8' })
    .map((file) => `app/${file}`)
    .filter((file) => file.endsWith(end) && (end === 'actions.ts' || file.endsWith(`/${end}`)))
