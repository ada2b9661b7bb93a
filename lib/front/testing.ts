import 'server-only'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { failed } from '@/lib/api/guard'
import { answerOauth } from '@/lib/oauth/server'
import { send } from './answers'
import { stateHost } from './pages'

/** A client as it proves itself; a public one has no secret. */
export interface Client {
  id: string
  secret: string | null
}

/** The OAuth server over HTTP on loopback, as the front runs it. Call `close` after the tests. */
export async function startOauth() {
  const server = createServer((request, response) => {
    stateHost(request)
    const origin = { address: '203.0.113.7', userAgent: 'tests', requestId: randomUUID() }
    answerOauth(request, response, (request.url ?? '').split('?')[0] ?? '', origin).catch((error) =>
      send(request, response, failed(error, { method: request.method ?? 'GET', origin })),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    /** Posts a form to an endpoint as the client. */
    async post(path: string, client: Client, form: Record<string, string>) {
      const basic = client.secret && Buffer.from(`${client.id}:${client.secret}`).toString('base64')
      const answer = await fetch(`http://127.0.0.1:${port}/oauth/${path}`, {
        method: 'POST',
        headers: basic ? { Authorization: `Basic ${basic}` } : {},
        body: new URLSearchParams(basic ? form : { client_id: client.id, ...form }),
      })
      const text = await answer.text()
      // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the answer holds
      return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as any) }
    },
    close: () => new Promise<unknown>((resolve) => server.close(resolve)),
  }
}
