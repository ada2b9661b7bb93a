import { request } from 'node:http'
import type { BareAnswer } from './bare'
import type { Server } from './servers'

/** A whole GET request with a credential, or without. */
export const get = (path: string, credential?: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n${authorization(credential)}\r\n`

/** A whole POST request with a JSON body. */
export function post(path: string, credential: string, body: unknown): string {
  const text = JSON.stringify(body)
  const headers = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n${authorization(credential)}${headers}\r\n${text}`
}

const authorization = (credential?: string) => (credential ? `Authorization: Api-Key ${credential}\r\n` : '')

/** Asks once, and returns the answer as a bare server is to repeat it: all but what Node adds by itself. */
export function sample({ port }: Server, path: string, credential: string, body?: unknown): Promise<BareAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Api-Key ${credential}`, ...(body ? { 'Content-Type': 'application/json' } : {}) }
    const asked = request({ port, host: '127.0.0.1', path, method: body ? 'POST' : 'GET', headers }, async (answer) => {
      const { date, connection, 'keep-alive': keepAlive, ...rest } = answer.headers
      const text = Buffer.concat(await answer.toArray()).toString()
      resolve({
        status: answer.statusCode ?? 0,
        headers: rest as Record<string, string>,
        ...(text && { body: JSON.parse(text) }),
      })
    })
    asked.on('error', reject)
    asked.end(body && JSON.stringify(body))
  })
}
