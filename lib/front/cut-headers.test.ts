import { type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isBot } from 'next/dist/shared/lib/router/utils/is-bot'
import { expect, onTestFinished, test } from 'vitest'
import { createListener } from './listener'

/** A request as the code behind the listener gets it: Next's, a route's or the gate's. */
async function received(headers: Record<string, string | string[]>): Promise<IncomingMessage> {
  let seen: IncomingMessage | undefined
  const { server } = createListener(async (request, response) => {
    seen = request
    response.end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  await new Promise((answered, failed) =>
    send({ port, host: '127.0.0.1', headers, agent: false }, (answer) => answered(answer.resume()))
      .on('error', failed)
      .end(),
  )
  return seen as unknown as IncomingMessage
}

test.each([
  ['letters', 'a'.repeat(15_000)],
  ['tabs', `x${'\t'.repeat(14_998)}x`],
  ['formulas', '=\t;'.repeat(5_000)],
  ['bytes past ASCII', '\u00e9'.repeat(15_000)],
  ['501 characters', 'b'.repeat(501)],
])('a User-Agent of %s is cut to 500 characters wherever it is read', async (_, agent) => {
  const { headers, rawHeaders, headersDistinct } = await received({ 'User-AGENT': agent })
  const cut = agent.slice(0, 500)
  expect(headers['user-agent']).toBe(cut)
  expect(rawHeaders[rawHeaders.indexOf('User-AGENT') + 1]).toBe(cut)
  expect(headersDistinct['user-agent']).toEqual([cut])
})

test('of several each is cut, in every spelling of the name', async () => {
  const { headers, rawHeaders } = await received({ 'user-agent': ['a'.repeat(6_000), 'b'.repeat(6_000)] })
  expect(headers['user-agent']).toBe('a'.repeat(500))
  expect(rawHeaders.filter((value) => value.length > 500)).toEqual([])
})

test('one of 500 characters stays, and so do long headers that nobody is slow on', async () => {
  const cookie = `a=${'b'.repeat(4_000)}`
  const { headers } = await received({ 'user-agent': 'c'.repeat(500), cookie })
  expect(headers).toMatchObject({ 'user-agent': 'c'.repeat(500), cookie })
})

test("Next's search for bots takes no time for what is left", () => {
  for (const fill of ['a', 'A-', '0_', 'Google-']) {
    const agent = fill.repeat(500).slice(0, 500)
    const started = performance.now()
    isBot(agent)
    expect(performance.now() - started).toBeLessThan(100)
  }
})
