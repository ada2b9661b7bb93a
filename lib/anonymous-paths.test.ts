import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

// Pages are counted by the front, whatever they are (lib/front/admission.ts), and OAuth's routes by their table, whose type
// asks for a limit (lib/oauth/server.ts). What else answers without a credential is looked for here.

const sources = ['app', 'components', 'lib'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.test)\.tsx?$/.test(file))
    .map((file) => `${folder}/${file}`),
)
const read = (file: string) => readFileSync(file, 'utf8')

/** Server actions that no client of lib/action.ts stands before, by file, and why that will do. */
const bare: Record<string, string> = {
  'app/interaction/[uid]/actions.ts': 'ends the session that sent it, and stores nothing',
  'app/device/actions.ts': 'asks for the signed-in person itself',
}

/** Routes under /api/v1 that need no credential; `publicEndpoint` counts them by address. */
const publicRoutes = ['app/api/v1/openapi.json/route.ts']

test('every server action is made by a client that limits or authenticates', () => {
  const files = sources.filter((file) => /^'use server'/m.test(read(file)))
  expect(files.length).toBeGreaterThan(20)
  for (const file of files) {
    const judged =
      file in bare || /import \{[^}]*\b(public|user|admin)Action\b[^}]*\} from '@\/lib\/action'/.test(read(file))
    expect([file, judged]).toEqual([file, true])
  }
  for (const file of Object.keys(bare)) expect(files).toContain(file)
})

test('actions are made in one place, where those of anybody are counted by address', () => {
  const makers = sources.filter((file) => /\bcreateSafeActionClient\(/.test(read(file)))
  expect(makers).toEqual(['lib/action.ts'])
  expect(read('lib/action.ts')).toMatch(
    /publicAction = anyAction\.use\(async \(\{ next \}\) => \{\s*await takeAttempt\('actionsPerAddress'/,
  )
})

test('every route of the API that needs no credential was judged', () => {
  const routes = sources.filter((file) => /^app\/api\/v1\/.*route\.ts$/.test(file))
  expect(routes.filter((file) => /\bpublicEndpoint\(|\bendpoint\(\s*anyone\b/.test(read(file)))).toEqual(publicRoutes)
})
