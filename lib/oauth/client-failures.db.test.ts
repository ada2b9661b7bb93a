import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeClient, makePerson } from '@/db/testing'
import { type Client, startOauth } from '@/lib/front/testing'
import { forget } from '@/lib/runtime'

let oauth: Awaited<ReturnType<typeof startOauth>>
let machines: Client[]

beforeAll(async () => {
  process.env.FAILED_AUTH_PER_MINUTE = '5'
  forget('env')
  oauth = await startOauth()
  const ada = await makePerson()
  machines = await Promise.all(
    [0, 1].map(async () => {
      const { app, secret } = await makeClient(ada, { kind: 'machine', scopes: ['orders:read'] })
      return { id: app.id, secret }
    }),
  )
})
afterAll(async () => {
  delete process.env.FAILED_AUTH_PER_MINUTE
  forget('env')
  await oauth.close()
})
beforeEach(() => void forget('limit-clientFailures'))

const ask = ({ id }: Client, secret: string | null) =>
  oauth.post('token', { id, secret }, { grant_type: 'client_credentials', scope: 'orders:read' })

test('threat 100: whatever others get wrong, an app with the right secret gets its tokens', async () => {
  const [app, other] = machines as [Client, Client]
  for (let i = 0; i < 5; i++) expect(await ask(app, 'wrong')).toMatchObject({ status: 401 })
  const refused = await ask(app, 'wrong')
  expect(refused).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } })
  for (const client of [app, other]) expect(await ask(client, client.secret)).toMatchObject({ status: 200 })
  // Another app at the same address has its own allowance.
  expect(await ask(other, 'wrong')).toMatchObject({ status: 401 })
})

test('unknown apps share one allowance for an address', async () => {
  for (let i = 0; i < 5; i++) expect(await ask({ id: `unknown${i}`, secret: 'x' }, 'x')).toMatchObject({ status: 401 })
  expect(await ask({ id: 'another', secret: 'x' }, 'x')).toMatchObject({ status: 429 })
  const [app] = machines as [Client]
  expect(await ask(app, app.secret)).toMatchObject({ status: 200 })
})
