import { afterAll, beforeAll, expect, test } from 'vitest'
import { makePerson, origin, PASSWORD } from '@/db/testing'
import type { Source } from '@/lib/api/source'
import { forget } from '@/lib/runtime'
import { forwardAuth } from './forward-auth'
import { verify } from './verify'

beforeAll(() => {
  process.env.API_BASIC_AUTH = '1'
  forget('env')
})

afterAll(() => {
  delete process.env.API_BASIC_AUTH
  forget('env')
})

test('a person by Basic passes a gateway, but may not judge the credentials of others', async () => {
  const { user } = await makePerson()
  const basic = Buffer.from(`${user.email}:${PASSWORD}`).toString('base64')
  const source: Source = {
    method: 'POST',
    route: 'POST gate/verify',
    query: new URLSearchParams(),
    origin: origin({ address: '127.0.0.1' }),
    header: (name) =>
      name === 'authorization' ? [`Basic ${basic}`] : name === 'content-type' ? ['application/json'] : [],
    body: async () => new TextEncoder().encode(JSON.stringify({ credential: 'anything' })),
  }
  expect(await forwardAuth(source)).toMatchObject({ status: 204, headers: { 'X-Latchkey-User': user.id } })
  expect(await verify(source)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
})
