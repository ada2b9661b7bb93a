import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeKey, makePerson, origin } from '@/db/testing'
import type { Endpoint } from '@/lib/api/endpoint'
import { env } from '@/lib/env'
import { type ErrorCode, statusOf } from '@/lib/errors'
import { guides, readGuide } from './guides'
import { type Capability, capabilityWords, roleAllows, roles } from './projects/roles'

const textOf = async (slug: string) => (await readGuide(slug))?.text ?? ''

test('every file is a guide that is listed, and the other way round', () => {
  const files = readdirSync('docs/guides').map((file) => `docs/guides/${file}`)
  const listed = guides.map(({ file }) => file as string).filter((file) => file.startsWith('docs/guides/'))
  expect(files.sort()).toEqual(listed.sort())
})

describe.each(guides)('$title', ({ slug, title, file }) => {
  test('begins with its title', async () => {
    expect(await textOf(slug)).toMatch(new RegExp(`^# ${title}\n`))
  })

  test('leads to what there is', async () => {
    const targets = [...(await textOf(slug)).matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target ?? '')
    const local = targets.filter((target) => target !== '/docs' && !target.startsWith('https://'))
    const broken = local.filter((target) => !existsSync(join(dirname(file), target)))
    expect(broken).toEqual([])
  })
})

test('the configurations come with the guide', async () => {
  const files = (await readGuide('gateways'))?.files ?? []
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['nginx.conf', 'Caddyfile', 'traefik.yml']))
  expect(files.find(({ name }) => name === 'nginx.conf')?.text).toContain('auth_request')
})

test('there is no other guide', async () => {
  expect(await readGuide('../architecture')).toBeNull()
  expect(await readGuide('nothing')).toBeNull()
})

test('the errors are all told of, with their status', async () => {
  const told = [...(await textOf('errors')).matchAll(/^### `(\w+)` · (\d+)$/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ])
  expect(Object.fromEntries(told)).toEqual(statusOf)
  expect(told).toHaveLength(Object.keys(statusOf).length)
})

test('a problem is shown as it is answered', async () => {
  const shown = JSON.parse(/```json\n([\s\S]+?)```/.exec(await textOf('errors'))?.[1] ?? '')
  expect(shown.status).toBe(statusOf[shown.code as ErrorCode])
})

test('the roles are told of as they are', async () => {
  const rows = [...(await textOf('work-as-a-team')).matchAll(/^\| (.+?) +\| (\w+) +\| (\w+) +\| (\w+) +\|$/gm)]
  const [heads, ...told] = rows.map(([, ...cells]) => cells)
  expect(heads).toEqual(['may', ...roles])
  const words = Object.entries(capabilityWords) as [Capability, string][]
  const yesOrNo = (capability: Capability) => roles.map((role) => (roleAllows(role, capability) ? 'yes' : 'no'))
  expect(told).toEqual(words.map(([capability, word]) => [word, ...yesOrNo(capability)]))
})

test('the guides speak of this site', async () => {
  const text = await textOf('quick-start')
  expect(text).toContain(`${env().APP_URL}/api/v1/me`)
})

test('the route of "Guard your own route" is guarded', async () => {
  const code = /```ts\n(\/\/ app\/api\/v1\/orders\/route\.ts\n[\s\S]+?)```/.exec(
    await textOf('guard-your-own-route'),
  )?.[1]
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-guide-'))
  const file = join(dir, 'route.ts')
  writeFileSync(file, code ?? '')
  const { GET } = (await import(/* @vite-ignore */ file)) as { GET: Endpoint }
  rmSync(dir, { recursive: true })

  const ada = await makePerson()
  const ask = (key?: string) =>
    GET.serve(
      {
        method: 'GET',
        route: 'GET /api/v1/orders',
        query: new URLSearchParams(),
        origin: origin(),
        header: (name) => (name === 'authorization' && key ? [`Api-Key ${key}`] : []),
        body: async () => new Uint8Array(),
      },
      {},
    )
  const { secret: good } = await makeKey(ada, { scopes: ['orders:read'] })
  const { secret: bare } = await makeKey(ada)
  expect(await ask(good)).toMatchObject({ status: 200, body: { data: [], projectId: ada.projectId } })
  expect(await ask(bare)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
  expect(await ask()).toMatchObject({ status: 401 })
})
