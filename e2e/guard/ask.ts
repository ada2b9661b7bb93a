import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

interface Asked {
  method?: string
  /** Sent as `Authorization: Api-Key …`. */
  key?: string
  headers?: OutgoingHttpHeaders
  /** Sent as JSON unless it is text. */
  body?: unknown
  agent?: Agent
}

const keptAlive = new Agent({ keepAlive: true })

/** Asks `url` over a connection that is kept. Rejects when the connection breaks. */
export function ask(
  url: string,
  { method = 'GET', key, headers, body, agent = keptAlive }: Asked = {},
): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const all: OutgoingHttpHeaders = {
    ...(key !== undefined && { Authorization: `Api-Key ${key}` }),
    ...(text !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
    ...headers,
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: all, agent }, (incoming) => {
      let received = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk) => (received += chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const isJson = /json/.test(incoming.headers['content-type'] ?? '')
        resolve({
          status: Number(incoming.statusCode),
          headers: incoming.headers,
          text: received,
          body: isJson && received ? JSON.parse(received) : undefined,
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}
